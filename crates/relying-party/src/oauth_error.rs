//! The error codes that IANA's "OAuth Extensions Error Registry" knows, and what they mean to us.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// Pairs each registered code with the name that [`Error::code`] has for it.
macro_rules! codes {
    ($endpoint:literal: $($name:literal,)*) => { [$(($name, concat!($endpoint, ".", $name)),)*] };
}

/// Error codes of the authorization endpoint: RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0
/// section 3.1.2.6, RFC 8707 section 2, OpenID Connect Unmet Authentication Requirements 1.0.
const AUTHORIZATION: [(&str, &str); 18] = codes! {
    "authorization":
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unmet_authentication_requirements",
    "unsupported_response_type",
};

/// Error codes of the token endpoint (RFC 6749 section 5.2, RFC 8707, and what providers borrow
/// from the authorization endpoint), whose fault they are, and what they mean.
const TOKEN: [(&str, &str, ErrorKind, &str); 13] = [
    (
        "invalid_request",
        "token.invalid_request",
        ErrorKind::Configuration,
        "the provider finds the token request malformed; check the client authentication method",
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

/// The code itself if it is registered, else `other`: text of the wire goes no further.
pub(crate) fn registered_authorization_error(error: &str) -> &'static str {
    AUTHORIZATION
        .into_iter()
        .find(|(known, _)| *known == error)
        .map_or("other", |(known, _)| known)
}

/// The error for an error response of the authorization endpoint.
pub(crate) fn of_authorization(error: &'static str) -> Error {
    let code = AUTHORIZATION
        .into_iter()
        .find(|(known, _)| *known == error)
        .map_or("authorization.other", |(_, code)| code);
    let what = format!("the provider answered the authorization request with the error {error}");
    match error {
        "server_error" | "temporarily_unavailable" => {
            Error::transient(ErrorKind::Response, code, what, None)
        }
        _ => Error::new(ErrorKind::Response, code, what),
    }
}

/// The error for an error response of the token endpoint.
pub(crate) fn of_token(error: &str, transient: bool, retry_after: Option<Duration>) -> Error {
    let (code, kind, what) = TOKEN
        .into_iter()
        .find(|(known, ..)| *known == error)
        .map(|(_, code, kind, what)| (code, kind, what))
        .unwrap_or((
            "token.other",
            ErrorKind::Provider,
            "the provider refused the token request with an unregistered error",
        ));
    if transient || matches!(error, "server_error" | "temporarily_unavailable") {
        Error::transient(ErrorKind::Provider, code, what, retry_after)
    } else {
        Error::new(kind, code, what)
    }
}
