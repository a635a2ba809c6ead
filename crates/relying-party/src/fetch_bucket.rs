//! How often the provider's documents may be fetched before their time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How many fetches may follow each other at once: one for a rotation, one for a copy of the keys that
/// was out of date, one for an error of the provider.
const CAPACITY: u32 = 3;
/// How long it takes until one more fetch is allowed. Anybody who can make up names of keys causes no
/// more than this.
const REFILL: Duration = Duration::from_secs(10);
/// How long a fetch waits after the one before. A copy at the provider's edge that is a few seconds old
/// has a chance to go away, and a failure is not repeated at once.
const SPACING: Duration = Duration::from_secs(1);
/// Further ahead than this no fetch is ever planned: then the clock was set back.
const LONGEST_PLAN: Duration = Duration::from_secs(60);

/// A token bucket. It counts every fetch, whether it succeeds or not.
#[derive(Debug, Default)]
pub(crate) struct FetchBucket(Mutex<Option<Plan>>);

#[derive(Clone, Copy, Debug)]
struct Plan {
    /// When the bucket is full again.
    full_at: SystemTime,
    /// When the last fetch was, or will be.
    last: SystemTime,
}

impl FetchBucket {
    /// Takes a token for a fetch, which has to wait for the time returned, at most `patience`.
    ///
    /// # Errors
    ///
    /// The next fetch would have to wait for longer: this time. Nothing is taken.
    pub(crate) fn take(&self, now: SystemTime, patience: Duration) -> Result<Duration, Duration> {
        let mut plan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_past = |plan: &Plan| until(now, plan.full_at) <= LONGEST_PLAN;
        let current = plan.filter(is_past);
        let wait = current.map_or(Duration::ZERO, |plan| plan.wait(now));
        if wait > patience {
            return Err(wait);
        }
        // A clock at the end of time allows every fetch; the provider is then asked more often.
        *plan = now.checked_add(wait).and_then(|at| {
            let full_at = current.map_or(at, |plan| plan.full_at.max(at));
            Some(Plan {
                full_at: full_at.checked_add(REFILL)?,
                last: at,
            })
        });
        Ok(wait)
    }
}

impl Plan {
    fn wait(&self, now: SystemTime) -> Duration {
        let spare = REFILL.saturating_mul(CAPACITY.saturating_sub(1));
        let for_a_token = until(now, self.full_at).saturating_sub(spare);
        let for_the_last = match now.duration_since(self.last) {
            Ok(since) => SPACING.saturating_sub(since),
            Err(ahead) => SPACING.saturating_add(ahead.duration()),
        };
        for_a_token.max(for_the_last)
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
        let bucket = FetchBucket::default();
        let mut fetches = Vec::new();
        for second in 0..60 {
            if bucket.take(at(second), Duration::ZERO).is_ok() {
                fetches.push(second);
            }
        }
        assert_eq!(fetches, [0, 1, 2, 10, 20, 30, 40, 50]);
    }

    #[test]
    fn a_fetch_waits_no_longer_than_the_caller_and_takes_nothing_otherwise() {
        let bucket = FetchBucket::default();
        let patience = Duration::from_secs(5);
        for expected in [Ok(0), Ok(1), Ok(2), Err(10)] {
            assert_eq!(seconds(bucket.take(at(0), patience)), expected);
        }
        for _ in 0..100 {
            assert_eq!(seconds(bucket.take(at(4), patience)), Err(6));
        }
        assert_eq!(seconds(bucket.take(at(5), patience)), Ok(5));
        assert_eq!(seconds(bucket.take(at(5), patience)), Err(15));
    }

    #[test]
    fn a_bucket_that_nobody_used_for_long_holds_no_more_than_three() {
        let bucket = FetchBucket::default();
        assert!(bucket.take(at(0), Duration::ZERO).is_ok());
        for second in 1000..1003 {
            assert!(bucket.take(at(second), Duration::ZERO).is_ok());
        }
        assert!(bucket.take(at(1003), Duration::ZERO).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_forbid_fetches_for_long() {
        let bucket = FetchBucket::default();
        for second in 5000..5003 {
            assert!(bucket.take(at(second), Duration::ZERO).is_ok());
        }
        assert_eq!(seconds(bucket.take(at(100), Duration::ZERO)), Ok(0));
        assert!(bucket.take(at(100), Duration::ZERO).is_err());
    }

    #[test]
    fn a_clock_at_the_end_of_time_does_not_panic() {
        let mut end = UNIX_EPOCH;
        for power in (0..63).rev() {
            while let Some(later) = end.checked_add(Duration::from_secs(1 << power)) {
                end = later;
            }
        }
        let bucket = FetchBucket::default();
        assert!(bucket.take(end, Duration::ZERO).is_ok());
        assert!(bucket.take(end, Duration::ZERO).is_ok());
    }
}
