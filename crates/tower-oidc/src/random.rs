//! The one source of values that must be new and secret: seeds, ids, challenges.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::UNIX_EPOCH;

use relying_party::Clock;
use sealed_cookie::{Entropy, EntropyError, HedgedRandom};
use zeroize::Zeroizing;

/// What a value is for. Values for different uses are unrelated, whatever else is equal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FreshValue {
    /// State, nonce and code verifier are derived from it, and the challenge from that.
    TransactionSeed,
    SessionId,
    /// Identifies an assertion by which the client authenticates at the provider.
    AssertionId,
    /// Names one attempt to refresh; see [`RefreshCoordinator`](crate::RefreshCoordinator).
    LockOwner,
}

impl FreshValue {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::TransactionSeed => b"transaction seed",
            Self::SessionId => b"session id",
            Self::AssertionId => b"assertion id",
            Self::LockOwner => b"lock owner",
        }
    }
}

/// Makes values that must be new.
pub(crate) struct Random {
    hedged: RwLock<HedgedRandom>,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
}

impl Random {
    pub(crate) fn new(
        hedged: HedgedRandom,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            hedged: RwLock::new(hedged),
            entropy,
            clock,
        }
    }

    /// Makes values under another key from now on, because the cookie secret has changed.
    pub(crate) fn replace_key(&self, hedged: HedgedRandom) {
        let mut current = self.hedged.write().unwrap_or_else(PoisonError::into_inner);
        *current = hedged;
    }

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
        let hedged = self.hedged.read().unwrap_or_else(PoisonError::into_inner);
        hedged.value(
            &[value.label(), &nanoseconds, brought],
            self.entropy.as_ref(),
        )
    }
}

#[cfg(test)]
mod tests {
    use sealed_cookie::Entropy;

    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::format::time::UnixMillis;
    use crate::layer::AuthLayer;

    /// The random bytes of a machine that is resumed from one snapshot again and again.
    #[derive(Debug)]
    struct Repeating;

    impl Entropy for Repeating {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(0x5c);
            Ok(())
        }
    }

    /// The first value that a process makes.
    fn first(value: FreshValue, brought: &[u8]) -> [u8; 16] {
        let provider = relying_party::Provider::new("https://id.example", "app");
        let layer = AuthLayer::builder()
            .provider(provider)
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(Unused)
            .entropy(Repeating)
            .clock(ManualClock::at(UnixMillis(0)));
        let layer = layer.build().unwrap();
        *layer.origins.first.random.fresh(value, brought).unwrap()
    }

    #[derive(Debug)]
    struct Unused;

    impl relying_party::HttpClient for Unused {
        fn call(
            &self,
            _: http::Request<bytes::Bytes>,
        ) -> relying_party::BoxFuture<
            Result<http::Response<bytes::Bytes>, relying_party::TransportError>,
        > {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn values_differ_by_their_use_and_by_what_the_request_brings() {
        let values = [
            first(FreshValue::TransactionSeed, b"one"),
            first(FreshValue::SessionId, b"one"),
            first(FreshValue::LockOwner, b"one"),
            first(FreshValue::LockOwner, b"two"),
        ];

        assert_eq!(first(FreshValue::SessionId, b"one"), values[1]);
        for (index, value) in values.iter().enumerate() {
            assert!(!values[..index].contains(value), "{index}");
        }
    }
}
