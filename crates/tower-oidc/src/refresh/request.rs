//! One token request: the session's refresh token is sent once.

use std::sync::Arc;

use super::endpoint::{EndpointError, TokenEndpoint};
use super::failure::Failure;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::issued_tokens::IssuedTokens;

/// Why a refresh brought no tokens.
pub(super) enum NotIssued {
    /// The session has no refresh token or no claims, so nothing was sent.
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
