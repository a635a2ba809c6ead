//! The token endpoint.

mod code;
mod refresh;
mod request;
mod response;

use std::time::SystemTime;

pub use self::code::CodeExchange;
pub(crate) use self::code::exchange;
pub(crate) use self::refresh::refresh;
pub use self::refresh::{RefreshError, RefreshRequest, RefreshedTokens};
use self::response::TokenResponse;
pub(crate) use self::response::bearer;
use crate::id_token::VerifiedIdToken;
use crate::secret::Secret;

/// The tokens of a sign-in, the ID token verified.
///
/// They are wiped when dropped, and `Debug` does not show them.
#[derive(Clone, Debug)]
pub struct TokenSet {
    access_token: Secret,
    expires_at: Option<SystemTime>,
    scope: Option<String>,
    refresh_token: Option<Secret>,
    id_token: VerifiedIdToken,
}

impl TokenSet {
    /// The access token: visible ASCII characters, to be sent as a bearer token (RFC 6750).
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// When the access token expires: `expires_in` after the response came, at most ten years.
    /// `None` if the provider did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// The scopes that were granted, separated by spaces. `None` if the provider did not say, which
    /// means those that were asked for (RFC 6749 section 5.1).
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The refresh token, if the provider gave one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(Secret::expose)
    }

    /// The ID token.
    #[must_use]
    pub fn id_token(&self) -> &VerifiedIdToken {
        &self.id_token
    }

    pub(crate) fn new(
        response: TokenResponse,
        id_token: VerifiedIdToken,
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
