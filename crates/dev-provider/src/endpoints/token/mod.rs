//! The token endpoint (RFC 6749, section 3.2).

mod access_token;
mod grants;
mod id_token;
mod refused;
mod response;
mod target;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use self::response::TokenResponse;
use super::{OAuthError, client_request::ClientRequest};
use crate::endpoint::Endpoint;
use crate::{
    faults::{Fault, InForce, Outage},
    state::{SharedState, State as Provider},
};

pub(super) async fn token(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let request = ClientRequest::receive(&state, Endpoint::Token, &headers, &body)?;
    let refresh = request.parameters.get("grant_type") == Some("refresh_token");
    let faults = state.faults.of_token_request(refresh);
    if let Some(outage) = faults.outage(Endpoint::Token) {
        return Ok(outage.answer().await);
    }
    if let Some(refusal) = refused::answer(&faults) {
        return Ok(refusal);
    }
    let names_openid = request
        .parameters
        .get("scope")
        .is_some_and(|scope| scope.split(' ').any(|name| name == "openid"));
    let faults = match faults.contains(Fault::RefreshIdTokenForScopeOnly) && !names_openid {
        true => faults.with(Fault::NoIdToken),
        false => faults,
    };
    let tokens = respond(&state, &request, &faults)?;
    // The tokens were issued, and the one presented has gone, when the answer is lost.
    Ok(if faults.contains(Fault::RefreshConnectionClosed) {
        Outage::ConnectionClosed.answer().await
    } else if faults.contains(Fault::RefreshTruncated) {
        Outage::Truncated.answer().await
    } else {
        tokens.into_response()
    })
}

fn respond(
    state: &Provider,
    request: &ClientRequest<'_>,
    faults: &InForce,
) -> Result<TokenResponse, OAuthError> {
    let for_resource = ["resource", "organization_id"]
        .iter()
        .any(|name| request.parameters.get(name).is_some());
    for fault in faults.iter() {
        match fault {
            Fault::TokenEndpointInvalidClient => return Err(OAuthError::INVALID_CLIENT),
            Fault::TokenEndpointInvalidGrant => return Err(OAuthError::INVALID_GRANT),
            Fault::RefreshInvalidClient => return Err(OAuthError::bad_request("invalid_client")),
            Fault::RefreshInteractionRequired => return Err(OAuthError::INTERACTION_REQUIRED),
            Fault::RefreshForResourceInvalidGrant if for_resource => {
                return Err(OAuthError::INVALID_GRANT);
            }
            _ => {}
        }
    }
    match request.required("grant_type")? {
        "authorization_code" => grants::authorization_code(state, request, faults),
        "refresh_token" => grants::refresh_token(state, request, faults),
        _ => Err(OAuthError::UNSUPPORTED_GRANT_TYPE),
    }
}
