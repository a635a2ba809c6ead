//! What can be set for a provider, requested from it and returned by it, beside [`Provider`].

mod logout_requests;
pub(crate) mod registry;
pub(crate) mod resolver;
mod scopes;
pub(crate) mod script_tokens;
mod session_requests;
mod sign_in_requests;
mod token_endpoint;

use std::sync::Arc;

#[cfg(feature = "private-key-jwt")]
#[doc(inline)]
pub use relying_party::ClientKey;
#[doc(inline)]
pub use relying_party::provider::{Display, UnknownValue};
#[doc(inline)]
pub use relying_party::{
    AssertionAudience, ClientAssertion, ClientAssertionRequest, ClientAuthMethod, ClientSecret,
    Error, ErrorKind, HmacAlgorithm, Introspection, ResponseMode, Revocation, SigningAlgorithm,
    scope,
};
use relying_party::{Clock, Provider, RelyingParty};

pub use self::resolver::{
    DirectoryEntry, ProviderDirectory, ProviderQuery, ProviderResolver, ResolvedProvider,
};
use self::script_tokens::ScriptTokens;
pub(crate) use self::session_requests::{LogoutHint, LogoutParameters, RequestError};
use crate::circuit_breaker::CircuitBreaker;
use crate::log_limit::LogLimiter;
use crate::session::frame::ProviderRef;

/// One registered provider, and what the application asks of it. A clone is a few counters.
#[derive(Clone)]
pub(crate) struct Registration {
    /// Private, so that every request goes through a method, and those that send something of a session
    /// check that it is this provider's.
    relying_party: RelyingParty,
    pub(crate) provider: ProviderRef,
    /// The id under which the application registered the provider.
    pub(crate) id: Option<Arc<str>>,
    /// Whether UserInfo is asked at every sign-in.
    pub(crate) user_info_at_sign_in: bool,
    /// Whether the scopes of a token whose scopes are unknown are asked for.
    introspect_scopes: bool,
    /// What the path of access tokens gives to scripts.
    pub(crate) script_tokens: ScriptTokens,
    /// Whether its token endpoint hangs; one for all origins.
    pub(crate) circuit: Arc<CircuitBreaker>,
    clock: Arc<dyn Clock>,
    /// Limits the log lines about this provider: those of another one do not hide them.
    pub(crate) log: Arc<LogLimiter>,
}

/// What a registration consists of.
pub(crate) struct RegistrationParts {
    pub(crate) relying_party: RelyingParty,
    pub(crate) provider: ProviderRef,
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
    pub(crate) fn new(parts: RegistrationParts) -> Self {
        Self {
            relying_party: parts.relying_party,
            provider: parts.provider,
            id: parts.id,
            user_info_at_sign_in: parts.user_info_at_sign_in,
            introspect_scopes: parts.introspect_scopes,
            script_tokens: parts.script_tokens,
            circuit: parts.circuit,
            clock: parts.clock,
            log: parts.log,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.relying_party.issuer()
    }

    /// Whether an ID token of the provider may have this `iss`. If the registered issuer is a template, that
    /// is the issuer of an allowed tenant, and never the template.
    pub(crate) fn accepts_issuer(&self, iss: &str) -> bool {
        self.relying_party.accepts_issuer(iss)
    }

    /// Whether an ID token with this `iss`, or with none, may be one of the provider. With none it counts as one
    /// of the registered issuer. If that is a template, the token may be of any tenant, and no user could be
    /// compared with its user.
    pub(crate) fn may_have_issued(&self, iss: Option<&str>) -> bool {
        self.accepts_issuer(iss.unwrap_or_else(|| self.issuer()))
    }

    pub(crate) fn client_id(&self) -> &str {
        self.relying_party.client_id()
    }

    /// What the application configured for the provider.
    pub(crate) fn settings(&self) -> &Provider {
        self.relying_party.provider()
    }

    /// The page on which users register, if it is configured.
    pub(crate) fn sign_up_url(&self) -> Option<&str> {
        self.relying_party.sign_up_url()
    }

    /// The parameter by which a sign-in asks for the page on which users register; without one,
    /// `prompt=create` does.
    pub(crate) fn sign_up_parameter(&self) -> Option<(&str, &str)> {
        self.relying_party.sign_up_parameter()
    }

    /// The name by which people know the provider.
    pub(crate) fn provider_name(&self) -> Option<&str> {
        self.settings().display_name()
    }

    /// What a page calls the provider: its name, or else its id, or else its issuer.
    pub(crate) fn name_for_people(&self) -> &str {
        self.provider_name()
            .or(self.id.as_deref())
            .unwrap_or_else(|| self.issuer())
    }
}
