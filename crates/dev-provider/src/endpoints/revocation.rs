//! The revocation endpoint (RFC 7009).

use axum::{body::Bytes, extract::State};
use http::{HeaderMap, StatusCode};

use super::{OAuthError, client_request::ClientRequest};
use crate::endpoint::Endpoint;
use crate::{faults::Fault, state::SharedState, store::Grant};

/// Revokes a token. A refresh token ends its whole grant, as with npm's `oidc-provider`.
///
/// `token_type_hint` is ignored, because it cannot change the result.
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
    let check_client = |grant: &Grant| match grant.client_id == request.client.id() {
        true => Ok(()),
        false => Err(OAuthError::INVALID_GRANT),
    };
    let mut store = state.store();
    if let Some(refresh_token) = store.refresh_token(token) {
        check_client(&refresh_token.grant)?;
        let grant = refresh_token.grant.id.clone();
        store.end_grant(&grant);
    } else if let Some(access_token) = store.access_token(token) {
        check_client(&access_token.grant)?;
        store.remove_access_token(token);
    }
    // An unknown token is not an error (section 2.2).
    Ok(StatusCode::OK)
}
