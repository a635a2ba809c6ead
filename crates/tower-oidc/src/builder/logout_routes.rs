//! The settings of the paths at which providers report sign-outs.

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// Turns on a path, such as `/auth/backchannel-logout`, at which the provider reports that a session there has
    /// ended, or all sessions of a user (OpenID Connect Back-Channel Logout 1.0). Default: off.
    ///
    /// It needs a [`revocation_store`](Self::revocation_store). The sessions here then end with their next request, on
    /// all instances. With a `sid`, the report ends the sessions that began with that session at the provider; with a
    /// `sub` alone, all sessions of the user that began until then. A session that began after the report survives.
    ///
    /// Register [`AuthLayer::backchannel_logout_uris`](crate::AuthLayer::backchannel_logout_uris) with the provider. With
    /// several providers, the URI of each has its id behind this path. The provider sends the request itself, so it has
    /// to reach this application, without a login page or a check of forms in front.
    ///
    /// Each report is an event ([`EndedByProvider`](crate::AuthEventKind::EndedByProvider)). A logout token that is not
    /// valid is answered with 400 and logged, and so is a valid one that the store does not take; it still ends the
    /// sessions at this instance, and is written when the store is back.
    ///
    /// A token with a `sid` ends the sessions that belong to it; a session whose ID token had no `sid` is ended by a
    /// token without one alone. The issuer is compared with that of the session's ID token, character by character.
    ///
    /// A tenant of a [`provider_resolver`](Self::provider_resolver) has its key behind this path:
    /// `/auth/backchannel-logout/acme`.
    ///
    /// Environment variable: `AUTH_BACKCHANNEL_LOGOUT_PATH`.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, MemoryStore, Provider};
    ///
    /// let builder = AuthLayer::builder()
    ///     .provider(Provider::new("https://id.example.com", "client-id"))
    ///     .revocation_store(MemoryStore::new())
    ///     .backchannel_logout_path("/auth/backchannel-logout");
    /// # let _ = builder;
    /// ```
    pub fn backchannel_logout_path(mut self, path: impl Into<String>) -> Self {
        self.routes.backchannel_logout = Some(path.into());
        self
    }

    /// Turns on a path, such as `/auth/frontchannel-logout`, that the provider shows in a frame of one of its pages when a
    /// session there has ended (OpenID Connect Front-Channel Logout 1.0). Default: off.
    ///
    /// **Whoever knows the `sid` of a session can end it with this path**, because the request proves nothing. A `sid` is
    /// in ID tokens and in the URLs of frames, and hard to guess. If the provider supports back-channel logout, prefer
    /// [`backchannel_logout_path`](Self::backchannel_logout_path), whose tokens are signed.
    ///
    /// It needs a [`revocation_store`](Self::revocation_store). Register
    /// [`AuthLayer::frontchannel_logout_uris`](crate::AuthLayer::frontchannel_logout_uris) with the provider, and with
    /// `frontchannel_logout_session_required`: a request without `iss` and `sid` is refused, because most browsers
    /// keep our cookies from such a frame. With several providers, the URI of each has its id behind this path.
    ///
    /// Each instance accepts 60 such requests a minute from one network of clients, and keeps 1,024 of each and 16,384 in
    /// all until sessions have expired anyway. It answers those beyond with 429. Give each request its
    /// [`PeerAddress`](crate::PeerAddress), and behind a proxy set [`trusted_proxy`](Self::trusted_proxy): otherwise all
    /// clients count as one network, and one of them can use up the limit for all.
    ///
    /// If the store is down, the sessions end at this instance alone, and the answer is 503.
    ///
    /// Environment variable: `AUTH_FRONTCHANNEL_LOGOUT_PATH`.
    pub fn frontchannel_logout_path(mut self, path: impl Into<String>) -> Self {
        self.routes.frontchannel_logout = Some(path.into());
        self
    }
}
