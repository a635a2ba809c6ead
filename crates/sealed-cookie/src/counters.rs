//! Counters of expensive work, so that tests can show that it was not done.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what the sealers of one [`KeyRing`](crate::KeyRing) have done since it was made. For
/// tests.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) seals: Counter,
    pub(crate) derivations: Counter,
    pub(crate) decryptions: Counter,
    pub(crate) scanned_bytes: Counter,
    pub(crate) chunks_read: Counter,
}

impl Counters {
    /// Returns the number of values that were sealed.
    #[must_use]
    pub fn seals(&self) -> u64 {
        self.seals.value()
    }

    /// Returns the number of key derivations while opening: one for each secret that was tried for
    /// a value.
    #[must_use]
    pub fn derivations(&self) -> u64 {
        self.derivations.value()
    }

    /// Returns the number of decryptions. Only values with a matching commitment are decrypted.
    #[must_use]
    pub fn decryptions(&self) -> u64 {
        self.decryptions.value()
    }

    /// Returns the number of bytes of `Cookie` fields that were searched, counted again in each
    /// pass.
    #[must_use]
    pub fn scanned_bytes(&self) -> u64 {
        self.scanned_bytes.value()
    }

    /// Returns the number of chunks whose values were read.
    #[must_use]
    pub fn chunks_read(&self) -> u64 {
        self.chunks_read.value()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
