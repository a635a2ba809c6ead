//! The settings of tokens, refreshes and UserInfo.

use std::sync::Arc;
use std::time::Duration;

use super::AuthLayerBuilder;
use crate::refresh::RefreshCoordinator;

impl AuthLayerBuilder {
    /// Refreshes an access token this long before it expires. Default: 10 seconds, enough time for a call to
    /// the API that the token is for. If a token is issued for less than twice this time, half of its
    /// lifetime is used instead, so that short tokens are not refreshed at every use.
    ///
    /// Environment variable: `AUTH_REFRESH_LEEWAY`.
    pub const fn refresh_leeway(mut self, leeway: Duration) -> Self {
        self.refresh_leeway = leeway;
        self
    }

    /// Fetches UserInfo at every sign-in, and stores in the session the claims that the ID token does not
    /// contain (OpenID Connect Core 1.0 section 5.3). [`claims`](crate::AuthContext::claims) then returns
    /// both. Default: `false`, because it costs a request to the provider, and room in the cookie.
    ///
    /// If the UserInfo response is unavailable or is about another user, the sign-in continues without it.
    ///
    /// Environment variable: `AUTH_USER_INFO` (`sign-in` or `on-demand`).
    pub const fn user_info_at_sign_in(mut self, ask: bool) -> Self {
        self.user_info_at_sign_in = ask;
        self
    }

    /// Asks the introspection endpoint (RFC 7662) for the scopes of an opaque access token if the token
    /// response did not contain them. Default: `false`, because it costs a request for each new token.
    ///
    /// Environment variable: `AUTH_INTROSPECT_SCOPES`.
    pub const fn introspect_scopes(mut self, ask: bool) -> Self {
        self.introspect_scopes = ask;
        self
    }

    /// Lets several instances refresh a session one after the other, with a lock that they share. Default:
    /// none; each instance refreshes without asking the others.
    ///
    /// The default is enough for one instance, for a provider that does not rotate refresh tokens, and for a
    /// provider that accepts a rotated refresh token for longer than
    /// [`refresh_request_lifetime`](Self::refresh_request_lifetime). Otherwise two instances that use the
    /// same refresh token at the same moment may lose the session (RFC 9700 section 4.14.2).
    pub fn refresh_coordinator(mut self, coordinator: impl RefreshCoordinator) -> Self {
        self.refresh_coordinator = Some(Arc::new(coordinator));
        self
    }

    /// Limits how long a request of the application waits for a refresh. Default: 10 seconds;
    /// [`build`](Self::build) refuses less than one second and more than 60.
    ///
    /// After that time the request gets [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable)
    /// ("try later"). The request to the provider continues, and the user's next request gets its result.
    /// The same limit applies to waiting for other refreshes of the session, and for the lock of a
    /// [`RefreshCoordinator`] that another instance holds.
    ///
    /// Environment variable: `AUTH_REFRESH_WAIT`.
    pub const fn refresh_wait(mut self, wait: Duration) -> Self {
        self.refresh_wait = wait;
        self
    }

    /// Limits how long a refresh or revocation request to the provider may take once it was sent. Default:
    /// [`Provider::request_lifetime`](crate::Provider::request_lifetime), which is 60 seconds unless set.
    /// [`build`](Self::build) refuses less than one second and more than 60.
    ///
    /// A response that comes later is lost, and with it the session, if the provider rotates refresh tokens.
    /// That is why the default is long. Until the request has ended, nothing else is sent with its refresh
    /// token: the provider may have used the token up already, and would treat a second request as theft.
    ///
    /// The lock of a [`RefreshCoordinator`] lasts 30 seconds longer than this time. If this time is not
    /// longer than [`refresh_wait`](Self::refresh_wait), callers wait until their request has ended, as with
    /// [`freezes_between_requests`](Self::freezes_between_requests). That setting replaces this one.
    ///
    /// Environment variable: `AUTH_REFRESH_REQUEST_LIFETIME`.
    pub const fn refresh_request_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_request_lifetime = Some(lifetime);
        self
    }

    /// Prepares the layer for hosts that freeze an instance as soon as it has answered a request, such as
    /// AWS Lambda. Default: `false`.
    ///
    /// With `true`, a refresh request ends after [`refresh_wait`](Self::refresh_wait), and the caller waits
    /// until then: a response that arrives while the instance is frozen would be lost, and the session with
    /// it. The price is that a refresh may lose its session if the provider takes longer.
    ///
    /// Set the timeout of the function to at least 30 seconds more than `refresh_wait`. Call
    /// [`AuthLayer::drain_for`](crate::AuthLayer::drain_for) before each response, because a revocation may
    /// still be in flight after a sign-out. See [Serverless](crate#serverless).
    ///
    /// Environment variable: `AUTH_FREEZES_BETWEEN_REQUESTS`.
    pub const fn freezes_between_requests(mut self, freezes: bool) -> Self {
        self.freezes_between_requests = freezes;
        self
    }
}
