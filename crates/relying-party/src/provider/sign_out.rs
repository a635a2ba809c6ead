//! Settings of the sign-out at the provider.

use super::Provider;

impl Provider {
    /// Sets whether the provider accepts a `post_logout_redirect_uri` only together with an ID token
    /// (`id_token_hint`). The default is `false`; [`genauth`](Self::genauth) turns it on.
    ///
    /// If it is on, a logout URL without an ID token has no `post_logout_redirect_uri` and no `state`,
    /// because such a provider would show an error page. The user is signed out, and the browser stays
    /// at the provider. OpenID Connect RP-Initiated Logout 1.0 section 2 allows a provider to require
    /// the ID token.
    pub const fn require_id_token_hint(mut self, require: bool) -> Self {
        self.require_id_token_hint = require;
        self
    }

    /// Returns whether [`require_id_token_hint`](Self::require_id_token_hint) is on.
    #[must_use]
    pub const fn requires_id_token_hint(&self) -> bool {
        self.require_id_token_hint
    }
}
