//! A document of the provider, fetched when it is needed and kept for a while.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::Clock;
use crate::error::Error;

/// How long a failure answers for the provider, so that those who waited for one fetch do not
/// repeat it one after the other.
const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);
/// How long an old document is used without another try, when the provider is down.
const STALE_BACK_OFF: Duration = Duration::from_secs(30);
/// How long a document serves behind its time when no newer one can be had. Counted from the fetch, a
/// provider that allows a day (`max-age=86400`) would leave nothing for its outages.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);
/// How often a document may be fetched before its time.
const FORCED_INTERVAL: Duration = Duration::from_secs(30);

/// How long a caller waits for the next fetch before its time.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

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
    forced_at: Option<SystemTime>,
}

struct Entry<T> {
    value: Arc<T>,
    fetched_at: SystemTime,
    fresh_for: Duration,
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
            forced_at: None,
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
                let stale = state.stale(now);
                let cause: &dyn std::error::Error = &error;
                tracing::warn!(
                    error = cause,
                    code = error.code(),
                    stale = stale.is_some(),
                    "a document of the provider could not be fetched"
                );
                stale.ok_or(error)
            }
        }
    }

    /// A value newer than `seen`, fetched before its time; `None` if another fetch before its time
    /// was less than 25 seconds ago, or this one fails; nearer to the 30 seconds it waits for them.
    pub(crate) async fn newer<F>(
        &self,
        seen: &Arc<T>,
        clock: &dyn Clock,
        fetch: F,
    ) -> Option<Arc<T>>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(other) = self.lock().other_than(seen) {
            return Some(other);
        }
        let waited_for = self.wait_for_a_turn(clock).await;
        let _flight = self.flight.lock().await;
        {
            let now = clock.now();
            let mut state = self.lock();
            if let Some(other) = state.other_than(seen) {
                return Some(other);
            }
            // Counted before the fetch: a provider that fails is not asked more often.
            let is_too_soon = |then: &SystemTime| is_within(*then, now, FORCED_INTERVAL);
            let last = state.forced_at.filter(is_too_soon);
            if last.is_some() && last != waited_for {
                return None;
            }
            state.forced_at = Some(now);
        }
        let fetched = fetch.await.ok()?;
        Some(self.lock().put(clock.now(), fetched))
    }

    /// Waits until a fetch before its time may be made, if that is soon, and returns the fetch that
    /// stood in the way: one user waits a moment instead of failing to sign in.
    async fn wait_for_a_turn(&self, clock: &dyn Clock) -> Option<SystemTime> {
        let last = self.lock().forced_at?;
        let age = clock.now().duration_since(last).ok()?;
        let remaining = FORCED_INTERVAL.checked_sub(age)?;
        if remaining > LONGEST_WAIT {
            return None;
        }
        tokio::time::sleep(remaining).await;
        Some(last)
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

    /// T-02
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
