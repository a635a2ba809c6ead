//! Pushed authorization requests (RFC 9126).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, json};

use super::{OAuthError, authorize, client_request::ClientRequest};
use crate::endpoint::Endpoint;
use crate::{
    faults::Fault,
    parameters::Parameters,
    state::{SharedState, State as Provider},
    store::PushedRequest,
};

/// In seconds: section 2.2 suggests 5 to 600.
const LIFETIME: u64 = 60;

/// The form that section 2.2 suggests.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// How the client authenticated itself is not part of the authorization request.
const CREDENTIALS: &[&str] = &["client_secret", "client_assertion", "client_assertion_type"];

pub(super) async fn push(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let request = ClientRequest::receive(&state, Endpoint::PushedAuthorization, &headers, &body)?;
    let faults = state.faults.now();
    // Section 2.1: a pushed request refers to no other request.
    let refers = request.parameters.get("request_uri").is_some();
    if refers || faults.contains(Fault::PushedAuthorizationRefused) {
        return Err(OAuthError::INVALID_REQUEST);
    }
    if request.required("client_id")? != request.client.id() {
        return Err(OAuthError::INVALID_REQUEST);
    }
    if let Some(code) = authorize::refusal_of(&state, &request.parameters) {
        return Err(OAuthError::bad_request(code));
    }
    let lifetime = match faults.contains(Fault::PushedAuthorizationExpired) {
        true => 0,
        false => LIFETIME,
    };
    let id = state.store().push_request(PushedRequest {
        client_id: request.client.id().to_owned(),
        parameters: request.parameters.without(CREDENTIALS),
        expires_at: state.now().saturating_add(lifetime),
        is_used: false,
    });
    let mut response = Map::from_iter([
        ("request_uri".to_owned(), json!(format!("{PREFIX}{id}"))),
        ("expires_in".to_owned(), json!(LIFETIME)),
    ]);
    if faults.contains(Fault::PushedAuthorizationMalformedRequestUri) {
        let malformed = json!(format!("{PREFIX}line\r\nbreak"));
        response.insert("request_uri".to_owned(), malformed);
    }
    if faults.contains(Fault::PushedAuthorizationMissingRequestUri) {
        response.remove("request_uri");
    }
    let caching = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, caching, Json(response)).into_response())
}

/// The parameters that the `request_uri` of an authorization request stands for, if it refers to a pushed one.
///
/// It can be used once, and then by the forms of the provider's own pages, which repeat it together with
/// the choice of the user (section 7.3 allows this).
pub(super) fn find(
    state: &Provider,
    parameters: &Parameters,
    has_choice: bool,
) -> Result<Option<Parameters>, &'static str> {
    let uri = parameters.get("request_uri");
    // Others would refer to request objects at the client, which are not supported (RFC 9101).
    let Some(id) = uri.and_then(|uri| uri.strip_prefix(PREFIX)) else {
        return Ok(None);
    };
    let now = state.now();
    let mut store = state.store();
    let pushed = store
        .pushed_request_mut(id)
        .filter(|pushed| parameters.get("client_id") == Some(&pushed.client_id))
        .filter(|pushed| match pushed.is_used {
            true => has_choice,
            false => now < pushed.expires_at,
        });
    let Some(pushed) = pushed else {
        return Err("The pushed request is unknown, has expired or was used before.");
    };
    pushed.is_used = true;
    Ok(Some(pushed.parameters.clone()))
}
