//! Settings of the sign-out at the provider.

use super::Provider;

/// How the sign-out of a provider differs from the standard.
#[derive(Clone, Debug)]
pub(super) struct SignOut {
    /// Whether a URI to return to needs an ID token.
    require_id_token_hint: bool,
    /// Whether the provider takes a form.
    by_form: bool,
    /// The claim that a `logout_hint` has.
    pub(super) logout_hint_claim: &'static str,
}

impl Default for SignOut {
    fn default() -> Self {
        Self {
            require_id_token_hint: false,
            by_form: false,
            logout_hint_claim: "sub",
        }
    }
}

impl Provider {
    /// Sets whether the provider accepts a `post_logout_redirect_uri` only together with an ID token
    /// (`id_token_hint`). The default is `false`; [`genauth`](Self::genauth) turns it on.
    ///
    /// If it is on, a logout URL without an ID token has no `post_logout_redirect_uri` and no `state`,
    /// because such a provider would show an error page. The user is signed out, and the browser stays
    /// at the provider. OpenID Connect RP-Initiated Logout 1.0 section 2 allows a provider to require
    /// the ID token.
    pub const fn require_id_token_hint(mut self, require: bool) -> Self {
        self.sign_out.require_id_token_hint = require;
        self
    }

    /// Returns whether [`require_id_token_hint`](Self::require_id_token_hint) is on.
    #[must_use]
    pub const fn requires_id_token_hint(&self) -> bool {
        self.sign_out.require_id_token_hint
    }

    /// Sets whether the provider takes a sign-out as a form, with POST, if the ID token should not be in a
    /// URL, for example because it is too long. The default is `false`; [`asgardeo`](Self::asgardeo) and
    /// [`auth0`](Self::auth0), whose vendors document it, turn it on.
    ///
    /// OpenID Connect RP-Initiated Logout 1.0 section 2 demands that a provider takes both GET and POST,
    /// but some take GET only. With a form, a provider whose own session cookie is `SameSite=Lax` does not
    /// get that cookie, and must find the session by the ID token. That is why it is off by default. Try
    /// it before you turn it on.
    ///
    /// It has no effect at a provider with its own parameters, such as Amazon Cognito.
    pub const fn end_session_by_form(mut self, by_form: bool) -> Self {
        self.sign_out.by_form = by_form;
        self
    }

    /// Returns whether [`end_session_by_form`](Self::end_session_by_form) is on.
    #[must_use]
    pub const fn ends_sessions_by_form(&self) -> bool {
        self.sign_out.by_form
    }

    /// Returns the claim of the ID token whose value a `logout_hint` has: `sub`, but `sid` at
    /// [`auth0`](Self::auth0), which takes no other.
    #[must_use]
    pub const fn logout_hint_claim(&self) -> &'static str {
        self.sign_out.logout_hint_claim
    }
}
