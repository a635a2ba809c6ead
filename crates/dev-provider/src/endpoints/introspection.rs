//! The introspection endpoint (RFC 7662).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::{OAuthError, client_request::ClientRequest};
use crate::endpoint::Endpoint;
use crate::{
    faults::Fault,
    state::{SharedState, State as Provider},
    store::{AccessToken, Grant, RefreshToken},
};

/// Introspects a token for any client that is not public: the API that asks is not the client that
/// received the token.
pub(super) async fn introspect(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let request = ClientRequest::receive(&state, Endpoint::Introspection, &headers, &body)?;
    // The endpoint must require authorization (section 2.1).
    let refuses = state
        .faults
        .now()
        .contains(Fault::IntrospectionInvalidClient);
    if request.client.is_public() || refuses {
        return Err(OAuthError::INVALID_CLIENT);
    }
    let active = active(&state, request.required("token")?);
    // The response must not reveal anything about a token that is not active (section 2.2).
    let mut response =
        active.unwrap_or_else(|| Map::from_iter([("active".to_owned(), json!(false))]));
    for fault in state.faults.now().iter() {
        match fault {
            Fault::IntrospectionMissingActive => {
                response.remove("active");
            }
            Fault::IntrospectionStringActive => {
                response.insert("active".to_owned(), json!("true"));
            }
            Fault::IntrospectionScopeAsArray => {
                if let Some(Value::String(scope)) = response.get("scope") {
                    let list = json!(scope.split(' ').collect::<Vec<_>>());
                    response.insert("scope".to_owned(), list);
                }
            }
            _ => {}
        }
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)).into_response())
}

fn active(state: &Provider, token: &str) -> Option<Map<String, Value>> {
    let store = state.store();
    match (store.access_token(token), store.refresh_token(token)) {
        (Some(token), _) => access_token(state, token),
        (None, Some(token)) => refresh_token(state, token),
        (None, None) => None,
    }
}

fn access_token(state: &Provider, token: &AccessToken) -> Option<Map<String, Value>> {
    let lifetime = (token.issued_at, token.expires_at);
    let mut response = active_response(state, &token.grant, &token.scope, lifetime)?;
    response.insert("token_type".to_owned(), json!("Bearer"));
    if let Some(audience) = &token.audience {
        response.insert("aud".to_owned(), json!(audience));
    }
    if let Some(id) = &token.organization_id {
        response.insert("organization_id".to_owned(), json!(id));
    }
    Some(response)
}

fn refresh_token(state: &Provider, token: &RefreshToken) -> Option<Map<String, Value>> {
    let lifetime = (token.issued_at, token.expires_at);
    let response = || active_response(state, &token.grant, &token.grant.scope, lifetime);
    (token.rotated_at.is_none()).then(response)?
}

/// The response for a token, unless it has expired or its user is disabled.
fn active_response(
    state: &Provider,
    grant: &Grant,
    scope: &[String],
    (issued_at, expires_at): (u64, u64),
) -> Option<Map<String, Value>> {
    let sub = state.sub(grant)?;
    let mut response = Map::new();
    let mut set = |name: &str, value: Value| response.insert(name.to_owned(), value);
    set("active", json!(true));
    set("iss", json!(state.issuer));
    set("sub", sub);
    set("username", json!(grant.username));
    set("client_id", json!(grant.client_id));
    set("iat", json!(issued_at));
    set("exp", json!(expires_at));
    if !scope.is_empty() {
        set("scope", json!(scope.join(" ")));
    }
    (state.now() < expires_at).then_some(response)
}
