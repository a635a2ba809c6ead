//! The settings of tokens and of what the provider says of the user.

use std::sync::Arc;
use std::time::Duration;

use super::AuthLayerBuilder;
use crate::refresh::RefreshCoordinator;

impl AuthLayerBuilder {
    /// How long before its expiry an access token counts as expired; default 10 seconds, time enough
    /// for a call to the API that it is for. For a token that lives for less than twice this time, it
    /// is half of its life.
    pub const fn refresh_leeway(mut self, leeway: Duration) -> Self {
        self.refresh_leeway = leeway;
        self
    }

    /// Asks UserInfo at every sign-in, and keeps in the session what the ID token lacks (OpenID
    /// Connect Core 1.0 section 5.3): [`claims`](crate::AuthContext::claims) then has both. Default
    /// is off: it costs a request, and room in the cookie. An answer that cannot be had, or is about
    /// another user, is left out, and the sign-in goes on.
    pub const fn user_info_at_sign_in(mut self, ask: bool) -> Self {
        self.user_info_at_sign_in = ask;
        self
    }

    /// Asks the introspection endpoint (RFC 7662) for the scopes of an opaque access token if the
    /// provider did not name them with it. Default is off: it costs a request for each new token.
    pub const fn introspect_scopes(mut self, ask: bool) -> Self {
        self.introspect_scopes = ask;
        self
    }

    /// Lets several instances refresh as one; default each refreshes for itself, which is enough
    /// for one instance, for a provider that does not rotate refresh tokens, and for one that
    /// accepts a rotated one for some seconds more.
    pub fn refresh_coordinator(mut self, coordinator: impl RefreshCoordinator) -> Self {
        self.refresh_coordinator = Some(Arc::new(coordinator));
        self
    }
}
