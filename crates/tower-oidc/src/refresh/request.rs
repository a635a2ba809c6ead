//! One token request: the session's refresh token is sent once, and the hooks decide on what comes back.

use std::sync::Arc;

use super::endpoint::{EndpointError, HookRejection, RefreshHook, TokenEndpoint};
use super::failure::Failure;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::edits::SessionEdits;
use crate::session::issued_tokens::IssuedTokens;

/// Why no tokens came.
pub(super) enum NotIssued {
    /// There is nothing to send, so nothing was sent.
    NotSent(Failure),
    Failed(EndpointError),
}

/// Sends the refresh token of `base`.
pub(super) async fn send(
    endpoint: &dyn TokenEndpoint,
    base: Arc<Session>,
    target: &Target,
) -> Result<IssuedTokens, NotIssued> {
    if base.body.refresh_token.is_none() || base.claims().is_none() {
        return Err(NotIssued::NotSent(Failure::SignInRequired));
    }
    let issued = endpoint.refresh(base, target.clone()).await;
    issued.map_err(NotIssued::Failed)
}

/// Asks the hooks about the session that `newest` becomes with these tokens.
///
/// What they decide is applied to the newest session when the refresh is published: its data may change
/// in the meantime.
pub(super) async fn accept(
    hook: &dyn RefreshHook,
    candidate: Session,
    tokens: &IssuedTokens,
) -> Result<SessionEdits, HookRejection> {
    hook.accept(candidate, tokens.id_token.is_some()).await
}
