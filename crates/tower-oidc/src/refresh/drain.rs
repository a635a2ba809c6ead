//! Waiting until the requests to the provider have ended, before the process stops or is frozen.

use std::sync::atomic::Ordering;

use super::refresher::Refresher;
use crate::runtime;
use crate::task_count::TaskGuard;

impl Refresher {
    /// Counts a task of the caller until the guard is dropped, so that a drain waits for it.
    pub(crate) fn count_task(&self) -> TaskGuard {
        self.memory.tasks.enter()
    }

    /// How many refreshes and revocations are in flight, in all origins.
    pub(crate) fn in_flight(&self) -> usize {
        self.memory.tasks.now()
    }

    /// Waits until no refresh and no revocation is in flight.
    pub(crate) async fn none_in_flight(&self) {
        self.memory.tasks.none().await;
    }

    /// Tries each waiting revocation once, and waits until nothing is in flight. Both at the same time: a
    /// request that hangs at one provider must not cost the revocations that wait for another one.
    pub(crate) async fn drain(&self) {
        let revocations = runtime::join(self.retry_revocations(), self.revoked.write_waiting());
        runtime::join(revocations, self.none_in_flight()).await;
        self.drain_new().await;
    }

    /// Tries the waiting revocations again if some have not been tried, because what was in flight has left
    /// them. Then waits until nothing is in flight.
    pub(crate) async fn drain_new(&self) {
        if self.memory.has_new_revocations.load(Ordering::SeqCst) {
            self.retry_revocations().await;
        }
        self.revoked.write_new().await;
        // Another task may be trying some of them.
        self.none_in_flight().await;
    }
}
