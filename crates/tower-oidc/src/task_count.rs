//! How many of our tasks run, so that a drain can wait for them.

use std::sync::Arc;

use tokio::sync::watch;

/// The number of tasks that a drain waits for. Clones are the same count.
#[derive(Clone, Default)]
pub(crate) struct TaskCount(Arc<watch::Sender<usize>>);

/// Counts one task until it is dropped.
pub(crate) struct TaskGuard(TaskCount);

impl TaskCount {
    pub(crate) fn enter(&self) -> TaskGuard {
        self.0.send_modify(|tasks| *tasks = tasks.saturating_add(1));
        TaskGuard(self.clone())
    }

    pub(crate) fn now(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until no task runs.
    pub(crate) async fn none(&self) {
        let mut tasks = self.0.subscribe();
        // `self` owns the sender, so this cannot fail.
        let _ = tasks.wait_for(|tasks| *tasks == 0).await;
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        let TaskCount(tasks) = &self.0;
        tasks.send_modify(|tasks| *tasks = tasks.saturating_sub(1));
    }
}
