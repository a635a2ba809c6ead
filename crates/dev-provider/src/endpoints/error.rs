//! Error responses to clients (RFC 6749 section 5.2).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    status: StatusCode,
    code: &'static str,
}

impl OAuthError {
    pub(super) const INVALID_REQUEST: Self = Self::bad_request("invalid_request");
    pub(super) const INVALID_GRANT: Self = Self::bad_request("invalid_grant");
    pub(super) const INVALID_SCOPE: Self = Self::bad_request("invalid_scope");
    /// A resource that is unknown or was not granted (RFC 8707 section 2).
    pub(super) const INVALID_TARGET: Self = Self::bad_request("invalid_target");
    pub(super) const UNSUPPORTED_GRANT_TYPE: Self = Self::bad_request("unsupported_grant_type");
    /// See RFC 7009 section 2.2.1.
    pub(super) const UNSUPPORTED_TOKEN_TYPE: Self = Self::bad_request("unsupported_token_type");
    pub(super) const INTERACTION_REQUIRED: Self = Self::bad_request("interaction_required");
    pub(super) const INVALID_CLIENT: Self = Self {
        status: StatusCode::UNAUTHORIZED,
        code: "invalid_client",
    };
    /// Logto's response for an organization of which the user is not a member.
    pub(super) const ACCESS_DENIED: Self = Self {
        status: StatusCode::FORBIDDEN,
        code: "access_denied",
    };

    pub(super) const fn bad_request(code: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let Self { status, code } = self;
        let caching = [(header::CACHE_CONTROL, "no-store")];
        let challenge = (status == StatusCode::UNAUTHORIZED)
            .then_some([(header::WWW_AUTHENTICATE, r#"Basic realm="token""#)]);
        let body = Json(json!({ "error": code }));
        match challenge {
            Some(challenge) => (status, caching, challenge, body).into_response(),
            None => (status, caching, body).into_response(),
        }
    }
}
