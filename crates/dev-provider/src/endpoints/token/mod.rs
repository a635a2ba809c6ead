//! The token endpoint (RFC 6749, section 3.2).

mod client_authentication;
mod error;
mod grants;
mod id_token;
mod response;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};

use self::{error::TokenError, response::TokenResponse};
use crate::{
    faults::Fault, observed::RecordedTokenRequest, parameters::Parameters, state::SharedState,
};

pub(super) async fn token(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let answer = respond(&state, &headers, &parameters);
    let authorization = text(&headers, header::AUTHORIZATION).map(str::to_owned);
    state
        .observed
        .record(RecordedTokenRequest::new(authorization, parameters));
    match answer {
        Ok(response) => response.into_response(),
        Err(error) => error.into_response(),
    }
}

fn respond(
    state: &SharedState,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<TokenResponse, TokenError> {
    let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        || parameters.has_duplicates()
    {
        return Err(TokenError::InvalidRequest);
    }
    let authorization = text(headers, header::AUTHORIZATION);
    let client = client_authentication::client(state, authorization, parameters)?;
    for fault in state.faults.active() {
        match fault {
            Fault::TokenEndpointInvalidClient => return Err(TokenError::InvalidClient),
            Fault::TokenEndpointInvalidGrant => return Err(TokenError::InvalidGrant),
            _ => {}
        }
    }
    match parameters.get("grant_type") {
        Some("authorization_code") => grants::authorization_code(state, client, parameters),
        Some("refresh_token") => grants::refresh_token(state, client, parameters),
        Some(_) => Err(TokenError::UnsupportedGrantType),
        None => Err(TokenError::InvalidRequest),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
