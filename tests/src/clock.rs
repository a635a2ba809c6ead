//! The clock that a test moves by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use relying_party::Clock;
use tokio::time::Instant;

/// A clock that stands still until a test moves it; clones show the same time.
///
/// Browser, application and provider share one, so that "a day later" is the same day for all.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<Mutex<SystemTime>>,
    /// The start, if it follows the runtime's time.
    followed: Option<Instant>,
}

impl TestClock {
    /// A clock that shows 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self::at(UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }

    /// A clock that shows `now`.
    pub fn at(now: SystemTime) -> Self {
        Self {
            now: Arc::new(Mutex::new(now)),
            followed: None,
        }
    }

    /// A clock that starts at 2026-01-01T00:00:00Z and follows the runtime's time. If the test has
    /// paused that, it advances when all tasks wait, and a test can move it, too.
    pub fn following_the_runtime() -> Self {
        Self {
            followed: Some(Instant::now()),
            ..Self::new()
        }
    }

    /// A clock that shows the time of its creation, for providers that run in real time.
    #[expect(
        clippy::disallowed_methods,
        reason = "a provider in another process has no other clock"
    )]
    pub fn starting_now() -> Self {
        Self::at(SystemTime::now())
    }

    /// The current time of this clock.
    pub fn now(&self) -> SystemTime {
        let now = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now + self
            .followed
            .map_or(Duration::ZERO, |start| start.elapsed())
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Moves the clock back, as an operator or a time server may do.
    pub fn rewind(&self, by: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) -= by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        Self::now(self)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets timers run as if this time had passed, while everything else stands still: requests that
/// wait for a held provider grow older. Afterwards tokio's time is real again, because sockets are.
/// [`TestClock`] is not moved.
pub async fn timers_advance(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = TestClock::new();
        let clone = clock.clone();
        let start = clock.now();
        clock.advance(Duration::from_secs(90));
        clone.rewind(Duration::from_secs(30));
        assert_eq!(clock.now(), start + Duration::from_secs(60));
    }
}
