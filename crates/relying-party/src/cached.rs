//! A document of the provider, fetched when it is needed and kept for a while.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::fetch_bucket::FetchBucket;

/// How long a failure answers for the provider, so that those who waited for one fetch do not
/// repeat it one after the other.
const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);
/// How long an old document is used without another try, when the provider is down.
const STALE_BACK_OFF: Duration = Duration::from_secs(30);
/// How long a document serves behind its time when no newer one can be had. Counted from the fetch, a
/// provider that allows a day (`max-age=86400`) would leave nothing for its outages.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);
/// A value with a single flight: whoever needs it while it is being fetched waits for that fetch,
/// unless an old one will do.
///
/// The flight belongs to the caller that began it. If that caller goes away, the next one in the
/// queue begins anew.
pub(crate) struct Cached<T> {
    state: Mutex<State<T>>,
    flight: tokio::sync::Mutex<()>,
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

/// Whether a value may be fetched before its time.
#[derive(Clone, Copy)]
pub(crate) enum Turn<'a> {
    /// After a token was taken from the bucket, for which a caller waits until the deadline.
    Take(&'a FetchBucket, Instant),
    /// At once: the token that the caller has taken pays for it, too.
    Paid,
}

/// Why there is no newer value.
pub(crate) enum NoNewer {
    /// The fetch failed.
    Failed(Error),
    /// The value was fetched too often of late, or another caller's fetch takes too long.
    TooSoon(Error),
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
            flight: tokio::sync::Mutex::new(()),
        }
    }

    /// The value, fetched if there is none that is fresh. An old one is returned if the fetch
    /// fails, or is under way for another caller.
    pub(crate) async fn fresh<F>(&self, clock: &dyn Clock, fetch: F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(answer) = self.lock().answer(clock.now()) {
            return answer;
        }
        let _flight = match self.flight.try_lock() {
            Ok(flight) => flight,
            Err(_) => {
                // Only the caller that fetches waits for a provider that hangs.
                let stale = self.lock().stale(clock.now());
                match stale {
                    Some(stale) => return Ok(stale),
                    None => self.flight.lock().await,
                }
            }
        };
        if let Some(answer) = self.lock().answer(clock.now()) {
            return answer;
        }
        let fetched = fetch.await;
        // The time after the fetch: a back-off must not be over because the failure took long.
        let now = clock.now();
        let mut state = self.lock();
        match fetched {
            Ok(fetched) => Ok(state.put(now, fetched)),
            Err(error) => {
                state.failure = Some((now, error.clone()));
                state.stale(now).ok_or(error)
            }
        }
    }

    /// A value newer than `seen`: what another caller fetched meanwhile, or else what is fetched now,
    /// before its time. Callers at once share one fetch.
    pub(crate) async fn newer<F>(
        &self,
        seen: &Arc<T>,
        clock: &dyn Clock,
        turn: Turn<'_>,
        fetch: F,
    ) -> Result<Arc<T>, NoNewer>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(other) = self.lock().other_than(seen) {
            return Ok(other);
        }
        let _flight = match (self.flight.try_lock(), turn) {
            (Ok(flight), _) => flight,
            (Err(_), Turn::Paid) => self.flight.lock().await,
            (Err(_), Turn::Take(_, deadline)) => {
                tokio::time::timeout_at(deadline, self.flight.lock())
                    .await
                    .map_err(|_| too_soon(FAILURE_BACK_OFF))?
            }
        };
        if let Some(other) = self.lock().other_than(seen) {
            return Ok(other);
        }
        if let Turn::Take(bucket, deadline) = turn {
            let patience = deadline.saturating_duration_since(Instant::now());
            let wait = bucket.take(clock.now(), patience).map_err(too_soon)?;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
        let fetched = fetch.await.map_err(NoNewer::Failed)?;
        Ok(self.lock().put(clock.now(), fetched))
    }

    /// The value that was fetched last, fresh or not.
    pub(crate) fn last(&self) -> Option<Arc<T>> {
        self.lock()
            .entry
            .as_ref()
            .map(|entry| Arc::clone(&entry.value))
    }

    /// Whether the value was fetched less than `span` ago.
    pub(crate) fn is_younger_than(&self, span: Duration, now: SystemTime) -> bool {
        let state = self.lock();
        let entry = state.entry.as_ref();
        entry.is_some_and(|entry| is_within(entry.fetched_at, now, span))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while the lock is held, and every state is a valid one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// What can be answered without a fetch.
    fn answer(&self, now: SystemTime) -> Option<Result<Arc<T>, Error>> {
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

    fn other_than(&self, seen: &Arc<T>) -> Option<Arc<T>> {
        self.entry
            .as_ref()
            .filter(|entry| !Arc::ptr_eq(&entry.value, seen))
            .map(|entry| Arc::clone(&entry.value))
    }

    fn put(&mut self, now: SystemTime, fetched: Fetched<T>) -> Arc<T> {
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

fn too_soon(retry_after: Duration) -> NoNewer {
    NoNewer::TooSoon(Error::transient(
        ErrorKind::Provider,
        "jwks.throttled",
        "none of the provider's keys that are known fits, and they were fetched too often of late to \
         be fetched again now",
        Some(retry_after),
    ))
}

/// Whether `now` is less than `span` after `then`. After a clock that was set back it is not, so
/// that nothing is kept for longer than it may be.
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
    async fn a_fetch_that_hangs_holds_up_nobody_but_the_caller_that_began_it() {
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
