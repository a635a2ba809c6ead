//! The access token: a JWT for an API (RFC 9068), opaque for the userinfo endpoint.

use serde_json::{Map, Value, json};

use super::access_token_request::AccessTokenRequest;
use crate::{
    jwt, random,
    state::State,
    store::{AccessToken, Grant},
};

/// Issues an access token with this lifetime in seconds.
pub(super) fn issue(
    state: &State,
    grant: &Grant,
    request: &AccessTokenRequest,
    lifetime: u64,
) -> String {
    let now = state.now();
    let token = AccessToken {
        grant: grant.clone(),
        scope: request.scope.clone(),
        audience: request.audience.clone(),
        organization_id: request.organization_id.clone(),
        issued_at: now,
        expires_at: now.saturating_add(lifetime),
    };
    match &token.audience {
        None => state.store().issue_access_token(token),
        Some(audience) => {
            let text = jwt(state, &token, audience);
            state.store().add_access_token(text.clone(), token);
            text
        }
    }
}

fn jwt(state: &State, token: &AccessToken, audience: &str) -> String {
    let mut claims = Map::new();
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", json!(state.issuer));
    set("aud", json!(audience));
    set("sub", json!(state.sub(&token.grant)));
    set("client_id", json!(token.grant.client_id));
    set("iat", json!(token.issued_at));
    set("exp", json!(token.expires_at));
    set("jti", json!(random::token()));
    if !token.scope.is_empty() {
        set("scope", json!(token.scope.join(" ")));
    }
    if let Some(id) = &token.organization_id {
        set("organization_id", json!(id));
    }
    let keys = state.keys();
    let key = keys.signing_key(state.settings.signing_algorithm);
    jwt::signed(key, "at+jwt", &claims)
}
