//! The response of the token endpoint.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::claims::ScopeText;
use crate::error::{Error, ErrorKind};
use crate::fetch::Step;
use crate::json;
use crate::oauth_error;
use crate::secret::Secret;

/// The longest lifetime of an access token. A larger number is an error of the provider, and could
/// overflow.
const MAX_LIFETIME: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// A token response (RFC 6749 section 5.1, OpenID Connect Core 1.0 section 3.1.3.3) before the
/// verification of its ID token.
pub(crate) struct TokenResponse {
    pub(crate) access_token: Secret,
    pub(crate) id_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    pub(super) scope: Option<String>,
    lifetime: Option<Duration>,
}

#[derive(Deserialize)]
struct TokenResponseBody {
    access_token: String,
    token_type: String,
    expires_in: Option<Box<RawValue>>,
    refresh_token: Option<String>,
    scope: Option<ScopeText>,
    id_token: Option<String>,
}

impl TokenResponse {
    pub(super) fn parse(response: &Response<Bytes>) -> Result<Self, Error> {
        let malformed = |what: &'static str| Step::TOKEN.malformed(what);
        if let Some(error) = oauth_error::token_error(response) {
            return Err(error);
        }
        if !response.status().is_success() {
            return Err(refused(response));
        }
        let body: TokenResponseBody = json::object_from_slice(response.body()).map_err(|why| {
            Step::TOKEN.malformed(format!("the token response cannot be used: {why}"))
        })?;
        // The tokens become secrets first, so that they are wiped on every return path.
        let access_token = Secret::new(body.access_token);
        let refresh_token = body
            .refresh_token
            .filter(|it| !it.is_empty())
            .map(Secret::new);
        let id_token = body.id_token.filter(|it| !it.is_empty()).map(Secret::new);
        if !body.token_type.eq_ignore_ascii_case("bearer") {
            return Err(malformed("the access token is not a bearer token"));
        }
        if !is_token(access_token.expose()) {
            return Err(malformed(
                "the access token has other than visible ASCII characters",
            ));
        }
        if refresh_token
            .as_ref()
            .is_some_and(|token| !is_token(token.expose()))
        {
            return Err(malformed(
                "the refresh token has other than visible ASCII characters",
            ));
        }
        let lifetime = body
            .expires_in
            .map(|raw| lifetime(raw.get()).ok_or_else(|| malformed("expires_in is not a number")))
            .transpose()?;
        Ok(Self {
            access_token,
            id_token,
            refresh_token,
            scope: body.scope.map(|scope| scope.0),
            lifetime,
        })
    }

    /// Returns when the access token expires, if the response was received at this time.
    pub(super) fn expires_at(&self, received_at: SystemTime) -> Option<SystemTime> {
        received_at.checked_add(self.lifetime?)
    }
}

/// Returns the error for an unsuccessful response without an `error` member. RFC 6749 section 5.2
/// requires that member with status 400 and 401, so these two have special codes: providers that omit
/// it refuse the grant, or, if there is a challenge, the client.
fn refused(response: &Response<Bytes>) -> Error {
    let has_challenge = response.headers().contains_key(WWW_AUTHENTICATE);
    let (kind, code, what) = match response.status() {
        StatusCode::BAD_REQUEST => (
            ErrorKind::Provider,
            "token.bad_request",
            "the provider responded with status 400 and no error code",
        ),
        StatusCode::UNAUTHORIZED if has_challenge => (
            ErrorKind::Configuration,
            "token.client_challenge",
            "the provider responded with status 401, a challenge and no error code: it does not \
             accept the client; check the client id, the secret and the client authentication method",
        ),
        StatusCode::UNAUTHORIZED => (
            ErrorKind::Provider,
            "token.unauthorized",
            "the provider responded with status 401 and no error code",
        ),
        _ => return Step::TOKEN.unsuccessful(response),
    };
    Error::new(kind, code, what)
}

/// RFC 6749 appendix A.12 and A.17, without the space that RFC 6750 section 2.1 excludes.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads `expires_in`: a number, or a string with one, which some providers send. A negative one is 0.
fn lifetime(json: &str) -> Option<Duration> {
    let number = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(json);
    // `f64` also parses "inf" and "nan".
    if !number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
    {
        return None;
    }
    let seconds = number.parse::<f64>().ok()?;
    Some(Duration::from_secs_f64(
        seconds.clamp(0.0, MAX_LIFETIME.as_secs_f64()),
    ))
}

/// Returns the `Authorization` header for an access token (RFC 6750 section 2.1).
pub(crate) fn bearer(access_token: &str) -> Option<HeaderValue> {
    if !is_token(access_token) {
        return None;
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {access_token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_clamped_and_never_panics() {
        let cases = [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("3600.9", Some(3600)),
            ("0", Some(0)),
            ("-5", Some(0)),
            ("9223372036854775808", Some(MAX_LIFETIME.as_secs())),
            ("1e400", Some(MAX_LIFETIME.as_secs())),
            ("\"-inf\"", None),
            ("\"inf\"", None),
            ("\"NaN\"", None),
            ("\"\"", None),
            ("\"soon\"", None),
            ("[1]", None),
            ("true", None),
        ];
        for (json, seconds) in cases {
            assert_eq!(lifetime(json).map(|it| it.as_secs()), seconds, "{json}");
        }
    }
}
