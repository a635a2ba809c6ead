//! The JWK Set (RFC 7517 section 5).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{faults::Fault, state::SharedState};

/// The path of the JWK Set while [`Fault::JwksMoved`] is active.
pub(super) const MOVED_PATH: &str = "/moved/jwks";

/// How old the outdated copy of the keys is, in seconds.
const AGE_OF_OUTDATED_COPY: u64 = 2;

pub(super) async fn jwks(state: State<SharedState>) -> Response {
    if state.faults.now().contains(Fault::JwksMoved) {
        return StatusCode::NOT_FOUND.into_response();
    }
    moved_jwks(state).await.into_response()
}

/// The JWK Set, also at [`MOVED_PATH`].
pub(super) async fn moved_jwks(State(state): State<SharedState>) -> Json<Value> {
    let mut keys = state.keys().jwks();
    for fault in state.faults.now().iter() {
        match fault {
            Fault::JwksEmpty => keys.clear(),
            Fault::JwksOnlyUnusualKeys => keys = unusual_keys().into(),
            Fault::JwksBadKeysAmongGood => {
                keys.splice(..0, bad_keys());
            }
            Fault::JwksDuplicateKid => share_kid(&mut keys),
            Fault::JwksOutdatedCopy => {
                keys = state
                    .keys()
                    .jwks_at(state.now().saturating_sub(AGE_OF_OUTDATED_COPY));
            }
            _ => {}
        }
    }
    if state.faults.now().contains(Fault::JwksEmptyObject) {
        return Json(json!({}));
    }
    Json(json!({ "keys": keys }))
}

fn unusual_keys() -> [Value; 2] {
    [
        json!({ "kty": "oct", "kid": "symmetric", "k": "c2VjcmV0" }),
        json!({ "kty": "EC", "kid": "es512", "use": "sig", "alg": "ES512", "crv": "P-521",
            "x": "A".repeat(88), "y": "A".repeat(88) }),
    ]
}

fn share_kid(keys: &mut [Value]) {
    let kid = keys.first().and_then(|es384| es384.get("kid")).cloned();
    keys.reverse();
    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
        key.insert("kid".to_owned(), json!(kid));
    }
}

fn bad_keys() -> [Value; 5] {
    let off_curve = "A".repeat(64);
    [
        json!({ "kty": "XYZ", "kid": "unknown-type", "use": "sig" }),
        json!({ "kty": "oct", "kid": "symmetric", "k": "c2VjcmV0" }),
        json!({ "kty": "EC", "kid": "encryption", "use": "enc", "crv": "P-384" }),
        json!({ "kty": "RSA", "kid": "short", "use": "sig", "alg": "RS256", "e": "AQAB",
            "n": "q".repeat(86) }),
        json!({ "kty": "EC", "kid": "off-curve", "use": "sig", "alg": "ES384", "crv": "P-384",
            "x": off_curve, "y": off_curve }),
    ]
}
