//! Unusual error responses to refreshes. The refresh token remains valid.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::faults::{ActiveFaults, Fault};

/// The error response of the first of these faults that is active.
pub(super) fn response(faults: &ActiveFaults) -> Option<Response> {
    faults.iter().find_map(error_response)
}

fn error_response(fault: Fault) -> Option<Response> {
    const CHALLENGE: [(header::HeaderName, &str); 1] =
        [(header::WWW_AUTHENTICATE, r#"Basic realm="token""#)];
    const PAGE: Html<&str> = Html("<!doctype html><title>Blocked</title>Request blocked.");
    let error = |status, error: Value| (status, Json(json!({ "error": error }))).into_response();
    let bad_request = |code: &str| error(StatusCode::BAD_REQUEST, json!(code));
    Some(match fault {
        Fault::RefreshBadRequestEmpty => StatusCode::BAD_REQUEST.into_response(),
        Fault::RefreshInvalidRequest => bad_request("invalid_request"),
        Fault::RefreshSentenceAsCode => bad_request("The refresh token is not valid any more."),
        Fault::RefreshUnregisteredError => bad_request("token_inactive"),
        Fault::RefreshErrorObject => {
            let object = json!({ "code": 4001, "message": "Session not active" });
            error(StatusCode::BAD_REQUEST, object)
        }
        Fault::RefreshErrorWithStatusOk => error(StatusCode::OK, json!("invalid_grant")),
        Fault::RefreshAccessDenied => error(StatusCode::FORBIDDEN, json!("access_denied")),
        Fault::RefreshUnauthorizedEmpty => StatusCode::UNAUTHORIZED.into_response(),
        Fault::RefreshUnauthorizedChallenge => {
            (StatusCode::UNAUTHORIZED, CHALLENGE, "Who are you?").into_response()
        }
        Fault::RefreshForbiddenHtml => (StatusCode::FORBIDDEN, PAGE).into_response(),
        Fault::RefreshNotFoundHtml => (StatusCode::NOT_FOUND, PAGE).into_response(),
        Fault::RefreshUnauthorizedClient => bad_request("unauthorized_client"),
        Fault::RefreshUnsupportedGrantType => bad_request("unsupported_grant_type"),
        Fault::RefreshInvalidScope => bad_request("invalid_scope"),
        Fault::RefreshRequestTimeout => StatusCode::REQUEST_TIMEOUT.into_response(),
        Fault::RefreshTooEarly => StatusCode::TOO_EARLY.into_response(),
        Fault::RefreshServerError => bad_request("server_error"),
        Fault::RefreshTemporarilyUnavailable => bad_request("temporarily_unavailable"),
        _ => return None,
    })
}
