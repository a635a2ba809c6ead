//! Which tokens a sign-out revokes.

/// Which tokens of a session are revoked at the provider when it ends (RFC 7009). See
/// [`AuthLayerBuilder::revoke_at_sign_out`](crate::AuthLayerBuilder::revoke_at_sign_out).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevokeAtSignOut {
    /// None: the refresh token stays valid until the provider ends it.
    Nothing,
    /// The newest refresh token. Most providers revoke the access tokens of the same grant with it (RFC 7009
    /// section 2.1). This is the default.
    #[default]
    RefreshToken,
    /// The newest refresh token, and then each access token of the session that has not expired: for a provider
    /// that does not revoke them together with the refresh token, and that APIs ask about tokens. The access
    /// tokens of a provider that revokes none (`unsupported_token_type`) stay valid until they expire.
    AllTokens,
}
