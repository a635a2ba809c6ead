//! The token endpoint of the session's provider, and the application's hooks, as a refresh uses them. Both
//! are traits, so that a refresh can be tested without HTTP, signatures and a layer.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use relying_party::BoxFuture;

use super::failure::Revalidation;
use crate::circuit_breaker::CircuitBreaker;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::edits::SessionEdits;
use crate::session::frame::{AtOrigin, ProviderRef};
use crate::session::issued_tokens::IssuedTokens;
use crate::session::token::StoredToken;

/// The token and revocation endpoints of the sessions' providers.
pub(crate) trait TokenEndpoint: Send + Sync + 'static {
    /// Sends the session's refresh token once, to the session's own provider.
    fn refresh(
        &self,
        base: Arc<Session>,
        target: Target,
    ) -> BoxFuture<Result<IssuedTokens, EndpointError>>;

    /// Asks the provider once to revoke a token that it issued (RFC 7009). A provider that revokes no access
    /// tokens has nothing to do for one.
    fn revoke(&self, token: TokenToRevoke) -> BoxFuture<Result<(), RevocationError>>;

    /// Fetches what a request needs first, such as the provider's metadata, so that a coordinator's lock does
    /// not expire while the provider sends it slowly.
    fn prepare(&self, _session: &Session) -> BoxFuture<Result<(), EndpointError>> {
        Box::pin(ready(Ok(())))
    }

    /// The circuit breaker of the session's provider; `None` if it has none.
    fn circuit(&self, _session: &Session) -> Option<Arc<CircuitBreaker>> {
        None
    }
}

/// What kind of token is to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Refresh,
    Access,
}

impl TokenKind {
    /// The name of the kind for the log, as in RFC 7009 section 2.1.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Refresh => "refresh_token",
            Self::Access => "access_token",
        }
    }
}

/// A token that is to be revoked.
#[derive(Clone)]
pub(crate) struct TokenToRevoke {
    /// The origin of the session that had it.
    pub(crate) at: AtOrigin,
    /// The provider that issued the token. No other may get it.
    pub(crate) provider: ProviderRef,
    pub(crate) token: StoredToken,
    pub(crate) kind: TokenKind,
}

/// The application's decision about a refreshed session.
pub(crate) trait RefreshHook: Send + Sync + 'static {
    /// Asks the application. Called before the session is published, because a response may then write it at
    /// once.
    fn accept(
        &self,
        candidate: Session,
        brings_id_token: bool,
    ) -> BoxFuture<Result<SessionEdits, HookRejection>>;
}

/// Why a refreshed session is not used. Its refresh token is kept, with the former claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookRejection {
    /// A hook returned an error, panicked, or did not return in time.
    HookFailed,
    /// The session does not fit into its cookies. If it were used anyway, the refresh token would be lost.
    SessionTooLarge,
}

/// Why a token request for a refresh brought no tokens.
#[derive(Clone)]
pub(crate) struct EndpointError {
    pub(crate) verdict: Verdict,
    /// A stable code for logs.
    pub(crate) code: &'static str,
    /// What happened, for the log.
    pub(crate) message: Arc<str>,
    /// How long to wait before the next request, if the provider said so.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the request was sent and answered.
    pub(crate) is_answered: bool,
    /// The new refresh token of a response whose other parts cannot be used. After [`Verdict::AnotherUser`]
    /// it must be revoked, and not used.
    pub(crate) refresh_token: Option<StoredToken>,
}

/// What the response to a refresh means for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The provider no longer accepts the refresh token; providers have several error codes for this.
    Refused,
    /// The provider has to ask the user something first.
    Interaction,
    /// This client or this user may not have a token for this target.
    Denied,
    /// The provider does not accept this client, which only an operator can change.
    ClientRefused(Revalidation),
    /// The response is not from a token endpoint.
    Blocked,
    /// The failure is temporary.
    Later(Revalidation),
    /// The ID token is of another user or another sign-in, so the session must end.
    AnotherUser,
}

/// Why a token was not revoked.
#[derive(Clone, Debug)]
pub(crate) struct RevocationError {
    /// Whether another try may succeed.
    pub(crate) is_temporary: bool,
    /// A stable code for logs and events.
    pub(crate) code: &'static str,
    /// What happened, for the log.
    pub(crate) message: Arc<str>,
    /// How long to wait before the next try, if the provider said so.
    pub(crate) retry_after: Option<Duration>,
}
