//! The token response (OpenID Connect Core 1.0 section 3.1.3.3).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::header;
use serde_json::{Map, Value, json};

use super::{
    access_token,
    access_token_request::AccessTokenRequest,
    id_token::{self, IdTokenRequest},
};
use crate::{
    clients::Client,
    faults::{ActiveFaults, Fault},
    state::State,
    store::Grant,
};

pub(super) struct TokenResponse(Map<String, Value>);

/// What a token response is issued for.
pub(super) struct TokenGrant {
    pub(super) grant: Grant,
    pub(super) access: AccessTokenRequest,
    pub(super) nonce: Option<String>,
    pub(super) refresh_token: Option<String>,
}

impl TokenResponse {
    pub(super) fn issue(
        state: &State,
        client: &Client,
        granted: TokenGrant,
        faults: &ActiveFaults,
    ) -> Self {
        let lifetime = state.live_settings().access_token_lifetime.as_secs();
        let access_token = access_token::issue(state, &granted.grant, &granted.access, lifetime);
        let id_token = id_token::issue(
            state,
            &IdTokenRequest {
                client,
                grant: &granted.grant,
                nonce: granted.nonce.as_deref(),
                access_token: &access_token,
            },
            faults,
        );
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        set("access_token", json!(access_token));
        set("token_type", json!("Bearer"));
        set("expires_in", json!(lifetime));
        // An empty scope cannot be expressed (RFC 6749 section 3.3).
        if !granted.access.scope.is_empty() {
            set("scope", json!(granted.access.scope.join(" ")));
        }
        set("id_token", json!(id_token));
        if let Some(refresh_token) = granted.refresh_token {
            set("refresh_token", json!(refresh_token));
        }
        for fault in faults.iter() {
            apply(&mut members, fault);
        }
        Self(members)
    }
}

fn apply(members: &mut Map<String, Value>, fault: Fault) {
    let (name, value) = match fault {
        Fault::MissingTokenType => ("token_type", None),
        Fault::WrongTokenType => ("token_type", Some(json!("mac"))),
        Fault::MissingExpiresIn => ("expires_in", None),
        Fault::StringExpiresIn => {
            let expires_in = members.get("expires_in").map(Value::to_string);
            ("expires_in", Some(json!(expires_in)))
        }
        Fault::ZeroExpiresIn => ("expires_in", Some(json!(0))),
        Fault::NegativeExpiresIn => ("expires_in", Some(json!(-1))),
        Fault::HugeExpiresIn => ("expires_in", Some(json!(1_u64 << 63))),
        Fault::MalformedAccessToken => ("access_token", Some(json!("line\r\nbreak"))),
        Fault::MissingScope => ("scope", None),
        Fault::ScopeAsArray => {
            let scope = members.get("scope").and_then(Value::as_str);
            let list = scope.map(|scope| scope.split(' ').collect::<Vec<_>>());
            ("scope", Some(json!(list)))
        }
        Fault::NoRefreshToken => ("refresh_token", None),
        Fault::NoIdToken => ("id_token", None),
        _ => return,
    };
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self.0)).into_response()
    }
}
