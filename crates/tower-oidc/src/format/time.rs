//! Milliseconds since the Unix epoch, as sessions and transactions store them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time; arithmetic saturates, because stored times are only as trustworthy as the
/// clock of the machine that sealed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnixMillis(pub(crate) u64);

impl UnixMillis {
    pub(crate) fn of(time: SystemTime) -> Self {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(millis(since_epoch))
    }

    pub(crate) const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    pub(crate) const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Far futures that `SystemTime` cannot hold become the epoch, which no check accepts.
    pub(crate) fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH
            .checked_add(Duration::from_millis(self.0))
            .unwrap_or(UNIX_EPOCH)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stored_time_neither_overflows_nor_panics() {
        let last = UnixMillis(u64::MAX);

        assert_eq!(last.plus(Duration::from_secs(1)), last);
        assert_eq!(UnixMillis(0).since(last), Duration::ZERO);
        let _ = last.to_system_time();
        assert_eq!(UnixMillis::from_seconds(u64::MAX), last);
    }

    #[test]
    fn a_clock_before_the_epoch_reads_as_the_epoch() {
        assert_eq!(
            UnixMillis::of(UNIX_EPOCH - Duration::from_secs(5)),
            UnixMillis(0)
        );
    }
}
