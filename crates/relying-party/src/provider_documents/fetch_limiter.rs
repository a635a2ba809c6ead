//! How often a document may be fetched although the cached one is still fresh.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How many fetches may follow each other: one for a rotation, one for an outdated copy of the keys,
/// one for an error of the provider.
const CAPACITY: u32 = 3;
/// How long it takes until one more fetch is allowed. An attacker who sends tokens with made-up key
/// names cannot cause more than this.
const REFILL: Duration = Duration::from_secs(10);
/// The shortest time between two fetches. It gives an outdated copy on an edge server of the provider
/// time to expire, and a failure is not repeated at once.
const SPACING: Duration = Duration::from_secs(1);
/// No fetch is ever scheduled further ahead than this, unless the clock was set back.
const MAX_AHEAD: Duration = Duration::from_secs(60);

/// A token bucket. It counts every fetch, whether it succeeds or not.
#[derive(Debug, Default)]
pub(super) struct FetchLimiter(Mutex<Option<Schedule>>);

#[derive(Clone, Copy, Debug)]
struct Schedule {
    /// When the bucket is full again.
    full_at: SystemTime,
    /// When the last fetch was, or will be.
    last: SystemTime,
}

impl FetchLimiter {
    /// Reserves a fetch, and returns how long it has to wait: at most `max_wait`.
    ///
    /// # Errors
    ///
    /// The fetch would have to wait longer. The error is that time; nothing is reserved.
    pub(super) fn reserve(
        &self,
        now: SystemTime,
        max_wait: Duration,
    ) -> Result<Duration, Duration> {
        let mut schedule = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_plausible = |schedule: &Schedule| until(now, schedule.full_at) <= MAX_AHEAD;
        let current = schedule.filter(is_plausible);
        let wait = current.map_or(Duration::ZERO, |schedule| schedule.wait(now));
        if wait > max_wait {
            return Err(wait);
        }
        // If the clock has reached the end of its range, every fetch is allowed: too many fetches are
        // better than none.
        *schedule = now.checked_add(wait).and_then(|at| {
            let full_at = current.map_or(at, |schedule| schedule.full_at.max(at));
            Some(Schedule {
                full_at: full_at.checked_add(REFILL)?,
                last: at,
            })
        });
        Ok(wait)
    }
}

impl Schedule {
    fn wait(&self, now: SystemTime) -> Duration {
        let spare = REFILL.saturating_mul(CAPACITY.saturating_sub(1));
        let until_allowed = until(now, self.full_at).saturating_sub(spare);
        let until_spaced = match now.duration_since(self.last) {
            Ok(since) => SPACING.saturating_sub(since),
            Err(ahead) => SPACING.saturating_add(ahead.duration()),
        };
        until_allowed.max(until_spaced)
    }
}

fn until(now: SystemTime, then: SystemTime) -> Duration {
    then.duration_since(now).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        let since = Duration::from_secs(1_000_000).saturating_add(Duration::from_secs(seconds));
        UNIX_EPOCH.checked_add(since).unwrap()
    }

    fn seconds(taken: Result<Duration, Duration>) -> Result<u64, u64> {
        taken.map(|it| it.as_secs()).map_err(|it| it.as_secs())
    }

    #[test]
    fn three_fetches_are_allowed_a_second_apart_and_one_more_every_ten_seconds() {
        let limiter = FetchLimiter::default();
        let mut fetches = Vec::new();
        for second in 0..60 {
            if limiter.reserve(at(second), Duration::ZERO).is_ok() {
                fetches.push(second);
            }
        }
        assert_eq!(fetches, [0, 1, 2, 10, 20, 30, 40, 50]);
    }

    #[test]
    fn a_fetch_that_would_wait_longer_than_its_caller_is_refused_and_not_counted() {
        let limiter = FetchLimiter::default();
        let max_wait = Duration::from_secs(5);
        for expected in [Ok(0), Ok(1), Ok(2), Err(10)] {
            assert_eq!(seconds(limiter.reserve(at(0), max_wait)), expected);
        }
        for _ in 0..100 {
            assert_eq!(seconds(limiter.reserve(at(4), max_wait)), Err(6));
        }
        assert_eq!(seconds(limiter.reserve(at(5), max_wait)), Ok(5));
        assert_eq!(seconds(limiter.reserve(at(5), max_wait)), Err(15));
    }

    #[test]
    fn an_unused_limiter_allows_no_more_than_three_fetches_in_a_row() {
        let limiter = FetchLimiter::default();
        assert!(limiter.reserve(at(0), Duration::ZERO).is_ok());
        for second in 1000..1003 {
            assert!(limiter.reserve(at(second), Duration::ZERO).is_ok());
        }
        assert!(limiter.reserve(at(1003), Duration::ZERO).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_forbid_fetches_for_long() {
        let limiter = FetchLimiter::default();
        for second in 5000..5003 {
            assert!(limiter.reserve(at(second), Duration::ZERO).is_ok());
        }
        assert_eq!(seconds(limiter.reserve(at(100), Duration::ZERO)), Ok(0));
        assert!(limiter.reserve(at(100), Duration::ZERO).is_err());
    }

    #[test]
    fn a_clock_at_the_end_of_time_does_not_panic() {
        let mut end = UNIX_EPOCH;
        for power in (0..63).rev() {
            while let Some(later) = end.checked_add(Duration::from_secs(1 << power)) {
                end = later;
            }
        }
        let limiter = FetchLimiter::default();
        assert!(limiter.reserve(end, Duration::ZERO).is_ok());
        assert!(limiter.reserve(end, Duration::ZERO).is_ok());
    }
}
