//! The audience of assertions.

/// What the `aud` of the assertions is by which the client authenticates (RFC 7523 section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AssertionAudience {
    /// The issuer identifier, as one string. No other server accepts the assertion then, whatever
    /// endpoints its metadata name. If the issuer has the placeholder `{tenantid}`, it is the URL of the
    /// token endpoint instead.
    #[default]
    Issuer,
    /// The URL of the token endpoint, for providers that accept nothing else. It is the audience at all
    /// endpoints.
    ///
    /// The provider's metadata then decide for whom the assertions are. A provider whose metadata name the
    /// token endpoint of another one gets assertions that the other one accepts, if the client has the same
    /// key and the same identifier there. So give each provider its own key; see
    /// [`Provider::has_client_key_of`](crate::Provider::has_client_key_of).
    TokenEndpoint,
}
