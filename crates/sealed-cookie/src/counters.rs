//! Counts of work, so that tests can show what did not happen.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the sealers of one [`KeyRing`](crate::KeyRing) have done since it was made.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) seals: Counter,
    pub(crate) derivations: Counter,
    pub(crate) gcm_passes: Counter,
    pub(crate) scanned_bytes: Counter,
    pub(crate) looked_at: Counter,
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

    /// Bytes of `Cookie` fields that were searched for our names, once for each pass.
    #[must_use]
    pub fn scanned_bytes(&self) -> u64 {
        self.scanned_bytes.value()
    }

    /// Cookies with the name of a chunk whose value was read.
    #[must_use]
    pub fn looked_at(&self) -> u64 {
        self.looked_at.value()
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
