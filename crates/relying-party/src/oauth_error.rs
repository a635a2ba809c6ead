//! The error codes of IANA's "OAuth Extensions Error Registry", and what they mean for this crate.

use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::claims::lenient;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, is_transient, retry_after};
use crate::json;
use crate::log_text::{self, SentSecrets};

/// Error codes of the token endpoint (RFC 6749 section 5.2, RFC 8707, RFC 7009 section 2.2.1, and codes
/// of the authorization endpoint that providers use there), where their cause is, and what they mean.
const TOKEN: [(&str, &str, ErrorKind, &str); 16] = [
    (
        "invalid_request",
        "token.invalid_request",
        ErrorKind::Configuration,
        "the provider considers the token request malformed; check the client authentication method",
    ),
    (
        "invalid_client",
        "token.invalid_client",
        ErrorKind::Configuration,
        "the provider does not accept the client; check the client id, the secret and the client \
         authentication method",
    ),
    (
        "invalid_grant",
        "token.invalid_grant",
        ErrorKind::Response,
        "the provider does not accept the grant: expired, used before, or not made for this client",
    ),
    (
        "unauthorized_client",
        "token.unauthorized_client",
        ErrorKind::Configuration,
        "the client may not use this grant; allow it in the provider's console",
    ),
    (
        "unsupported_grant_type",
        "token.unsupported_grant_type",
        ErrorKind::Configuration,
        "the provider does not support this grant",
    ),
    (
        "invalid_scope",
        "token.invalid_scope",
        ErrorKind::Configuration,
        "the provider does not accept the scopes",
    ),
    (
        "invalid_target",
        "token.invalid_target",
        ErrorKind::Configuration,
        "the provider does not accept the resource; register it in the provider's console",
    ),
    (
        "access_denied",
        "token.access_denied",
        ErrorKind::Response,
        "the provider denied access",
    ),
    (
        "login_required",
        "token.login_required",
        ErrorKind::Response,
        "the user must sign in",
    ),
    (
        "consent_required",
        "token.consent_required",
        ErrorKind::Response,
        "the user must consent",
    ),
    (
        "interaction_required",
        "token.interaction_required",
        ErrorKind::Response,
        "the provider must ask the user something",
    ),
    (
        "account_selection_required",
        "token.account_selection_required",
        ErrorKind::Response,
        "the user must select an account",
    ),
    (
        "unmet_authentication_requirements",
        "token.unmet_authentication_requirements",
        ErrorKind::Response,
        "the user did not sign in as strongly as the provider requires",
    ),
    (
        "unsupported_token_type",
        "token.unsupported_token_type",
        ErrorKind::Response,
        "the provider does not support this for tokens of this type",
    ),
    (
        "server_error",
        "token.server_error",
        ErrorKind::Provider,
        "the provider failed",
    ),
    (
        "temporarily_unavailable",
        "token.temporarily_unavailable",
        ErrorKind::Provider,
        "the provider is overloaded",
    ),
];

/// The body of an error response.
#[derive(Deserialize)]
struct ErrorMember {
    /// Any JSON: some providers send an object or a number.
    error: Option<Box<RawValue>>,
}

/// The message of an error response.
#[derive(Deserialize)]
struct ErrorMessage {
    /// Any JSON, like [`ErrorMember`]'s. If it is not a string, its JSON is shown.
    error: Box<RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    error_description: Option<String>,
}

impl ErrorMessage {
    fn code(&self) -> String {
        let written = self.error.get();
        serde_json::from_str(written).unwrap_or_else(|_| written.to_owned())
    }
}

/// Quotes the provider for the log: the error code as it was sent, which may be an unregistered one,
/// and the description. `None` if that is only a code that [`Error::code`] contains already.
pub(crate) fn provider_message(
    error: &str,
    description: &str,
    is_known: bool,
    sent: &SentSecrets,
) -> Option<String> {
    let has_description = !description.trim().is_empty();
    if is_known && !has_description {
        return None;
    }
    let error = log_text::quoted(error, sent);
    if !has_description {
        return Some(format!("the provider says {error}"));
    }
    let description = log_text::quoted(description, sent);
    Some(format!("the provider says {error}: {description}"))
}

/// Adds to `error` the message of the provider in `response`, and the URL of the endpoint.
pub(crate) fn with_provider_message(
    error: Error,
    endpoint: &Url,
    response: &Response<Bytes>,
    sent: &SentSecrets,
) -> Error {
    let message: Result<ErrorMessage, _> = json::object_from_slice(response.body());
    let error = match message {
        Ok(message) => {
            let code = message.code();
            let description = message.error_description.unwrap_or_default();
            let is_known = TOKEN.into_iter().any(|(known, ..)| known == code);
            match provider_message(&code, &description, is_known, sent) {
                Some(message) => error.with_detail(message),
                None => error,
            }
        }
        Err(_) => error,
    };
    error.with_url(endpoint.as_str())
}

/// Returns the error code and the description of a response, if it has a code. Neither may be logged
/// before it was [quoted](log_text::quoted).
pub(crate) fn code_and_description(response: &Response<Bytes>) -> Option<(String, String)> {
    ErrorBody::read(response)?;
    let message: ErrorMessage = json::object_from_slice(response.body()).ok()?;
    Some((
        message.code(),
        message.error_description.unwrap_or_default(),
    ))
}

/// Returns the error in a response of the token endpoint, if there is one: some providers send it with
/// status 200.
pub(crate) fn token_error(response: &Response<Bytes>) -> Option<Error> {
    let body = ErrorBody::read(response)?;
    let code = body.known.map_or("token.other", |(_, code, ..)| code);
    Some(body.error(code))
}

/// Returns the error in a response of the introspection or the revocation endpoint, if there is one.
/// [`Error::oauth_error_code`] has its code.
pub(crate) fn endpoint_error(step: Step, response: &Response<Bytes>) -> Option<Error> {
    Some(ErrorBody::read(response)?.error(step.error_code()))
}

struct ErrorBody<'a> {
    response: &'a Response<Bytes>,
    known: Option<(&'static str, &'static str, ErrorKind, &'static str)>,
}

impl<'a> ErrorBody<'a> {
    fn read(response: &'a Response<Bytes>) -> Option<Self> {
        let body: ErrorMember = json::object_from_slice(response.body()).ok()?;
        let error = body.error?;
        // Some providers send such members if there is no error.
        if matches!(error.get(), "false" | "\"\"") {
            return None;
        }
        let name: Option<String> = serde_json::from_str(error.get()).ok();
        let known = TOKEN
            .into_iter()
            .find(|(known, ..)| name.as_deref() == Some(known));
        Some(Self { response, known })
    }

    fn error(self, code: &'static str) -> Error {
        let (name, kind, what) = match self.known {
            Some((name, _, kind, what)) => (Some(name), kind, what),
            None => (
                None,
                ErrorKind::Provider,
                "the provider refused the request with an unregistered error",
            ),
        };
        let transient = is_transient(self.response.status())
            || matches!(name, Some("server_error" | "temporarily_unavailable"));
        let error = if transient {
            let retry_after = retry_after(self.response.headers());
            Error::transient(ErrorKind::Provider, code, what, retry_after)
        } else {
            Error::new(kind, code, what)
        };
        error.with_oauth_error(name)
    }
}
