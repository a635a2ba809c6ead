//! A clock for tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use relying_party::Clock;

use super::time::UnixMillis;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct ManualClock(AtomicU64);

impl ManualClock {
    pub(crate) fn at(time: UnixMillis) -> Self {
        Self(AtomicU64::new(time.0))
    }

    pub(crate) fn set(&self, time: UnixMillis) {
        self.0.store(time.0, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let ahead = UnixMillis(0).plus(duration).0;
        self.0.fetch_add(ahead, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        UnixMillis(self.0.load(Ordering::SeqCst)).to_system_time()
    }
}
