//! The asynchronous runtime: the only file of this crate that names its timers and tasks.
//!
//! A host without tokio's timers needs another implementation of these few functions. Locks and
//! channels of `tokio::sync` need no runtime, so other files use them directly.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

/// A point in time of the runtime's monotonic clock.
pub(crate) use tokio::time::Instant;

/// What the default HTTP client runs its connections and its timers on.
#[cfg(feature = "hyper-client")]
pub(crate) use hyper_util::rt::{TokioExecutor as Executor, TokioTimer as Timer};

/// Any error of the application.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why code of the application returned nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallFailed {
    Panicked,
    TimedOut,
}

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

/// Runs code of the application for at most this duration. A panic in it ends here.
pub(crate) async fn catch_panic<F: Future>(
    limit: Duration,
    future: F,
) -> Result<F::Output, CallFailed> {
    let mut future = Box::pin(future);
    // A future that has panicked is dropped, and never polled again.
    let caught = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(_) => Poll::Ready(Err(CallFailed::Panicked)),
        },
    );
    match timeout(limit, caught).await {
        Some(result) => result,
        None => Err(CallFailed::TimedOut),
    }
}

/// Runs work that blocks, such as reading a file, on another thread. The caller must limit how much there
/// is at once: the runtime has a limited number of such threads, and also looks up host names on them.
pub(crate) fn spawn_blocking(work: impl FnOnce() + Send + 'static) {
    // The work reports its result, or its end, in its own way.
    drop(tokio::task::spawn_blocking(work));
}
