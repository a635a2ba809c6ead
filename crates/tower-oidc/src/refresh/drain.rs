//! Waiting until the requests to the provider have ended, before the process stops or is frozen.

use super::refresher::Refresher;

impl Refresher {
    /// How many refreshes and revocations are in flight, in all origins.
    pub(crate) fn in_flight(&self) -> usize {
        *self.memory.tasks.borrow()
    }

    /// Waits until no refresh and no revocation is in flight.
    pub(crate) async fn none_in_flight(&self) {
        let mut tasks = self.memory.tasks.subscribe();
        // `self` owns the sender, so this cannot fail.
        let _ = tasks.wait_for(|tasks| *tasks == 0).await;
    }

    /// Waits until nothing is in flight, tries each waiting revocation once, and waits for these.
    pub(crate) async fn drain(&self) {
        self.none_in_flight().await;
        self.retry_revocations().await;
        // Another task may be trying some of them.
        self.none_in_flight().await;
    }
}
