//! The endpoints and their paths.

/// An endpoint of the provider, for example to [hold](crate::DevProvider::hold) its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata, `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4).
    Discovery,
    /// The JWK Set, `/jwks` (RFC 7517 section 5).
    Jwks,
    /// The authorization endpoint, `/authorize` (OpenID Connect Core 1.0 section 3.1.2).
    Authorize,
    /// The endpoint for pushed authorization requests, `/par` (RFC 9126).
    PushedAuthorization,
    /// The token endpoint, `/token` (RFC 6749 section 3.2).
    Token,
    /// The userinfo endpoint, `/userinfo` (OpenID Connect Core 1.0 section 5.3).
    UserInfo,
    /// The introspection endpoint, `/introspect` (RFC 7662).
    Introspection,
    /// The revocation endpoint, `/revoke` (RFC 7009).
    Revocation,
    /// The end-session endpoint, `/end_session` (OpenID Connect RP-Initiated Logout 1.0).
    EndSession,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Jwks => "/jwks",
            Self::Authorize => "/authorize",
            Self::PushedAuthorization => "/par",
            Self::Token => "/token",
            Self::UserInfo => "/userinfo",
            Self::Introspection => "/introspect",
            Self::Revocation => "/revoke",
            Self::EndSession => "/end_session",
        }
    }
}
