//! The token endpoint (RFC 6749 section 3.2).

mod access_token;
mod access_token_request;
mod grants;
mod id_token;
mod refresh_errors;
mod response;

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
    faults::{ActiveFaults, Fault, Outage},
    state::{SharedState, State as Provider},
};

pub(super) async fn token(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let request = ClientRequest::receive(&state, Endpoint::Token, &headers, &body)?;
    let refresh = request.parameters.get("grant_type") == Some("refresh_token");
    let faults = state.faults.for_token_request(refresh);
    if let Some(outage) = faults.outage(Endpoint::Token) {
        return Ok(outage.response().await);
    }
    if let Some(error) = refresh_errors::response(&faults) {
        return Ok(error);
    }
    let requests_openid = request
        .parameters
        .get("scope")
        .is_some_and(|scope| scope.split(' ').any(|name| name == "openid"));
    let faults = match faults.contains(Fault::RefreshIdTokenForScopeOnly) && !requests_openid {
        true => faults.with(Fault::NoIdToken),
        false => faults,
    };
    let tokens = respond(&state, &request, &faults)?;
    // When the response is lost, the tokens are issued and the presented one is invalidated
    // already.
    Ok(if faults.contains(Fault::RefreshConnectionClosed) {
        Outage::ConnectionClosed.response().await
    } else if faults.contains(Fault::RefreshTruncated) {
        Outage::Truncated.response().await
    } else {
        tokens.into_response()
    })
}

fn respond(
    state: &Provider,
    request: &ClientRequest<'_>,
    faults: &ActiveFaults,
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
