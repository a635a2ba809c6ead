//! A signal that separates the time in our queue from the time that the provider takes.

use std::sync::Arc;

use tokio::sync::Notify;

/// Reports when a refresh request is sent. Before that it waits in this application's own queue, and
/// that time says nothing about the provider.
///
/// Clones are the same signal. Use a new one for each request, with
/// [`RefreshRequest::sent_signal`](crate::RefreshRequest::sent_signal).
#[derive(Clone, Debug, Default)]
pub struct SentSignal(Arc<Notify>);

impl SentSignal {
    /// Creates a signal for one request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until the request is sent; completes at once if that has happened already. It never
    /// completes if the request is not sent. If several callers wait, only one of them is woken.
    pub async fn sent(&self) {
        self.0.notified().await;
    }

    /// Reports that the request is sent now. It is public for the tests of callers.
    pub fn notify(&self) {
        self.0.notify_one();
    }
}
