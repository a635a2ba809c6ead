//! The asynchronous runtime: the only file of this crate that names its tasks and timers.
//!
//! A host without tokio's tasks and timers needs another implementation of these few items. Locks
//! and channels of `tokio::sync` need no runtime, so other files use them directly.
//!
//! Code of the application runs through [`isolate`] or [`catch_panic`], so that a panic or a hang in
//! it stays its own.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use relying_party::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// A point in time of the runtime's monotonic clock.
pub(crate) use tokio::time::Instant;

/// A task that runs until it ends or is aborted, also if this handle is dropped.
///
/// As a future it completes when the task has ended.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<T>);

/// A task panicked, or ended before its time: it was aborted, or the runtime shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskFailed;

/// Why code of the application returned nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallFailed {
    Panicked,
    TimedOut,
}

impl<T> Task<T> {
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Ends the task where it waits next.
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskFailed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = Pin::new(&mut self.0).poll(context);
        ended.map(|ended| ended.map_err(|_| TaskFailed))
    }
}

/// Whether this thread belongs to a runtime, so that [`spawn`] has somewhere to run its task. A test
/// that calls a handler by itself may have none.
pub(crate) fn is_available() -> bool {
    Handle::try_current().is_ok()
}

/// Starts a task. Where the runtime shuts down, the future is dropped without having run.
pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    Task(tokio::spawn(future))
}

/// Completes after this duration.
pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Completes at this time.
pub(crate) async fn sleep_until(deadline: Instant) {
    tokio::time::sleep_until(deadline).await;
}

/// Waits for a future for at most this duration. `None` if it did not complete in time.
pub(crate) async fn timeout<F: Future>(duration: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(duration, future).await.ok()
}

/// Waits for a future until the deadline. `None` if it did not complete in time.
pub(crate) async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    tokio::time::timeout_at(deadline, future).await.ok()
}

/// Runs both futures in the task of the caller until both have completed.
pub(crate) async fn join(first: impl Future<Output = ()>, second: impl Future<Output = ()>) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut is_first_done, mut is_second_done) = (false, false);
    poll_fn(|cx| {
        is_first_done = is_first_done || first.as_mut().poll(cx).is_ready();
        is_second_done = is_second_done || second.as_mut().poll(cx).is_ready();
        if is_first_done && is_second_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Runs a few futures in the task of the caller, and returns what they returned, in order.
pub(crate) async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *output = Some(value);
            }
        }
        let is_done = running.iter().all(|(_, output)| output.is_some());
        if is_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

/// Runs code of the application in its own task, for at most `limit`. A panic ends that task and
/// nothing else, whether it happens before or while the future is awaited.
pub(crate) async fn isolate<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> BoxFuture<T> + Send + 'static,
) -> Result<T, CallFailed> {
    // The limit is also in the task, so that it ends even if nobody waits for it any more.
    let mut task = spawn(async move { timeout(limit, work()).await });
    match timeout(limit, &mut task).await {
        Some(Ok(Some(value))) => Ok(value),
        Some(Err(TaskFailed)) => Err(CallFailed::Panicked),
        Some(Ok(None)) | None => {
            task.abort();
            Err(CallFailed::TimedOut)
        }
    }
}

/// The same in the task of the caller, so the work ends if the caller goes away.
pub(crate) async fn isolate_in_place<T>(
    limit: Duration,
    work: impl FnOnce() -> BoxFuture<T>,
) -> Result<T, CallFailed> {
    let mut future = catch_panic(work)?;
    let result = poll_fn(|cx| match catch_panic(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(failed) => Poll::Ready(Err(failed)),
    });
    timeout(limit, result)
        .await
        .unwrap_or(Err(CallFailed::TimedOut))
}

/// Runs code of the application that returns at once. A panic in it ends here.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, CallFailed> {
    // The application's code owns what a panic may have left half done. We pass it shared references
    // to immutable values alone, and poll no future again that has panicked.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| CallFailed::Panicked)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn application_code_that_hangs_is_abandoned_after_its_time_limit() {
        let before = Instant::now();
        let limit = Duration::from_secs(22);
        let alive = Arc::new(());
        let held = Arc::clone(&alive);

        let result = isolate::<()>(limit, move || {
            Box::pin(async move {
                let _held = held;
                pending().await
            })
        })
        .await;

        assert_eq!(result, Err(CallFailed::TimedOut));
        assert_eq!(before.elapsed(), limit);
        // The task is aborted, so it does not run on in the background.
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn work_in_place_ends_at_its_limit_at_a_panic_and_with_its_caller() {
        let before = Instant::now();
        let limit = Duration::from_secs(2);
        let alive = Arc::new(());
        let hang = |held: Arc<()>| {
            move || -> BoxFuture<()> {
                Box::pin(async move {
                    let _held = held;
                    pending().await
                })
            }
        };

        let hung = isolate_in_place(limit, hang(Arc::clone(&alive))).await;
        assert_eq!(hung, Err(CallFailed::TimedOut));
        assert_eq!(before.elapsed(), limit);
        let left = isolate_in_place(limit, hang(Arc::clone(&alive)));
        assert!(timeout(limit / 2, left).await.is_none());
        assert_eq!(Arc::strong_count(&alive), 1);
        let at_once = isolate_in_place::<()>(limit, || panic!("for this test")).await;
        assert_eq!(at_once, Err(CallFailed::Panicked));
        let later = || -> BoxFuture<()> { Box::pin(async { panic!("for this test") }) };
        let later = isolate_in_place(limit, later).await;
        assert_eq!(later, Err(CallFailed::Panicked));
        assert_eq!(isolate_in_place(limit, || Box::pin(ready(1))).await, Ok(1));
    }

    #[tokio::test]
    async fn a_panic_in_application_code_ends_its_task_alone() {
        let limit = Duration::from_secs(1);

        let at_once = isolate::<()>(limit, || panic!("for this test")).await;
        let later = isolate::<()>(limit, || Box::pin(async { panic!("for this test") })).await;

        assert_eq!(at_once, Err(CallFailed::Panicked));
        assert_eq!(later, Err(CallFailed::Panicked));
        assert_eq!(isolate(limit, || Box::pin(ready(1))).await, Ok(1));
    }

    #[test]
    fn a_panic_in_a_synchronous_call_ends_there() {
        assert_eq!(
            catch_panic(|| panic!("for this test")),
            Err::<(), _>(CallFailed::Panicked)
        );
        assert_eq!(catch_panic(|| 1), Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_is_none_exactly_when_the_future_is_too_slow() {
        let second = Duration::from_secs(1);
        let slow = || sleep(2 * second);

        assert_eq!(timeout(second, slow()).await, None);
        assert_eq!(timeout(3 * second, slow()).await, Some(()));
        assert_eq!(timeout_at(Instant::now() + second, slow()).await, None);
        let until = Instant::now() + second;
        sleep_until(until).await;
        assert_eq!(Instant::now(), until);
    }

    #[tokio::test]
    async fn a_task_outlives_its_handle_and_can_be_aborted() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        drop(spawn(async move { sender.send(1) }));
        assert_eq!(receiver.await, Ok(1));

        let mut task = spawn(pending::<()>());
        assert!(!task.is_finished());
        task.abort();
        assert_eq!((&mut task).await, Err(TaskFailed));
        assert!(task.is_finished());
    }

    #[test]
    fn a_plain_thread_has_no_runtime() {
        assert!(!is_available());
    }
}
