//! The tokens of one token response.

use std::time::SystemTime;

use super::response::TokenResponse;
use crate::id_token::VerifiedIdToken;
use crate::secret::Secret;

/// The tokens of one token response (RFC 6749 section 5.1), with a verified ID token if there is
/// one.
///
/// A sign-in ([`SignInTokens::tokens`](crate::SignInTokens::tokens)) and a refresh
/// ([`RefreshedTokens::tokens`](crate::RefreshedTokens::tokens)) both return it, so that one function
/// can store the tokens of either.
///
/// Tokens are wiped from memory when this value is dropped, and `Debug` does not show them.
#[derive(Clone, Debug)]
pub struct TokenSet {
    access_token: Secret,
    expires_at: Option<SystemTime>,
    scope: Option<String>,
    refresh_token: Option<Secret>,
    id_token: Option<VerifiedIdToken>,
}

impl TokenSet {
    /// Returns the access token: visible ASCII characters, to be sent as a bearer token (RFC 6750).
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// Returns when the access token expires: `expires_in` after the response arrived, at most ten
    /// years. `None` if the provider did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// Returns the granted scopes, separated by spaces. `None` if the provider did not say, which
    /// means all requested scopes (RFC 6749 section 5.1).
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Returns the refresh token. After a refresh it replaces the one that was sent. `None` if the
    /// response has none; after a refresh, the old one then remains valid (RFC 6749 section 6).
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(Secret::expose)
    }

    /// Returns the ID token. A sign-in always has one. `None` after a refresh whose response had no ID
    /// token, which the standard allows (OpenID Connect Core 1.0 section 12.2), or one that was
    /// ignored: see [`RefreshedTokens::id_token_ignored`](crate::RefreshedTokens::id_token_ignored).
    #[must_use]
    pub fn id_token(&self) -> Option<&VerifiedIdToken> {
        self.id_token.as_ref()
    }

    pub(crate) fn new(
        response: TokenResponse,
        id_token: Option<VerifiedIdToken>,
        received_at: SystemTime,
    ) -> Self {
        Self {
            expires_at: response.expires_at(received_at),
            access_token: response.access_token,
            scope: response.scope,
            refresh_token: response.refresh_token,
            id_token,
        }
    }
}
