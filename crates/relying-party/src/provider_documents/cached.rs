//! A document of the provider that is fetched when it is needed, and cached.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::fetch_limiter::FetchLimiter;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::runtime::{self, Instant};

/// How long a failed fetch is reported without another attempt. Without it, callers that waited for
/// one fetch would repeat it one after the other.
const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);
/// How long a stale document is used without another attempt, while the provider is down.
const STALE_BACK_OFF: Duration = Duration::from_secs(30);
/// How long a stale document may be used while no newer one is available. It counts from the end of
/// the freshness: counted from the fetch, a provider that allows a day (`max-age=86400`) would leave
/// nothing for its outages.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);

/// A cached value with single flight: callers that need it while it is being fetched wait for that
/// fetch, unless a stale value is available.
///
/// The fetch runs inside the caller that started it. If that caller is cancelled, the next one that
/// waits starts again.
pub(crate) struct Cached<T> {
    state: Mutex<State<T>>,
    in_flight: tokio::sync::Mutex<()>,
}

struct State<T> {
    entry: Option<Entry<T>>,
    failure: Option<(SystemTime, Error)>,
}

struct Entry<T> {
    value: Arc<T>,
    fetched_at: SystemTime,
    fresh_for: Duration,
}

/// How a fetch counts that replaces a value which is still fresh.
#[derive(Clone, Copy)]
pub(crate) enum EarlyFetch<'a> {
    /// The limiter must allow it. The caller waits for that until the deadline.
    Limited(&'a FetchLimiter, Instant),
    /// It starts at once, because the limiter has allowed the caller a fetch that includes this one.
    AlreadyCounted,
}

/// Why there is no newer value.
pub(crate) enum RefetchError {
    /// The fetch failed.
    Failed(Error),
    /// The value was fetched too often recently, or another caller's fetch takes too long.
    Throttled(Error),
}

/// A value as it was fetched, and how long it stays fresh.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) fresh_for: Duration,
}

impl<T> Cached<T> {
    pub(crate) fn new() -> Self {
        let state = State {
            entry: None,
            failure: None,
        };
        Self {
            state: Mutex::new(state),
            in_flight: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns the value, fetched if none is fresh. A stale value is returned if the fetch fails, or is
    /// in flight for another caller.
    pub(crate) async fn fresh<F>(&self, clock: &dyn Clock, fetch: F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(cached) = self.lock().without_fetch(clock.now()) {
            return cached;
        }
        let _in_flight = match self.in_flight.try_lock() {
            Ok(guard) => guard,
            Err(_) => {
                // Only the caller that fetches waits for a provider that hangs.
                let stale = self.lock().stale(clock.now());
                match stale {
                    Some(stale) => return Ok(stale),
                    None => self.in_flight.lock().await,
                }
            }
        };
        if let Some(cached) = self.lock().without_fetch(clock.now()) {
            return cached;
        }
        let fetched = fetch.await;
        // The time after the fetch: a back-off must not be over because the failure took long.
        let now = clock.now();
        let mut state = self.lock();
        match fetched {
            Ok(fetched) => Ok(state.insert(now, fetched)),
            Err(error) => {
                state.failure = Some((now, error.clone()));
                state.stale(now).ok_or(error)
            }
        }
    }

    /// Returns a value newer than `seen`: the one that another caller has fetched meanwhile, or else
    /// one that is fetched now, although the cached one may be fresh. Concurrent callers share one
    /// fetch.
    pub(crate) async fn newer<F>(
        &self,
        seen: &Arc<T>,
        clock: &dyn Clock,
        early: EarlyFetch<'_>,
        fetch: F,
    ) -> Result<Arc<T>, RefetchError>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(replacement) = self.lock().replacement_for(seen) {
            return Ok(replacement);
        }
        let _in_flight = match (self.in_flight.try_lock(), early) {
            (Ok(guard), _) => guard,
            (Err(_), EarlyFetch::AlreadyCounted) => self.in_flight.lock().await,
            (Err(_), EarlyFetch::Limited(_, deadline)) => {
                runtime::timeout_at(deadline, self.in_flight.lock())
                    .await
                    .ok_or_else(|| throttled(FAILURE_BACK_OFF))?
            }
        };
        if let Some(replacement) = self.lock().replacement_for(seen) {
            return Ok(replacement);
        }
        if let EarlyFetch::Limited(limiter, deadline) = early {
            let max_wait = deadline.saturating_duration_since(runtime::now());
            let wait = limiter.reserve(clock.now(), max_wait).map_err(throttled)?;
            if !wait.is_zero() {
                runtime::sleep(wait).await;
            }
        }
        let fetched = fetch.await.map_err(RefetchError::Failed)?;
        Ok(self.lock().insert(clock.now(), fetched))
    }

    /// Returns the value that was fetched last, fresh or not.
    pub(crate) fn last(&self) -> Option<Arc<T>> {
        self.lock()
            .entry
            .as_ref()
            .map(|entry| Arc::clone(&entry.value))
    }

    /// Returns whether the value was fetched less than `span` ago.
    pub(crate) fn is_younger_than(&self, span: Duration, now: SystemTime) -> bool {
        let state = self.lock();
        let entry = state.entry.as_ref();
        entry.is_some_and(|entry| is_within(entry.fetched_at, now, span))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while the lock is held, and every state is valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Returns the result for callers for whom nothing has to be fetched.
    fn without_fetch(&self, now: SystemTime) -> Option<Result<Arc<T>, Error>> {
        if let Some(entry) = self
            .entry
            .as_ref()
            .filter(|it| is_within(it.fetched_at, now, it.fresh_for))
        {
            return Some(Ok(Arc::clone(&entry.value)));
        }
        let (failed_at, error) = self.failure.as_ref()?;
        match self.stale(now) {
            Some(value) => is_within(*failed_at, now, STALE_BACK_OFF).then_some(Ok(value)),
            None => is_within(*failed_at, now, FAILURE_BACK_OFF).then(|| Err(error.clone())),
        }
    }

    fn stale(&self, now: SystemTime) -> Option<Arc<T>> {
        self.entry
            .as_ref()
            .filter(|it| is_within(it.fetched_at, now, it.fresh_for.saturating_add(MAX_STALE)))
            .map(|entry| Arc::clone(&entry.value))
    }

    /// Returns the cached value if it is not the one that the caller has seen.
    fn replacement_for(&self, seen: &Arc<T>) -> Option<Arc<T>> {
        self.entry
            .as_ref()
            .filter(|entry| !Arc::ptr_eq(&entry.value, seen))
            .map(|entry| Arc::clone(&entry.value))
    }

    fn insert(&mut self, now: SystemTime, fetched: Fetched<T>) -> Arc<T> {
        let value = Arc::new(fetched.value);
        self.entry = Some(Entry {
            value: Arc::clone(&value),
            fetched_at: now,
            fresh_for: fetched.fresh_for,
        });
        self.failure = None;
        value
    }
}

fn throttled(retry_after: Duration) -> RefetchError {
    RefetchError::Throttled(Error::transient(
        ErrorKind::Provider,
        "jwks.throttled",
        "none of the provider's known keys fits, and they were fetched too often recently to be \
         fetched again now",
        Some(retry_after),
    ))
}

/// Returns whether `now` is less than `span` after `then`. If the clock was set back it is not, so
/// that no value is used for longer than it may be.
fn is_within(then: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(then).is_ok_and(|age| age < span)
}

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[derive(Debug)]
    struct At(SystemTime);

    impl Clock for At {
        fn now(&self) -> SystemTime {
            self.0
        }
    }

    fn fetched(value: u8) -> Result<Fetched<u8>, Error> {
        Ok(Fetched {
            value,
            fresh_for: Duration::from_secs(60),
        })
    }

    #[tokio::test]
    async fn a_fetch_that_hangs_blocks_only_the_caller_that_started_it() {
        let cached = Cached::new();
        let start = SystemTime::UNIX_EPOCH;
        cached.fresh(&At(start), ready(fetched(1))).await.unwrap();
        let later = At(start + Duration::from_secs(61));
        let mut context = Context::from_waker(Waker::noop());

        let mut hanging = pin!(cached.fresh(&later, pending()));
        assert!(hanging.as_mut().poll(&mut context).is_pending());
        let mut waiter = pin!(cached.fresh(&later, pending()));
        let value = match waiter.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => value.unwrap(),
            std::task::Poll::Pending => panic!("it waits for the fetch of another caller"),
        };

        assert_eq!(*value, 1);
    }
}
