//! The authorization response (RFC 6749 section 4.1.2; RFC 9207; OAuth 2.0 Form Post Response Mode).

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use url::Url;

use crate::{faults::Fault, pages, state::State};

/// The redirect URI of a request, and its `state`.
#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) redirect_uri: Url,
    pub(super) state: Option<String>,
    /// Whether the browser posts the response (`response_mode=form_post`).
    pub(super) is_posted: bool,
}

impl Redirect {
    pub(super) fn code(&self, provider: &State, code: &str) -> Response {
        self.respond(provider, "code", code)
    }

    pub(super) fn error(&self, provider: &State, code: &str) -> Response {
        self.respond(provider, "error", code)
    }

    fn respond(&self, provider: &State, name: &str, value: &str) -> Response {
        let mut state = self.state.as_deref();
        let mut iss = provider
            .settings
            .iss_parameter
            .then_some(provider.issuer.as_str());
        for fault in provider.faults.now().iter() {
            match fault {
                Fault::WrongIssParameter => iss = Some("https://other.example"),
                Fault::MissingIssParameter => iss = None,
                Fault::WrongState => state = Some("another-state"),
                _ => {}
            }
        }
        let parameters = [(name, Some(value)), ("state", state), ("iss", iss)];
        let parameters = parameters.into_iter();
        let parameters: Vec<(&str, &str)> = parameters
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        if self.is_posted {
            return pages::post_response(&self.redirect_uri, &parameters);
        }
        let mut location = self.redirect_uri.clone();
        location.query_pairs_mut().extend_pairs(parameters);
        let headers = [
            (header::LOCATION, String::from(location)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        // Status 307 would send the posted form to the client (RFC 9700 section 4.12).
        (StatusCode::SEE_OTHER, headers).into_response()
    }
}
