//! What can be set for a provider, requested from it and returned by it, beside
//! [`Provider`](crate::Provider).

pub(crate) mod scopes;
pub(crate) mod script_tokens;
mod token_endpoint;

use std::sync::Arc;

#[doc(inline)]
pub use relying_party::provider::Display;
#[doc(inline)]
pub use relying_party::{
    ClientAuthMethod, Error, ErrorKind, Introspection, Revocation, SigningAlgorithm, scope,
};
use relying_party::{Clock, RelyingParty};

use self::script_tokens::ScriptTokens;
use crate::log_limit::LogLimiter;
use crate::refresh::CircuitBreaker;
use crate::session::frame::ProviderId;

/// One registered provider, and what the application asks of it. A clone is a few counters.
#[derive(Clone)]
pub(crate) struct Registration {
    pub(crate) relying_party: RelyingParty,
    pub(crate) provider: ProviderId,
    /// The id under which the application registered the provider.
    pub(crate) id: Option<Arc<str>>,
    /// Whether UserInfo is asked at every sign-in.
    pub(crate) user_info_at_sign_in: bool,
    /// Whether the scopes of a token whose scopes are unknown are asked for.
    pub(crate) introspect_scopes: bool,
    /// What the path of access tokens gives to scripts.
    pub(crate) script_tokens: ScriptTokens,
    /// Whether its token endpoint hangs; one for all origins.
    pub(crate) circuit: Arc<CircuitBreaker>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
}

impl Registration {
    /// The name by which people know the provider.
    pub(crate) fn provider_name(&self) -> Option<&str> {
        self.relying_party.provider().display_name()
    }
}
