//! A session for tests.

use std::sync::Arc;
use std::time::Duration;

use super::Session;
use super::access_token::{AccessTokens, StoredAccessToken, Target};
use super::body::{Authentication, Body, Identity};
use super::frame::{AtOrigin, ProviderRef};
use super::frame::{Frame, ProviderId, SessionId};
use super::issued_tokens::IssuedTokens;
use super::token::StoredToken;
use super::unknown_fields::UnknownFields;
use crate::format::time::UnixMillis;

/// Alice's, for a day, with no token but this one.
pub(crate) fn session(refresh_token: &str, generation: u64, at: UnixMillis) -> Arc<Session> {
    numbered(1, refresh_token, generation, at)
}

/// The same with another session id.
pub(crate) fn numbered(
    number: usize,
    refresh_token: &str,
    generation: u64,
    at: UnixMillis,
) -> Arc<Session> {
    let mut id = [0; 12];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let frame = Frame {
        session_id: SessionId(id),
        provider: ProviderId([2; 8]),
        generation,
        created_at: at,
        sealed_at: at,
        not_after: at.plus(Duration::from_secs(86_400)),
        id_token_issued_at: 0,
    };
    let body = Body {
        identity: Identity::Claims(r#"{"iss":"https://id.example","sub":"alice"}"#.into()),
        refresh_token: Some(StoredToken::new(refresh_token)),
        access_tokens: AccessTokens::new(),
        scope: None,
        user_info: None,
        added: None,
        data: None,
        refreshed_at: None,
        after_refusal: None,
        authentication: Authentication::default(),
        id_token_hint: None,
        provider_key: None,
        sid: None,
        unknown: UnknownFields::default(),
    };
    Arc::new(Session::new(frame, body))
}

/// A token response with this access token for the default target, and no other token.
pub(crate) fn issued_tokens(access_token: &str) -> IssuedTokens {
    IssuedTokens {
        access_token: StoredAccessToken::new(Target::DEFAULT, access_token, None),
        refresh_token: None,
        id_token: None,
        scope: Some("openid".into()),
    }
}

/// The same session at another provider.
pub(crate) fn at_provider(session: &Session, provider: &ProviderRef) -> Arc<Session> {
    let frame = Frame {
        provider: provider.id,
        ..session.frame
    };
    let mut body = session.body.clone();
    body.provider_key.clone_from(&provider.key);
    Arc::new(Session::new(frame, body))
}

/// A configured origin.
pub(crate) fn at_origin() -> AtOrigin {
    AtOrigin {
        origin: "https://app.example".into(),
        is_configured: true,
    }
}
