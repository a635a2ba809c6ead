//! Settings of the sign-out at the provider.

use super::Provider;

impl Provider {
    /// Whether the provider accepts a page to come back to only together with an ID token
    /// (`id_token_hint`). Default is no; [`genauth`](Self::genauth) turns it on.
    ///
    /// If it is on, a logout URL without an ID token has no `post_logout_redirect_uri` and no `state`
    /// either, which such a provider would answer with an error page. The user is signed out, and the
    /// browser stays at the provider. RP-Initiated Logout 1.0 section 2 lets a provider refuse so.
    pub const fn require_id_token_hint(mut self, require: bool) -> Self {
        self.require_id_token_hint = require;
        self
    }

    /// Whether [`require_id_token_hint`](Self::require_id_token_hint) is on.
    #[must_use]
    pub const fn requires_id_token_hint(&self) -> bool {
        self.require_id_token_hint
    }
}
