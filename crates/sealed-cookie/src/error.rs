//! Failures of opening and sealing.

use std::fmt;

/// A cookie does not open.
///
/// It says the same for every reason, for whoever made the cookie may be the one who reads the
/// answer. [`kind`](Self::kind) is for the operator's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenError {
    kind: OpenErrorKind,
}

impl OpenError {
    pub(crate) const fn new(kind: OpenErrorKind) -> Self {
        Self { kind }
    }

    /// The reason, for traces and metrics. Never show it to the client.
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

/// Why a cookie does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// Its text is no canonical base64url, or too short or too long for any seal.
    Malformed,
    /// It has a version this crate does not know: a newer release may have sealed it.
    UnknownVersion,
    /// None of the secrets sealed it for this purpose and these contexts: a secret that was
    /// removed or has not arrived yet, another application's cookie, or a forgery.
    NoMatchingSecret,
    /// A secret matches and the content is not what it sealed.
    NotAuthentic,
    /// Some of its chunks are missing, or differ between two cookies of one name.
    Incomplete,
}

impl OpenErrorKind {
    /// A stable name in `snake_case`.
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

/// A value could not be sealed. Nothing of it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealError {
    kind: SealErrorKind,
}

impl SealError {
    pub(crate) const fn new(kind: SealErrorKind) -> Self {
        Self { kind }
    }

    /// The reason.
    #[must_use]
    pub const fn kind(&self) -> SealErrorKind {
        self.kind
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SealErrorKind::Entropy => f.write_str("there are no random bytes to seal with"),
            SealErrorKind::TooLarge { length, allowed } => {
                write!(
                    f,
                    "{length} bytes are too many for the cookie, which holds {allowed}"
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
    /// The value does not fit.
    TooLarge {
        /// The bytes of the value.
        length: usize,
        /// The bytes that fit.
        allowed: usize,
    },
}
