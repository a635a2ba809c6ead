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
    TokenEndpoint,
}
