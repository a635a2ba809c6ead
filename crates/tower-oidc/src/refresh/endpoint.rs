//! What a refresh needs from others: the token endpoint of the session's provider, and the application's
//! hooks. Both are traits, so that a refresh can be tested without HTTP, signatures and a layer.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use relying_party::BoxFuture;

use super::circuit_breaker::CircuitBreaker;
use super::failure::Revalidation;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::edits::SessionEdits;
use crate::session::frame::ProviderId;
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

    /// Asks the provider once to revoke a refresh token that it issued (RFC 7009).
    fn revoke(
        &self,
        provider: ProviderId,
        refresh_token: StoredToken,
    ) -> BoxFuture<Result<(), RevocationError>>;

    /// Fetches what a request needs first, such as the provider's metadata, so that slow documents do
    /// not use up the time of a coordinator's lock.
    fn prepare(&self, _session: &Session) -> BoxFuture<Result<(), EndpointError>> {
        Box::pin(ready(Ok(())))
    }

    /// The circuit breaker of the session's provider; `None` if it has none.
    fn circuit(&self, _session: &Session) -> Option<Arc<CircuitBreaker>> {
        None
    }
}

/// What the application makes of a refreshed session.
pub(crate) trait RefreshHook: Send + Sync + 'static {
    /// Asks the application before the session is used, because a response may write it at once.
    fn accept(
        &self,
        candidate: Session,
        brings_id_token: bool,
    ) -> BoxFuture<Result<SessionEdits, HookRejection>>;
}

/// Why a refreshed session is not used. Its refresh token is kept, and the former claims stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookRejection {
    /// A hook returned an error, panicked, or did not return in time.
    HookFailed,
    /// The session does not fit into its cookies. If it were used all the same, the refresh token
    /// would be lost.
    SessionTooLarge,
}

/// A token request for a refresh that brought no tokens.
#[derive(Clone)]
pub(crate) struct EndpointError {
    pub(crate) verdict: Verdict,
    /// A stable code for logs.
    pub(crate) code: &'static str,
    /// What happened, for the log.
    pub(crate) message: Arc<str>,
    /// When the provider wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the request was sent and answered.
    pub(crate) is_answered: bool,
    /// A new refresh token that came in an answer which cannot be used otherwise. After
    /// [`Verdict::AnotherUser`] it is to be revoked, and never to be used.
    pub(crate) refresh_token: Option<StoredToken>,
}

/// What the answer of the token endpoint to a refresh says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The refresh token is not accepted any more, in whatever words.
    Refused,
    /// The provider has to ask the user something first.
    Interaction,
    /// This client or this user may not have what was asked for.
    Denied,
    /// The provider does not accept this client, which only its operator can change.
    ClientRefused(Revalidation),
    /// An answer that a token endpoint does not give.
    Blocked,
    /// Nothing that lasts.
    Later(Revalidation),
    /// The ID token is of another user or another sign-in, so the session must end.
    AnotherUser,
}

/// A refresh token that was not revoked.
#[derive(Clone, Debug)]
pub(crate) struct RevocationError {
    /// Whether it is worth another try.
    pub(crate) is_temporary: bool,
    /// A stable code for logs and events.
    pub(crate) code: &'static str,
    /// What happened, for the log.
    pub(crate) message: Arc<str>,
    /// When the provider wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
}
