//! The names and paths of the provider's endpoints.

/// One of the provider's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata (Discovery 1.0 section 4).
    Discovery,
    /// The JWK Set.
    Jwks,
    /// The authorization endpoint.
    Authorize,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    UserInfo,
    /// The introspection endpoint (RFC 7662).
    Introspection,
    /// The revocation endpoint (RFC 7009).
    Revocation,
    /// The end-session endpoint (RP-Initiated Logout 1.0).
    EndSession,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Jwks => "/jwks",
            Self::Authorize => "/authorize",
            Self::Token => "/token",
            Self::UserInfo => "/userinfo",
            Self::Introspection => "/introspect",
            Self::Revocation => "/revoke",
            Self::EndSession => "/end_session",
        }
    }
}
