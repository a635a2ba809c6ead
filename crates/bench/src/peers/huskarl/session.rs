//! The session of an application that keeps what the layer keeps. By itself, huskarl keeps `sub`, `sid` and the
//! refresh token.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use huskarl_axum::login::{Session, SessionState};
use huskarl_login::client::token::RefreshToken;
use huskarl_login::core::secrets::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fixture::Fixture;

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct ApplicationSession {
    state: SessionState,
    /// If there is no ID token, which has them.
    claims: Option<Value>,
    id_token: String,
    access_token: String,
    scope: String,
    access_tokens: BTreeMap<String, String>,
}

impl ApplicationSession {
    /// A session that began now, by the real time: huskarl has no other clock.
    pub(super) fn of(fixture: &Fixture) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "huskarl compares with the real time"
        )]
        let now = SystemTime::now();
        let week = Duration::from_secs(7 * 86_400);
        let text = |name: &str| fixture.claims[name].as_str().map(str::to_owned);
        let refresh_token = SecretString::new(fixture.refresh_token.clone());
        let state = SessionState::builder()
            .token_expiry(now + Duration::from_secs(86_400))
            .refresh_token(RefreshToken::new(refresh_token, None))
            .maybe_sub(text("sub"))
            .maybe_sid(text("sid"))
            .created_at(now)
            .expire_at(now + week)
            .build();
        let tokens = fixture.access_tokens.iter();
        Self {
            state,
            claims: fixture.id_token.is_empty().then(|| fixture.claims.clone()),
            id_token: fixture.id_token.clone(),
            access_token: fixture.access_token.clone(),
            scope: fixture.scope.clone(),
            access_tokens: tokens
                .map(|(resource, it)| (resource.clone(), it.token.clone()))
                .collect(),
        }
    }
}

impl Session for ApplicationSession {
    fn state(&self) -> &SessionState {
        &self.state
    }

    fn set_state(&mut self, state: SessionState) {
        self.state = state;
    }
}
