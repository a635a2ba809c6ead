//! Errors with a description that repeats the whole request.

use axum::{
    Json,
    body::to_bytes,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use crate::endpoint::Endpoint;
use crate::{faults::Fault, parameters::Parameters, state::State};

const MAX_BODY_BYTES: usize = 64 * 1024;

/// Whether a fault makes this endpoint repeat its requests.
pub(super) fn applies(state: &State, endpoint: Endpoint) -> bool {
    let faults = state.faults.now();
    match endpoint {
        Endpoint::Authorize => faults.contains(Fault::AuthorizationErrorRepeatsRequest),
        Endpoint::PushedAuthorization
        | Endpoint::Token
        | Endpoint::UserInfo
        | Endpoint::Introspection
        | Endpoint::Revocation => faults.contains(Fault::EndpointErrorsRepeatRequest),
        Endpoint::Discovery | Endpoint::Jwks | Endpoint::EndSession => false,
    }
}

pub(super) async fn response(state: &State, endpoint: Endpoint, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let authorization = authorization.unwrap_or_default().to_owned();
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await;
    let body = body.unwrap_or_default();
    let form = String::from_utf8_lossy(&body);
    if endpoint == Endpoint::Authorize {
        // The form of the sign-in page posts the parameters that a link has in its query.
        return redirect(state, if query.is_empty() { &form } else { &query });
    }
    let values: Vec<_> = Parameters::parse(&body).into_pairs();
    let description = format!("{authorization} {form} {values:?}");
    let challenge = format!("Bearer error=\"invalid_request\", error_description={authorization}");
    (
        StatusCode::BAD_REQUEST,
        [(header::WWW_AUTHENTICATE, challenge)],
        Json(json!({ "error": "invalid_request", "error_description": description })),
    )
        .into_response()
}

fn redirect(state: &State, query: &str) -> Response {
    let parameters = Parameters::parse(query.as_bytes());
    let of = |name| parameters.get(name).unwrap_or_default();
    let Ok(mut location) = url::Url::parse(of("redirect_uri")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let description = format!("{} {} {query}", of("nonce"), of("state"));
    location
        .query_pairs_mut()
        .append_pair("error", "invalid_request")
        .append_pair("error_description", &description)
        .append_pair("state", of("state"))
        .append_pair("iss", &state.issuer);
    (
        StatusCode::SEE_OTHER,
        [(header::LOCATION, String::from(location))],
    )
        .into_response()
}
