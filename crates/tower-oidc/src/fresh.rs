//! The one source of values that must be new and secret: seeds, ids, challenges.

use std::time::UNIX_EPOCH;

use sealed_cookie::EntropyError;
use zeroize::Zeroizing;

use crate::shared::Shared;

/// What a value is for. Values for different uses are unrelated, whatever else is equal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FreshValue {
    /// State, nonce and code verifier are derived from it, and the challenge from that.
    TransactionSeed,
    SessionId,
}

impl FreshValue {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::TransactionSeed => b"transaction seed",
            Self::SessionId => b"session id",
        }
    }
}

impl Shared {
    /// A new value of `N` bytes, at most 32, from random bytes, the clock's nanoseconds, a counter and
    /// what the request brings, under a key of the cookie secret (RFC 8937).
    ///
    /// A virtual machine that is rolled back to a snapshot gives the same random bytes a second time.
    /// Raw, they would make two sign-ins with the same state, nonce and challenge, and two sessions with
    /// the same id. Every value that must be new comes from here.
    ///
    /// # Errors
    ///
    /// When there are no random bytes: nothing replaces them.
    pub(crate) fn fresh<const N: usize>(
        &self,
        value: FreshValue,
        brought: &[u8],
    ) -> Result<Zeroizing<[u8; N]>, EntropyError> {
        let now = self.clock.now().duration_since(UNIX_EPOCH);
        let nanoseconds = now.map_or(0, |since| since.as_nanos()).to_be_bytes();
        self.random.value(
            &[value.label(), &nanoseconds, brought],
            self.entropy.as_ref(),
        )
    }
}
