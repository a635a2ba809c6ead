//! The asynchronous runtime: the only file of this crate that names its timers and tasks.
//!
//! A host without tokio's timers needs another implementation of these few functions. Locks and
//! channels of `tokio::sync` need no runtime, so other files use them directly.

use std::time::Duration;

/// A point in time of the runtime's monotonic clock.
pub(crate) use tokio::time::Instant;

/// What the default HTTP client runs its connections and its timers on.
#[cfg(feature = "hyper-client")]
pub(crate) use hyper_util::rt::{TokioExecutor as Executor, TokioTimer as Timer};

/// Returns the current time of the monotonic clock.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Completes after this duration.
pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Waits for a future for at most this duration. `None` if it did not complete in time.
pub(crate) async fn timeout<F: Future>(duration: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(duration, future).await.ok()
}

/// Waits for a future until the deadline. `None` if it did not complete in time.
pub(crate) async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    tokio::time::timeout_at(deadline, future).await.ok()
}
