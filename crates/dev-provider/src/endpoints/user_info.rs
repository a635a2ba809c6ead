//! The userinfo endpoint (OpenID Connect Core 1.0, section 5.3).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::{faults::Fault, state::SharedState};

pub(super) async fn user_info(State(state): State<SharedState>, headers: HeaderMap) -> Response {
    let Some(claims) = claims(&state, &headers) else {
        // RFC 6750, section 3.
        let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(claims)).into_response()
}

fn claims(state: &SharedState, headers: &HeaderMap) -> Option<Value> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let grant = {
        let store = state.store();
        let token = store.access_token(token)?;
        (state.now() < token.expires_at).then(|| token.grant.clone())?
    };
    let mut claims = state.user(&grant.username)?.claims(&grant.scope);
    for fault in state.faults.active() {
        match fault {
            Fault::UserInfoWrongSub => {
                claims.insert("sub".to_owned(), json!("somebody-else"));
            }
            Fault::UserInfoMissingSub => {
                claims.remove("sub");
            }
            Fault::UserInfoArray => return Some(json!([claims])),
            _ => {}
        }
    }
    Some(Value::Object(claims))
}
