//! Counts of cryptographic work, so that tests can show what did not happen.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the sealers of one [`KeyRing`](crate::KeyRing) have done since it was made.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) seals: Counter,
    pub(crate) derivations: Counter,
    pub(crate) gcm_passes: Counter,
}

impl Counters {
    /// Values sealed.
    #[must_use]
    pub fn seals(&self) -> u64 {
        self.seals.value()
    }

    /// Keys derived while opening: one for each secret that was tried for a value.
    #[must_use]
    pub fn derivations(&self) -> u64 {
        self.derivations.value()
    }

    /// Decryptions while opening, which only a value with a matching commitment reaches.
    #[must_use]
    pub fn gcm_passes(&self) -> u64 {
        self.gcm_passes.value()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
