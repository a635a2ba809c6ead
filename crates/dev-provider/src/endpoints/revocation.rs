//! The revocation endpoint (RFC 7009).

use axum::{body::Bytes, extract::State};
use http::{HeaderMap, StatusCode};

use super::{OAuthError, client_request::ClientRequest};
use crate::endpoint::Endpoint;
use crate::{faults::Fault, state::SharedState, store::Grant};

/// A refresh token takes its whole grant along, as npm's `oidc-provider` has it; an access token
/// goes alone. `token_type_hint` is a hint only, and all tokens are looked through anyway.
pub(super) async fn revoke(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, OAuthError> {
    let request = ClientRequest::receive(&state, Endpoint::Revocation, &headers, &body)?;
    let token = request.required("token")?;
    if state
        .faults
        .now()
        .contains(Fault::RevocationUnsupportedTokenType)
    {
        return Err(OAuthError::UNSUPPORTED_TOKEN_TYPE);
    }
    // Section 2.1: "verifies whether the token was issued to the client making the request".
    let own = |grant: &Grant| match grant.client_id == request.client.id() {
        true => Ok(()),
        false => Err(OAuthError::INVALID_GRANT),
    };
    let mut store = state.store();
    if let Some(refresh_token) = store.refresh_token(token) {
        own(&refresh_token.grant)?;
        let grant = refresh_token.grant.id.clone();
        store.end_grant(&grant);
    } else if let Some(access_token) = store.access_token(token) {
        own(&access_token.grant)?;
        store.remove_access_token(token);
    }
    // Section 2.2: an invalid token is no error.
    Ok(StatusCode::OK)
}
