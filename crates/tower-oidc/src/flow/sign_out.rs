//! `/auth/sign-out`: ends the session here and at the provider (OpenID Connect RP-Initiated Logout
//! 1.0), and only for the user's own page (W3C Fetch Metadata; ASVS 3.5).

use std::sync::Arc;

use http::Method;
use sealed_cookie::{ReceivedCookieSet, SetCookies};
use url::Url;

use super::logout_redirect;
use crate::components::Components;
use crate::context::end_here::end_here;
use crate::context::end_session::{self, Hint, Room};
use crate::context::returned_outcome::SignOutOptions;
use crate::event::AuthEventKind;
use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::logout_request::LogoutRequest;
use crate::persistence::SessionPersistence;
use crate::persistence::former_cookies::FormerDeletions;
use crate::persistence::opening::SessionToEnd;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::provider::registry::Registry;
use crate::provider::resolver::found::NotFound;
use crate::provider::{LogoutHint, LogoutParameters, Registration, RequestError};
use crate::session::Session;
use crate::session::reference::RecordReference;
use crate::sign_in::Attempts;
use crate::web::fetch_metadata::{self, Initiator, Site};
use crate::web::pages;
use crate::web::response::{self, COOKIES_AND_LOCATION, OwnResponse, head_size, see_other};

/// What a sign-out needs of an origin's components.
#[derive(Clone, Copy)]
pub(crate) struct SignOutFlow<'a> {
    origin: &'a Origin,
    providers: &'a Registry,
    attempts: &'a Attempts,
    persistence: &'a SessionPersistence,
    components: &'a Arc<Components>,
}

impl<'a> SignOutFlow<'a> {
    pub(crate) fn new(components: &'a Arc<Components>) -> Self {
        Self {
            origin: &components.origin,
            providers: &components.providers,
            attempts: &components.attempts,
            persistence: &components.persistence,
            components,
        }
    }
}

enum Permission {
    SignOut,
    AskFirst,
    Refuse,
}

pub(crate) async fn run(flow: SignOutFlow<'_>, head: &RequestHead) -> OwnResponse {
    let allowed = [Method::GET, Method::POST];
    if let Some(refused) = head.refused_method(&allowed, "GET, POST, OPTIONS") {
        return refused;
    }
    match permission(flow.origin, head) {
        Permission::Refuse => pages::forbidden(),
        Permission::AskFirst => {
            let provider = provider_to_sign_out_at(flow, head).await;
            let action = flow.origin.routes.public(head.uri.path());
            ask_first(flow.origin, provider.as_ref(), &action).await
        }
        Permission::SignOut => {
            let ReceivedCookies {
                session: received,
                transactions,
                former,
            } = head.cookies(flow.persistence, flow.attempts);
            let session = match &received {
                Some(received) => flow.persistence.open_to_end(received).await.ok(),
                None => None,
            };
            let subject = SignOutSubject::from_opened(session.as_ref(), received.is_some());
            let options = SignOutOptions::default();
            let to_delete = ReceivedToDelete {
                signing_in: &transactions,
                former: Some(&former),
            };
            if fetch_metadata::wants_json(&head.headers) {
                let deletions = delete_cookies(flow, to_delete);
                let room = flow.origin.logout_url_cookie.max_text_length(&deletions);
                let room = Room {
                    url: room,
                    form: room,
                };
                let request = end(flow, subject, &options, room).await;
                let has_ended = subject.has_session();
                logout_redirect::as_json(flow.origin, deletions, request.as_ref(), has_ended)
            } else {
                let is_top_level = fetch_metadata::is_top_level(&head.headers);
                sign_out(flow, to_delete, subject, &options, is_top_level).await
            }
        }
    }
}

fn permission(origin: &Origin, head: &RequestHead) -> Permission {
    let headers = &head.headers;
    let site = fetch_metadata::site(headers);
    let is_navigation = fetch_metadata::initiator(headers) == Initiator::Navigation;
    if head.method == Method::POST {
        return match fetch_metadata::is_from_own_page(headers, origin.base_url.origin()) {
            true => Permission::SignOut,
            false => Permission::Refuse,
        };
    }
    match site {
        // What a service worker passed on may be a frame of the same site, and a typed address looks
        // like a link of our own page there.
        Some(Site::SameOrigin)
            if is_navigation && origin.sign_out.by_get && fetch_metadata::is_top_level(headers) =>
        {
            Permission::SignOut
        }
        // A typed address may also be a link in an email, so it never signs out without a question.
        Some(Site::SameOrigin | Site::None) if is_navigation => Permission::AskFirst,
        _ => Permission::Refuse,
    }
}

/// Ends the session, deletes our cookies, and leads the browser to the provider. `is_top_level` means that the
/// response is shown as the page of a tab, so that no script can read an ID token in it.
pub(crate) async fn sign_out(
    flow: SignOutFlow<'_>,
    received: ReceivedToDelete<'_>,
    subject: SignOutSubject<'_>,
    options: &SignOutOptions,
    is_top_level: bool,
) -> OwnResponse {
    let mut deletions = delete_cookies(flow, received);
    deletions.extend(flow.origin.logout_url_cookie.delete());
    let room = Room {
        url: COOKIES_AND_LOCATION.saturating_sub(head_size(&deletions)),
        form: if is_top_level { usize::MAX } else { 0 },
    };
    let mut response = match end(flow, subject, options, room).await {
        Some(request) => logout_redirect::to_provider(&request),
        None => see_other(&end_session::local_page(flow.origin, options)),
    };
    deletions.append_to(response.headers_mut());
    if subject.has_session() {
        let clear = flow.origin.sign_out.clear_site_data;
        clear.append_to(response.headers_mut());
    }
    response
}

/// Ends the session here. Returns the request that ends the provider's, or `None` if there is none to end or
/// the provider has no part in it. There must be `room` for an ID token.
async fn end(
    flow: SignOutFlow<'_>,
    subject: SignOutSubject<'_>,
    options: &SignOutOptions,
    room: Room,
) -> Option<LogoutRequest> {
    let session;
    let provider = match subject {
        SignOutSubject::Nobody => None,
        SignOutSubject::WithoutContent(session) => {
            flow.persistence
                .end_without_content(session, AuthEventKind::SignedOut, None)
                .await;
            tracing::info!("signed out; the session's content was not available");
            let provider = flow.providers.find(&session.provider()).await;
            Some((provider, Hint::Nobody))
        }
        SignOutSubject::SignedIn(signed_in) => {
            let refresh = flow.origin.sign_out.refresh_expired_hint && !options.local_only;
            session = end_here(flow.components, signed_in, refresh).await;
            let hint = Hint::OfSession(&session, room);
            Some((flow.providers.find(&session.provider()).await, hint))
        }
        // Of several providers, nobody knows which one it was.
        SignOutSubject::ExpiredSession => {
            let only = flow.providers.only().cloned();
            only.map(|it| (Ok(it), Hint::Nobody))
        }
    };
    let (registration, hint) = provider.filter(|_| !options.local_only)?;
    let request = end_session::sign_out_request(flow.origin, options);
    let request = async {
        let registration = match registration {
            // The provider is not registered any more, so nothing is left to end there.
            Err(NotFound::Unknown) => return Ok(None),
            registration => registration?,
        };
        end_session::request(&registration, flow.origin, hint, &request).await
    };
    request.await.unwrap_or_else(|error: RequestError| {
        limited!(
            warn,
            flow.origin,
            ("sign_out", error.code()),
            %error,
            "signed out here, but not at the provider: its end-session endpoint is not known"
        );
        None
    })
}

/// Whose sign-out it is.
#[derive(Clone, Copy)]
pub(crate) enum SignOutSubject<'a> {
    /// The browser sent no session cookie.
    Nobody,
    SignedIn(&'a Arc<Session>),
    /// The content of the session is in a store that does not have it, or does not answer.
    WithoutContent(&'a RecordReference),
    /// The browser sent a session cookie that is not valid: here nothing is left to end, but the
    /// provider's session may still exist.
    ExpiredSession,
}

impl<'a> SignOutSubject<'a> {
    /// Whether the sign-out ends a session.
    const fn has_session(self) -> bool {
        matches!(self, Self::SignedIn(_) | Self::WithoutContent(_))
    }

    pub(crate) const fn from_opened(opened: Option<&'a SessionToEnd>, has_cookie: bool) -> Self {
        match opened {
            Some(SessionToEnd::Session(session)) => Self::SignedIn(session),
            Some(SessionToEnd::WithoutContent(reference)) => Self::WithoutContent(reference),
            None if has_cookie => Self::ExpiredSession,
            None => Self::Nobody,
        }
    }
}

/// The provider to which the sign-out of this browser leads, if it is known.
async fn provider_to_sign_out_at(
    flow: SignOutFlow<'_>,
    head: &RequestHead,
) -> Option<Registration> {
    let received = head.cookies(flow.persistence, flow.attempts).session?;
    match flow.persistence.provider_of(&received) {
        Ok(provider) => flow.providers.find(&provider).await.ok(),
        Err(_) => flow.providers.only().cloned(),
    }
}

/// A page that posts to `action`. Browsers check the redirects that answer a form against the page's
/// `form-action` too, so the policy names all that may follow: the provider, and where a sign-out leads in
/// the end.
async fn ask_first(origin: &Origin, provider: Option<&Registration>, action: &str) -> OwnResponse {
    let mut response = pages::confirm_sign_out(action);
    response::allow_own_referrer(&mut response);
    let url = match provider {
        Some(provider) => {
            let (hint, back) = (LogoutHint::Nothing, LogoutParameters::default());
            let url = provider.end_session_url(hint, back).await;
            url.ok().flatten()
        }
        None => None,
    };
    let origins: Vec<_> = url
        .into_iter()
        .chain([origin.after_sign_out.clone()])
        .filter_map(|url| Some(Url::parse(&url).ok()?.origin().ascii_serialization()))
        .collect();
    response::allow_form_action(&mut response, &format!("'self' {}", origins.join(" ")));
    response
}

/// Cookies of the request that a sign-out deletes, beside those of the session.
#[derive(Clone, Copy)]
pub(crate) struct ReceivedToDelete<'a> {
    pub(crate) signing_in: &'a ReceivedCookieSet,
    /// The deletions of session cookies of a former name.
    pub(crate) former: Option<&'a FormerDeletions>,
}

/// Deletes every cookie of the session and of sign-ins that this browser can have, and half of what is then left of
/// the response's head may go to deletions of former cookies. The other half is for the provider's URL.
fn delete_cookies(flow: SignOutFlow<'_>, received: ReceivedToDelete<'_>) -> SetCookies {
    let mut cookies = flow.persistence.delete();
    cookies.extend(flow.attempts.delete_received(received.signing_in));
    if let Some(former) = received.former {
        let room = COOKIES_AND_LOCATION.saturating_sub(head_size(&cookies)) / 2;
        cookies.extend(former.within(room, head_size));
    }
    cookies
}
