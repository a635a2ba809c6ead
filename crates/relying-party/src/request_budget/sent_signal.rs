//! Distinguishes the time in our own queue from the provider's.

use std::sync::Arc;

use tokio::sync::Notify;

/// Says when a refresh request leaves this application: until then it waits in a queue of our own,
/// which says nothing about the provider. Clones are the same signal; use one for each request, with
/// [`RefreshRequest::sent_signal`](crate::RefreshRequest::sent_signal).
#[derive(Clone, Debug, Default)]
pub struct SentSignal(Arc<Notify>);

impl SentSignal {
    /// A signal for one request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns when the request is sent, at once if that has happened already. It never returns for a
    /// request that is not sent. Of several callers one returns.
    pub async fn sent(&self) {
        self.0.notified().await;
    }

    /// The request is sent now; for tests of a caller, too.
    pub fn notify(&self) {
        self.0.notify_one();
    }
}
