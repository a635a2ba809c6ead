//! The request that ends the provider's session (OpenID Connect RP-Initiated Logout 1.0 section 2).

use url::Url;

use crate::context::returned_outcome::SignOutOptions;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::logout_request::LogoutRequest;
use crate::origin::signed_out_state::with_state;
use crate::provider::{LogoutHint, LogoutParameters, Registration, RequestError};
use crate::session::Session;

/// How long a request with the session's ID token may be.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// The bytes of a URL. The configured limit applies too.
    pub(crate) url: usize,
    /// The bytes of a form as a text. With 0 there can be no form.
    pub(crate) form: usize,
}

/// What tells the provider whose session ends.
#[derive(Clone, Copy)]
pub(crate) enum Hint<'a> {
    /// The session's ID token. If there is none, or no room for it, the user.
    OfSession(&'a Session, Room),
    /// An ID token that the application chose, however long.
    Given(&'a str),
    Nobody,
}

/// What a sign-out sends to the provider beside the hint.
pub(crate) struct SignOutRequest {
    /// The URI that the provider sends the browser back to.
    pub(crate) uri: String,
    /// The `state` that the browser brings there.
    pub(crate) state: Option<String>,
    pub(crate) logout_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
}

impl SignOutRequest {
    fn parameters(&self) -> LogoutParameters<'_> {
        LogoutParameters {
            uri: Some(&self.uri),
            state: self.state.as_deref(),
            logout_hint: self.logout_hint.as_deref(),
            ui_locales: self.ui_locales.as_deref(),
        }
    }
}

/// Why a URL has no ID token.
#[derive(Clone, Copy)]
enum NoIdToken {
    NotStored,
    TooLong,
    NotInUrls,
    NotSignedIn,
}

impl NoIdToken {
    const fn code(self) -> &'static str {
        match self {
            Self::NotStored => "not_stored",
            Self::TooLong => "too_long",
            Self::NotInUrls => "not_in_urls",
            Self::NotSignedIn => "not_signed_in",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::NotStored => {
                "the session has none, because `keep_claims` is set or its cookies had no room"
            }
            Self::TooLong => "the session's ID token is too long for the response's head",
            Self::NotInUrls => {
                "`max_logout_url_length` (AUTH_MAX_LOGOUT_URL_LENGTH) is 0, and there can be no form"
            }
            Self::NotSignedIn => "nobody is signed in any more",
        }
    }
}

/// The request, or `None` if the provider has no end-session endpoint.
pub(crate) async fn request(
    registration: &Registration,
    origin: &Origin,
    hint: Hint<'_>,
    request: &SignOutRequest,
) -> Result<Option<LogoutRequest>, RequestError> {
    let parameters = request.parameters();
    let (hint, reason) = match hint {
        Hint::Given(id_token) => (LogoutHint::Given(id_token), None),
        Hint::Nobody => (LogoutHint::Nothing, Some(NoIdToken::NotSignedIn)),
        Hint::OfSession(session, _) if session.id_token().is_none() => {
            (LogoutHint::UserOf(session), Some(NoIdToken::NotStored))
        }
        Hint::OfSession(session, room) => {
            let room = Room {
                url: room.url.min(origin.sign_out.max_url_length),
                ..room
            };
            let id_token = LogoutHint::IdTokenOf(session);
            let request = with_id_token(registration, origin, id_token, parameters, room).await?;
            if request.is_some() {
                return Ok(request);
            }
            let reason = match origin.sign_out.max_url_length {
                0 => NoIdToken::NotInUrls,
                _ => NoIdToken::TooLong,
            };
            (LogoutHint::UserOf(session), Some(reason))
        }
    };
    let url = registration.end_session_url(hint, parameters).await?;
    if let Some(reason) = reason.filter(|_| url.is_some())
        && registration.settings().requires_id_token_hint()
    {
        report_no_redirect(origin, reason);
    }
    Ok(url.map(LogoutRequest::Url))
}

/// The request with this ID token: a URL if it is short enough, or else a form. `None` if there is no room, or no
/// endpoint.
async fn with_id_token(
    registration: &Registration,
    origin: &Origin,
    id_token: LogoutHint<'_>,
    parameters: LogoutParameters<'_>,
    room: Room,
) -> Result<Option<LogoutRequest>, RequestError> {
    let short = |url: &String| url.len() <= room.url;
    let url = registration.end_session_url(id_token, parameters).await?;
    if let Some(url) = url.filter(short) {
        return Ok(Some(LogoutRequest::Url(url)));
    }
    if room.form > 0 {
        let form = registration.end_session_form(id_token, parameters).await?;
        let form = form.map(|form| LogoutRequest::Form(form.into()));
        if let Some(form) = form.filter(|form| form.to_text().len() <= room.form) {
            return Ok(Some(form));
        }
    }
    // Without the ID token such a provider gets neither the URI nor the state.
    if parameters.state.is_some() && registration.settings().requires_id_token_hint() {
        let without_state = LogoutParameters {
            state: None,
            ..parameters
        };
        let url = registration.end_session_url(id_token, without_state);
        if let Some(url) = url.await?.filter(short) {
            report_no_state(origin);
            return Ok(Some(LogoutRequest::Url(url)));
        }
    }
    Ok(None)
}

/// Says why the browser comes back to the default page, or to one that does not get its text.
fn report_no_state(origin: &Origin) {
    limited!(
        warn,
        origin,
        ("require_id_token_hint", "state_too_long"),
        "a sign-out goes without its `state`, for which there is no room beside the ID token that \
         `require_id_token_hint` (AUTH_REQUIRE_ID_TOKEN_HINT) demands: give a shorter page or text"
    );
}

/// Says why the browser stays at the provider.
fn report_no_redirect(origin: &Origin, reason: NoIdToken) {
    limited!(
        warn,
        origin,
        ("require_id_token_hint", reason.code()),
        reason = reason.reason(),
        "a sign-out ends on the provider's page: there is no ID token to send, and without one \
         `require_id_token_hint` (AUTH_REQUIRE_ID_TOKEN_HINT) allows no `post_logout_redirect_uri`"
    );
}

/// What a sign-out with these options tells the provider.
pub(crate) fn sign_out_request(origin: &Origin, options: &SignOutOptions) -> SignOutRequest {
    let (uri, state) = post_logout_redirect(origin, options);
    SignOutRequest {
        uri,
        state,
        logout_hint: options.logout_hint.clone(),
        ui_locales: options.ui_locales.clone(),
    }
}

/// Where a sign-out leads to after the provider, and the `state` for that.
fn post_logout_redirect(origin: &Origin, options: &SignOutOptions) -> (String, Option<String>) {
    match (&options.post_logout_redirect_uri, &origin.routes.signed_out) {
        (None, Some(route)) => {
            let page = origin.signed_out_page(options.return_to.as_deref());
            let content = origin
                .signed_out_states
                .content(Some(&page), options.state.as_deref());
            let state = origin.signed_out_states.seal(&content);
            (origin.absolute(route), state)
        }
        (Some(uri), _) => (uri.clone(), text(origin, options)),
        (None, None) => (origin.after_sign_out.clone(), text(origin, options)),
    }
}

/// Where a sign-out leads that the provider has no part in.
pub(crate) fn local_page(origin: &Origin, options: &SignOutOptions) -> String {
    let own_page = match (&options.post_logout_redirect_uri, &options.return_to) {
        (None, Some(page)) => Some(origin.signed_out_page(Some(page))),
        _ => None,
    };
    let content = origin
        .signed_out_states
        .content(own_page.as_ref(), options.state.as_deref());
    let page = match (&options.post_logout_redirect_uri, &content.page) {
        (Some(uri), _) => absolute(origin, uri),
        (None, Some(page)) => format!("{}{page}", origin.base_url.origin()),
        (None, None) => origin.after_sign_out.clone(),
    };
    match content
        .for_page()
        .and_then(|text| origin.signed_out_states.seal(&text))
    {
        Some(state) => with_state(&page, &state),
        None => page,
    }
}

/// A URL as a header can hold it: other characters than those of ASCII are encoded. One that is no URL
/// leads to the default page.
fn absolute(origin: &Origin, uri: &str) -> String {
    let base = Url::parse(origin.base_url.origin()).ok();
    match Url::options().base_url(base.as_ref()).parse(uri) {
        Ok(url) => url.into(),
        Err(_) => origin.after_sign_out.clone(),
    }
}

/// The application's text, sealed for the page that the sign-out leads to.
fn text(origin: &Origin, options: &SignOutOptions) -> Option<String> {
    let states = &origin.signed_out_states;
    let content = states.content(None, options.state.as_deref());
    states.seal(&content.for_page()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::routes::Routes;
    use crate::origin::sample;

    fn origin(has_signed_out_route: bool) -> Origin {
        sample::origin(Routes {
            signed_out: has_signed_out_route.then(|| "/auth/signed-out".to_owned()),
            ..Routes::default()
        })
    }

    fn to_page(page: &str, state: Option<&str>) -> SignOutOptions {
        SignOutOptions {
            return_to: Some(page.to_owned()),
            state: state.map(str::to_owned),
            ..SignOutOptions::default()
        }
    }

    fn query(url: &str) -> &str {
        url.split_once('?').map_or("", |(_, query)| query)
    }

    #[test]
    fn the_signed_out_route_gets_the_page_and_the_text_sealed() {
        let origin = origin(true);
        let (uri, state) = post_logout_redirect(&origin, &to_page("/survey", Some("text")));

        assert_eq!(uri, "https://app.example/auth/signed-out");
        let state = format!("state={}", state.unwrap());
        let content = origin.signed_out_states.open(&state).unwrap();
        assert_eq!(content.page.as_deref(), Some("/survey"));
        assert_eq!(content.text.as_deref(), Some("text"));
    }

    #[test]
    fn without_the_route_the_provider_gets_the_configured_page_and_the_text_alone() {
        let origin = origin(false);
        let redirect = post_logout_redirect(&origin, &to_page("/survey", None));
        assert_eq!(redirect, ("https://app.example/bye".to_owned(), None));

        let (_, state) = post_logout_redirect(&origin, &to_page("/survey", Some("text")));
        let state = format!("state={}", state.unwrap());
        let content = origin.signed_out_states.open(&state).unwrap();
        assert_eq!(
            (content.page, content.text.as_deref()),
            (None, Some("text"))
        );
    }

    #[test]
    fn a_sign_out_without_the_provider_leads_to_the_page_itself() {
        let origin = origin(true);
        let page = |options: &SignOutOptions| local_page(&origin, options);

        assert_eq!(
            page(&to_page("/survey", None)),
            "https://app.example/survey"
        );
        assert_eq!(
            page(&to_page("//evil.example", None)),
            "https://app.example/bye"
        );
        assert_eq!(page(&SignOutOptions::default()), "https://app.example/bye");
        let elsewhere = SignOutOptions {
            post_logout_redirect_uri: Some("https://www.example/ä".to_owned()),
            ..SignOutOptions::default()
        };
        assert_eq!(page(&elsewhere), "https://www.example/%C3%A4");

        let with_text = page(&to_page("/survey", Some("text")));
        let content = origin.signed_out_states.open(query(&with_text)).unwrap();
        assert_eq!(
            (content.page, content.text.as_deref()),
            (None, Some("text"))
        );
    }
}
