//! The userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::{
    faults::{ActiveFaults, Fault},
    jwt,
    state::{SharedState, State as Provider},
    store::Grant,
};

pub(super) async fn user_info(State(state): State<SharedState>, headers: HeaderMap) -> Response {
    let faults = state.faults.now();
    let Some((grant, claims)) = claims(&state, &headers, &faults) else {
        // See RFC 6750 section 3.
        let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    let caching = [(header::CACHE_CONTROL, "no-store")];
    if faults.contains(Fault::UserInfoArray) {
        (caching, Json(json!([claims]))).into_response()
    } else if state.settings.signed_user_info || faults.iter().any(requires_jwt) {
        let content_type = [(header::CONTENT_TYPE, "application/jwt")];
        (
            caching,
            content_type,
            signed(&state, &grant, claims, &faults),
        )
            .into_response()
    } else {
        (caching, Json(claims)).into_response()
    }
}

/// The grant of the request's access token, and the claims that its scope releases.
///
/// An access token for an API is refused.
fn claims(
    state: &Provider,
    headers: &HeaderMap,
    faults: &ActiveFaults,
) -> Option<(Grant, Map<String, Value>)> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    if faults.contains(Fault::UserInfoUnauthorized) {
        return None;
    }
    let token = state.store().access_token(token)?.clone();
    if token.audience.is_some() || token.expires_at <= state.now() {
        return None;
    }
    let mut claims = state.user(&token.grant.username)?.claims(&token.scope);
    for fault in faults.iter() {
        match fault {
            Fault::UserInfoWrongSub => {
                claims.insert("sub".to_owned(), json!("somebody-else"));
            }
            Fault::UserInfoMissingSub => {
                claims.remove("sub");
            }
            _ => {}
        }
    }
    Some((token.grant, claims))
}

/// Whether a fault concerns signed responses. It applies even if the provider is not configured to
/// sign.
fn requires_jwt(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::UserInfoJwtWrongKey
            | Fault::UserInfoJwtWrongAudience
            | Fault::UserInfoJwtWrongIssuer
            | Fault::UserInfoJwtAlgNone
    )
}

/// A signed response, with `iss` and `aud` (section 5.3.2).
fn signed(
    state: &Provider,
    grant: &Grant,
    mut claims: Map<String, Value>,
    faults: &ActiveFaults,
) -> String {
    claims.insert("iss".to_owned(), json!(state.issuer));
    claims.insert("aud".to_owned(), json!(grant.client_id));
    let client = state.client(&grant.client_id);
    let algorithm = client.map_or(state.settings.signing_algorithm, |client| {
        state.signing_algorithm(client)
    });
    let keys = state.keys();
    let key = keys.signing_key(algorithm);
    let mut header = jwt::header(key, "JWT");
    for fault in faults.iter() {
        match fault {
            Fault::UserInfoJwtWrongAudience => {
                claims.insert("aud".to_owned(), json!("another-client"));
            }
            Fault::UserInfoJwtWrongIssuer => {
                claims.insert("iss".to_owned(), json!("https://other.example"));
            }
            Fault::UserInfoJwtAlgNone => {
                header.insert("alg".to_owned(), json!("none"));
            }
            _ => {}
        }
    }
    let input = jwt::signing_input(&header, &claims);
    let signature = if faults.contains(Fault::UserInfoJwtAlgNone) {
        Vec::new()
    } else if faults.contains(Fault::UserInfoJwtWrongKey) {
        keys.wrong_key(algorithm).sign(input.as_bytes())
    } else {
        key.sign(input.as_bytes())
    };
    jwt::with_signature(&input, &signature)
}
