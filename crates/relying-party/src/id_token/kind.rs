//! The two kinds of tokens that a provider signs with the same keys and by the same rules.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// What a token is, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// OpenID Connect Core 1.0 section 2.
    IdToken,
    /// OpenID Connect Back-Channel Logout 1.0 section 2.4.
    LogoutToken,
}

/// The code of an error for an ID token, and for a logout token.
pub(crate) type Codes = [&'static str; 2];

impl TokenKind {
    /// Returns the error for a token of this kind that is refused.
    pub(crate) fn refused(self, codes: Codes, what: String) -> Error {
        Error::new(ErrorKind::Response, self.code(codes), what)
    }

    pub(crate) const fn code(self, [id_token, logout_token]: Codes) -> &'static str {
        match self {
            Self::IdToken => id_token,
            Self::LogoutToken => logout_token,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::IdToken => "ID token",
            Self::LogoutToken => "logout token",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
