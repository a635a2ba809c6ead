//! The authorization response (RFC 6749 section 4.1.2; RFC 9207).

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use url::Url;

use crate::{faults::Fault, state::State};

/// The redirect URI of a request, and its `state`.
#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) redirect_uri: Url,
    pub(super) state: Option<String>,
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
        let mut location = self.redirect_uri.clone();
        let mut query = location.query_pairs_mut();
        query.append_pair(name, value);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        if let Some(iss) = iss {
            query.append_pair("iss", iss);
        }
        drop(query);
        let headers = [
            (header::LOCATION, String::from(location)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        // Status 307 would send the posted form to the client (RFC 9700 section 4.12).
        (StatusCode::SEE_OTHER, headers).into_response()
    }
}
