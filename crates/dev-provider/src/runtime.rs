//! Background tasks and time limits. This is the only file of the crate that names the runtime's tasks and timers.

use std::future::Future;
use std::time::Duration;

use hyper_util::rt::TokioExecutor;
use tokio::task::{JoinHandle, JoinSet};

/// A background task, which is cancelled when this is dropped.
pub(crate) struct Task(JoinHandle<()>);

impl Task {
    /// Starts a task on the current runtime.
    pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    /// Cancels the task, and returns when everything that it owned is dropped.
    pub(crate) async fn stop(mut self) {
        self.0.abort();
        // The only possible error is the cancellation.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A group of background tasks, which are cancelled when this is dropped.
pub(crate) struct TaskGroup(JoinSet<()>);

impl TaskGroup {
    pub(crate) fn new() -> Self {
        Self(JoinSet::new())
    }

    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(future);
    }

    /// Removes a finished task when there is one. Returns `None` at once if the group is empty.
    pub(crate) async fn remove_finished(&mut self) -> Option<()> {
        self.0.join_next().await.map(|_| ())
    }
}

/// The future's output, or `None` if it takes longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

/// What HTTP/2 connections start their tasks with.
pub(crate) fn executor() -> TokioExecutor {
    TokioExecutor::new()
}
