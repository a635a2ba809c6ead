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

    /// Lets several instances refresh a session one after the other. By default each refreshes for
    /// itself, which is enough for one instance, for a provider that does not rotate refresh tokens,
    /// and for one that accepts a rotated one for longer than
    /// [`refresh_request_lifetime`](Self::refresh_request_lifetime).
    pub fn refresh_coordinator(mut self, coordinator: impl RefreshCoordinator) -> Self {
        self.refresh_coordinator = Some(Arc::new(coordinator));
        self
    }

    /// How long a request of the application waits for a refresh; default 10 seconds, from one
    /// second to a minute. After that it gets
    /// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) ("try later"), while the
    /// request to the provider continues: the session gets its result with the user's next request.
    ///
    /// The same time limits how long a refresh waits for others of the same session, and for the
    /// lock of a [`RefreshCoordinator`] that another instance holds.
    pub const fn refresh_wait(mut self, wait: Duration) -> Self {
        self.refresh_wait = wait;
        self
    }

    /// How long a refresh or revocation request to the provider lives once it was sent; default is
    /// [`Provider::request_lifetime`](crate::Provider::request_lifetime), which is 60 seconds unless
    /// set. From one second to a minute.
    ///
    /// While a refresh lives, nothing else is sent with its refresh token: a provider that rotates
    /// refresh tokens may have used it up already, and would take a second request for theft. An
    /// answer that comes after this time is lost, and the session with it.
    ///
    /// The lock at a [`RefreshCoordinator`] lasts 30 seconds longer. A time that is not longer than
    /// [`refresh_wait`](Self::refresh_wait) makes callers stay until their request has ended, as with
    /// [`freezes_between_requests`](Self::freezes_between_requests), which replaces this time.
    pub const fn refresh_request_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_request_lifetime = Some(lifetime);
        self
    }

    /// For hosts that stop this process as soon as it has answered its last request, such as AWS
    /// Lambda; default `false`. A refresh request then lives for
    /// [`refresh_wait`](Self::refresh_wait) and no longer, and the caller that caused it stays until
    /// it has ended: what arrives while the process is frozen would be lost, and with it the session.
    ///
    /// The price: a refresh that the provider answers later than that may cost its session. Allow
    /// the function at least 30 seconds more than `refresh_wait`, and call
    /// [`AuthLayer::drain_for`](crate::AuthLayer::drain_for) before each response: a revocation after a
    /// sign-out is in flight then. See [Serverless](crate#serverless).
    pub const fn freezes_between_requests(mut self, freezes: bool) -> Self {
        self.freezes_between_requests = freezes;
        self
    }
}
