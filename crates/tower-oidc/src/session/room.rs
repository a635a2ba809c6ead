//! The room that a session has.

use sealed_cookie::SealedCookie;

use super::block::Compression;

/// How many bytes the plaintext of a session may have, and whether it is compressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// What fits into one cookie. To reach it, parts are dropped that can be obtained again.
    pub(crate) preferred: usize,
    /// What fits at all.
    pub(crate) allowed: usize,
    pub(crate) compression: Compression,
}

impl Room {
    /// Room in `cookie`, where one chunk is preferred.
    pub(crate) const fn of_cookies(cookie: &SealedCookie, compression: Compression) -> Self {
        Self {
            preferred: cookie.max_plaintext_of_one(),
            allowed: cookie.max_plaintext(),
            compression,
        }
    }

    /// Room without a preference for less.
    pub(crate) const fn of(allowed: usize, compression: Compression) -> Self {
        Self {
            preferred: allowed,
            allowed,
            compression,
        }
    }
}
