//! Errors of opening and sealing.

use std::fmt;

/// The error of a value that does not open.
///
/// Its text is the same for every reason, so that it tells an attacker nothing about a forged
/// cookie. The reason is in [`kind`](Self::kind), for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenError {
    kind: OpenErrorKind,
}

impl OpenError {
    pub(crate) const fn new(kind: OpenErrorKind) -> Self {
        Self { kind }
    }

    /// Returns the reason, for logs and metrics. Do not show it to the client.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cookie does not open")
    }
}

impl std::error::Error for OpenError {}

/// Why a value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// The text is not canonical base64url, or is too short or too long for a sealed value.
    Malformed,
    /// The value has a version that this crate does not know. A newer release may have sealed it.
    UnknownVersion,
    /// None of the secrets sealed the value for this purpose and these contexts. Its secret was
    /// removed or is not configured yet on this instance, or the cookie belongs to another
    /// application, or it is forged.
    NoMatchingSecret,
    /// One of the secrets matches, but the content was changed or belongs to another `extra` or id.
    NotAuthentic,
    /// Some of the chunks are missing, or two cookies of the same name have different chunks.
    Incomplete,
}

impl OpenErrorKind {
    /// Returns a stable name in `snake_case`, such as `not_authentic`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownVersion => "unknown_version",
            Self::NoMatchingSecret => "no_matching_secret",
            Self::NotAuthentic => "not_authentic",
            Self::Incomplete => "incomplete",
        }
    }
}

/// The error of a value that could not be sealed. No cookie is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealError {
    kind: SealErrorKind,
}

impl SealError {
    pub(crate) const fn new(kind: SealErrorKind) -> Self {
        Self { kind }
    }

    /// Returns the reason.
    #[must_use]
    pub const fn kind(&self) -> SealErrorKind {
        self.kind
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SealErrorKind::Entropy => {
                f.write_str("the value was not sealed: random bytes are not available")
            }
            SealErrorKind::TooLarge { length, allowed } => {
                write!(
                    f,
                    "the value has {length} bytes, and the cookie holds at most {allowed}"
                )
            }
        }
    }
}

impl std::error::Error for SealError {}

/// Why a value could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// The source of random bytes failed.
    Entropy,
    /// The value does not fit into the cookie.
    TooLarge {
        /// The length of the value in bytes.
        length: usize,
        /// The greatest length that fits, in bytes.
        allowed: usize,
    },
}
