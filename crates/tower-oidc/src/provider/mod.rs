//! One registered provider: its id, and what may be obtained from it.

pub(crate) mod id;
pub(crate) mod script_tokens;

use relying_party::RelyingParty;

use self::id::ProviderKey;
use self::script_tokens::ScriptTokens;
use crate::session::frame::ProviderId;

/// One registered provider, and what the application asks of it.
pub(crate) struct Registration {
    pub(crate) relying_party: RelyingParty,
    pub(crate) provider: ProviderId,
    /// The id under which the application registered the provider.
    pub(crate) id: Option<ProviderKey>,
    /// Whether UserInfo is asked at every sign-in.
    pub(crate) user_info_at_sign_in: bool,
    /// Whether the scopes of a token whose scopes are unknown are asked for.
    pub(crate) introspect_scopes: bool,
    /// What the path of access tokens gives to scripts.
    pub(crate) script_tokens: ScriptTokens,
}

impl Registration {
    /// The name by which people know the provider.
    pub(crate) fn provider_name(&self) -> Option<&str> {
        self.relying_party.provider().display_name()
    }
}
