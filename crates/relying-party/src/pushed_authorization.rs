//! The pushed authorization request endpoint.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::authorization_error;
use crate::client_auth::{AuthenticatedClient, post_authenticated};
use crate::error::Error;
use crate::fetch::{Step, is_transient, retry_after};
use crate::http_client::HttpClient;
use crate::json;
use crate::oauth_error;
use crate::secret::Secret;

/// A longer reference would not be a reference, and the redirect with it might not fit into a header.
const MAX_REQUEST_URI_BYTES: usize = 512;

/// Parameters whose values are no secrets, and may be in the log if the response repeats them.
const NO_SECRETS: [&str; 11] = [
    "acr_values",
    "claims",
    "client_id",
    "code_challenge_method",
    "display",
    "max_age",
    "prompt",
    "redirect_uri",
    "resource",
    "response_type",
    "scope",
];

/// The reference to an authorization request that was pushed: characters of a URI (RFC 3986 section 2).
pub(crate) struct RequestUri(Secret);

#[derive(Deserialize)]
struct PushedResponse {
    request_uri: String,
    expires_in: Option<Box<RawValue>>,
}

impl RequestUri {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Reads a successful response (RFC 9126 section 2.2). Some providers send it with status 200.
    fn parse(response: &Response<Bytes>) -> Result<Self, Error> {
        let malformed = |what: &str| {
            Step::PUSHED_AUTHORIZATION.malformed(format!(
                "the response to the pushed authorization request cannot be used: {what}"
            ))
        };
        if let Some(error) = refused(response) {
            return Err(error);
        }
        if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK) {
            return Err(Step::PUSHED_AUTHORIZATION.unsuccessful(response));
        }
        let body: PushedResponse =
            json::object_from_slice(response.body()).map_err(|why| malformed(&why.to_string()))?;
        let request_uri = Self(Secret::new(body.request_uri));
        if !is_request_uri(request_uri.expose()) {
            return Err(malformed(
                "`request_uri` is not a URI of at most 512 characters",
            ));
        }
        // The browser uses the reference at once, so the number itself does not matter.
        let expires_in = body.expires_in.as_deref().map(RawValue::get);
        if expires_in.is_some_and(|it| !it.parse().is_ok_and(|seconds: f64| seconds > 0.0)) {
            return Err(malformed("`expires_in` is not a number above 0"));
        }
        Ok(request_uri)
    }
}

/// Sends an authorization request to the provider (RFC 9126 section 2.1), with the authentication of the
/// client, and returns the reference to it. It is never repeated: the browser's next attempt pushes a
/// new one.
pub(crate) async fn push(
    http: &dyn HttpClient,
    endpoint: &Url,
    client: AuthenticatedClient<'_>,
    parameters: &[(&str, &str)],
) -> Result<RequestUri, Error> {
    let step = Step::PUSHED_AUTHORIZATION;
    let answer = post_authenticated(http, step, endpoint, client, parameters).await?;
    let response = &answer.response;
    RequestUri::parse(response).map_err(|error| {
        let is_secret = |(name, _): &&(&str, &str)| !NO_SECRETS.contains(name);
        let secrets: Vec<_> = parameters.iter().filter(is_secret).copied().collect();
        let sent = answer.sent_secrets(&secrets);
        oauth_error::with_provider_message(error, endpoint, response, &sent).after_sending()
    })
}

/// Returns the error that the provider reports, if there is one (RFC 9126 section 2.3).
fn refused(response: &Response<Bytes>) -> Option<Error> {
    let (error, description) = oauth_error::code_and_description(response)?;
    Some(authorization_error::pushed(
        &error,
        &description,
        is_transient(response.status()),
        retry_after(response.headers()),
    ))
}

/// A URN or an https URL, as a rule. The provider alone reads it, so any scheme is accepted.
fn is_request_uri(text: &str) -> bool {
    let is_uri_character = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    text.len() <= MAX_REQUEST_URI_BYTES
        && text.bytes().all(is_uri_character)
        && Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> Result<String, &'static str> {
        let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        let parsed = RequestUri::parse(&response);
        parsed
            .map(|uri| uri.expose().to_owned())
            .map_err(|error| error.code())
    }

    #[test]
    fn a_reference_is_a_uri_of_at_most_512_characters() {
        let padded = |length: usize| format!("urn:a:{}", "b".repeat(length - 6));
        for uri in [
            "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
            "https://op.example/request/7?a=b&c=%20#d",
            "urn:example:(a)'*+,;=@!$~[]",
            &padded(512),
        ] {
            assert!(is_request_uri(uri), "{uri}");
        }
        for text in [
            "",
            "abc",
            "urn:a b",
            "urn:a\nb",
            "urn:a\r\nLocation: x",
            "urn:\u{fc}",
            "urn:a\"b",
            "urn:<a>",
            "urn:a\u{7f}",
            &padded(513),
        ] {
            assert!(!is_request_uri(text), "{text}");
        }
    }

    #[test]
    fn a_successful_response_has_a_reference_that_has_not_expired() {
        let with = |member: &str| format!(r#"{{"request_uri":"urn:a:b"{member}}}"#);
        for status in [200, 201] {
            for expires_in in ["", r#","expires_in":60"#, r#","expires_in":60.5"#] {
                assert_eq!(parse(status, &with(expires_in)).as_deref(), Ok("urn:a:b"));
            }
        }
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"request_uri":7,"expires_in":60}"#,
            r#"{"request_uri":"","expires_in":60}"#,
            r#"{"request_uri":"urn:a","request_uri":"urn:b","expires_in":60}"#,
            &with(r#","expires_in":0"#),
            &with(r#","expires_in":-5"#),
            &with(r#","expires_in":"soon""#),
            &with(r#","expires_in":[]"#),
        ] {
            assert_eq!(parse(201, body), Err("par.malformed"), "{body}");
        }
        for (status, code) in [
            (204, "par.status"),
            (302, "par.redirect"),
            (404, "par.status"),
        ] {
            assert_eq!(parse(status, &with("")), Err(code), "{status}");
        }
    }
}
