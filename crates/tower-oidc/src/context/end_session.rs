//! The provider's URL that ends a session there (OpenID Connect RP-Initiated Logout 1.0 section 2).

use url::Url;

use crate::context::returned_outcome::SignOutOptions;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::signed_out_state::with_state;
use crate::provider::{LogoutHint, LogoutReturn, Registration, RequestError};
use crate::session::Session;

/// A longer URL loses the session's `id_token_hint`: a stock nginx accepts 4 KiB of response head.
pub(crate) const MAX_URL_LENGTH: usize = 2_400;

/// What tells the provider whose session ends.
#[derive(Clone, Copy)]
pub(crate) enum Hint<'a> {
    /// The session's ID token. If there is none, or the URL would be longer than this with it, the
    /// user's `sub`.
    OfSession(&'a Session, usize),
    /// An ID token that the application chose, however long.
    Given(&'a str),
    Nobody,
}

/// The URI that the provider sends the browser back to, and the `state` that it brings there.
pub(crate) struct PostLogoutRedirect {
    pub(crate) uri: String,
    pub(crate) state: Option<String>,
}

/// Why a URL has no ID token.
#[derive(Clone, Copy)]
enum NoIdToken {
    NotStored,
    TooLong,
    NotSignedIn,
}

impl NoIdToken {
    const fn code(self) -> &'static str {
        match self {
            Self::NotStored => "not_stored",
            Self::TooLong => "too_long",
            Self::NotSignedIn => "not_signed_in",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::NotStored => {
                "the session has none, because `keep_claims` is set or its cookies had no room"
            }
            Self::TooLong => "the session's ID token is too long for the response's head",
            Self::NotSignedIn => "nobody is signed in any more",
        }
    }
}

/// The URL, or `None` if the provider has no end-session endpoint.
pub(crate) async fn url(
    registration: &Registration,
    origin: &Origin,
    hint: Hint<'_>,
    redirect: &PostLogoutRedirect,
) -> Result<Option<String>, RequestError> {
    let without_state = LogoutReturn {
        uri: Some(&redirect.uri),
        state: None,
    };
    let back = LogoutReturn {
        state: redirect.state.as_deref(),
        ..without_state
    };
    let (hint, reason) = match hint {
        Hint::Given(id_token) => {
            let hint = LogoutHint::Given(id_token);
            return registration.end_session_url(hint, back).await;
        }
        Hint::Nobody => (LogoutHint::Nothing, NoIdToken::NotSignedIn),
        Hint::OfSession(session, _) if session.id_token().is_none() => {
            (LogoutHint::UserOf(session), NoIdToken::NotStored)
        }
        Hint::OfSession(session, max_length) => {
            let fits =
                |url: &Option<String>| url.as_ref().is_none_or(|url| url.len() <= max_length);
            let id_token = LogoutHint::IdTokenOf(session);
            let url = registration.end_session_url(id_token, back).await?;
            if fits(&url) {
                return Ok(url);
            }
            // Without the ID token such a provider gets neither the URI nor the state.
            if back.state.is_some() && registration.settings().requires_id_token_hint() {
                let url = registration
                    .end_session_url(id_token, without_state)
                    .await?;
                if fits(&url) {
                    report_no_state(origin);
                    return Ok(url);
                }
            }
            (LogoutHint::UserOf(session), NoIdToken::TooLong)
        }
    };
    let url = registration.end_session_url(hint, back).await?;
    if url.is_some() && registration.settings().requires_id_token_hint() {
        report_no_redirect(origin, reason);
    }
    Ok(url)
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

/// Where a sign-out leads to after the provider.
pub(crate) fn post_logout_redirect(
    origin: &Origin,
    options: &SignOutOptions,
) -> PostLogoutRedirect {
    match (&options.post_logout_redirect_uri, &origin.routes.signed_out) {
        (None, Some(route)) => {
            let page = origin.signed_out_page(options.return_to.as_deref());
            let content = origin
                .signed_out_states
                .content(Some(&page), options.state.as_deref());
            PostLogoutRedirect {
                uri: origin.absolute(route),
                state: origin.signed_out_states.seal(&content),
            }
        }
        (Some(uri), _) => PostLogoutRedirect {
            uri: uri.clone(),
            state: text(origin, options),
        },
        (None, None) => PostLogoutRedirect {
            uri: origin.after_sign_out.clone(),
            state: text(origin, options),
        },
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
        let redirect = post_logout_redirect(&origin, &to_page("/survey", Some("text")));

        assert_eq!(redirect.uri, "https://app.example/auth/signed-out");
        let state = format!("state={}", redirect.state.unwrap());
        let content = origin.signed_out_states.open(&state).unwrap();
        assert_eq!(content.page.as_deref(), Some("/survey"));
        assert_eq!(content.text.as_deref(), Some("text"));
    }

    #[test]
    fn without_the_route_the_provider_gets_the_configured_page_and_the_text_alone() {
        let origin = origin(false);
        let redirect = post_logout_redirect(&origin, &to_page("/survey", None));
        assert_eq!(redirect.uri, "https://app.example/bye");
        assert_eq!(redirect.state, None);

        let redirect = post_logout_redirect(&origin, &to_page("/survey", Some("text")));
        let state = format!("state={}", redirect.state.unwrap());
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
