//! The settings that replace what the provider publishes about itself.

use super::Provider;

/// # Endpoints and keys
///
/// By default they are discovered: the provider's metadata contain them, and are fetched when they are
/// first needed. A setting below replaces a member of the metadata, and may be a URL in an internal
/// network. **With the authorization endpoint, the token endpoint and the keys set, nothing is
/// discovered**: see [`authorization_endpoint`](Self::authorization_endpoint).
impl Provider {
    /// Sets whether requests may go to an internal network because a setting says so: to an issuer, a
    /// [`discovery_url`](Self::discovery_url), an endpoint that is set or one of
    /// [`metadata_json`](Self::metadata_json) at a special-purpose address (RFC 6890), such as
    /// 169.254.169.254, or at a name that only internal networks have, such as `localhost`. The default is
    /// `true`, because whoever configures an application may know its network.
    ///
    /// With `false`, such settings are an error: for a provider that somebody else enters, such as a customer.
    /// A public name that resolves to an internal address is not noticed.
    pub const fn allow_internal_addresses(mut self, allow: bool) -> Self {
        self.internal_addresses = Some(allow);
        self
    }

    /// Sets [`allow_internal_addresses`](Self::allow_internal_addresses) unless it is set: for crates that
    /// build on this one.
    pub fn default_allow_internal_addresses(mut self, allow: bool) -> Self {
        self.internal_addresses.get_or_insert(allow);
        self
    }

    /// Sets the provider's metadata (OpenID Connect Discovery 1.0 section 3), so that none are fetched:
    /// for cold starts, or for a provider without discovery. By default they are fetched.
    ///
    /// It cannot be combined with [`discovery_url`](Self::discovery_url), or with the setting of an
    /// endpoint that the metadata contain.
    pub fn metadata_json(mut self, json: impl Into<String>) -> Self {
        self.metadata_json = Some(json.into());
        self
    }

    /// Sets the provider's public keys (a JWK Set, RFC 7517 section 5), so that none are fetched, and
    /// the `jwks_uri` of the metadata is not read. When the provider changes its keys, sign-ins and
    /// refreshes fail until this setting is changed. It cannot be combined with
    /// [`jwks_uri`](Self::jwks_uri). By default the keys are fetched.
    pub fn jwks_json(mut self, json: impl Into<String>) -> Self {
        self.jwks_json = Some(json.into());
        self
    }

    /// Sets the URL of the discovery document, instead of `{issuer}/.well-known/openid-configuration`.
    /// The document must still have this issuer. If the URL is in an internal network, its endpoints
    /// may be there too.
    pub fn discovery_url(mut self, url: impl Into<String>) -> Self {
        self.discovery_url = Some(url.into());
        self
    }

    /// Sets the URL that the provider's public keys are fetched from (a JWK Set, RFC 7517 section 5).
    /// By default it is the `jwks_uri` of the provider's metadata. It cannot be combined with
    /// [`jwks_json`](Self::jwks_json).
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Sets the authorization endpoint, which browsers are sent to for a sign-in (RFC 6749 section
    /// 3.1). By default it is that of the provider's metadata.
    ///
    /// If [`token_endpoint`](Self::token_endpoint) and the keys ([`jwks_uri`](Self::jwks_uri) or
    /// [`jwks_json`](Self::jwks_json)) are set too, no metadata are fetched: for a provider without
    /// discovery. UserInfo, end-session, introspection, revocation and pushed authorization request
    /// endpoint are then unknown unless they are set. Everything else has the defaults of the standards: ID tokens must be signed with
    /// RS256 unless [`algorithms`](Self::algorithms) is set, a client with a secret authenticates with
    /// `client_secret_basic` unless [`client_auth_method`](Self::client_auth_method) is set, and
    /// authorization responses need no `iss` (RFC 9207).
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_secret("from the provider's console")
    ///     .authorization_endpoint("https://op.example/auth")
    ///     .token_endpoint("https://op.example/token")
    ///     .jwks_uri("https://op.example/jwks");
    /// ```
    pub fn authorization_endpoint(mut self, url: impl Into<String>) -> Self {
        self.authorization_endpoint = Some(url.into());
        self
    }

    /// Sets the token endpoint (RFC 6749 section 3.2). By default it is that of the provider's
    /// metadata. See also [`authorization_endpoint`](Self::authorization_endpoint).
    pub fn token_endpoint(mut self, url: impl Into<String>) -> Self {
        self.token_endpoint = Some(url.into());
        self
    }

    /// Sets the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3). By default it is that of
    /// the provider's metadata, if they have one.
    pub fn user_info_endpoint(mut self, url: impl Into<String>) -> Self {
        self.user_info_endpoint = Some(url.into());
        self
    }

    /// Sets the end-session endpoint (OpenID Connect RP-Initiated Logout 1.0 section 2), for a provider
    /// that has one but does not publish it. By default it is that of the provider's metadata, or else
    /// the preset's, if any.
    pub fn end_session_endpoint(mut self, url: impl Into<String>) -> Self {
        self.end_session_endpoint = Some(url.into());
        self
    }

    /// Sets the introspection endpoint (RFC 7662 section 2). By default it is that of the
    /// provider's metadata, if they have one.
    pub fn introspection_endpoint(mut self, url: impl Into<String>) -> Self {
        self.introspection_endpoint = Some(url.into());
        self
    }

    /// Sets the revocation endpoint (RFC 7009 section 2). By default it is that of the
    /// provider's metadata, if they have one.
    pub fn revocation_endpoint(mut self, url: impl Into<String>) -> Self {
        self.revocation_endpoint = Some(url.into());
        self
    }

    /// Sets the pushed authorization request endpoint (RFC 9126 section 2). By default it is that of
    /// the provider's metadata, if they have one.
    ///
    /// It is used only if the provider requires pushed requests, or if
    /// [`pushed_authorization_requests`](Self::pushed_authorization_requests) is set.
    pub fn pushed_authorization_request_endpoint(mut self, url: impl Into<String>) -> Self {
        self.pushed_authorization_request_endpoint = Some(url.into());
        self
    }
}
