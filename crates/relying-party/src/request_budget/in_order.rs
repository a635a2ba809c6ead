//! A budget that is served in the order of arrival.

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Duration, timeout};

use super::{MAX_WAIT, SLOW_AFTER, overloaded, within};
use crate::http_client::TransportError;

/// How many requests there may be at once.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Sent, and not older than ten seconds.
    pub(super) in_flight: usize,
    /// Not sent yet.
    pub(super) waiting: usize,
    /// Sent, and older than that.
    pub(super) slow: usize,
}

/// Requests that hang leave it after ten seconds, so that a provider that answers late holds up fewer
/// of the others. Beyond the bound on slow requests they stay.
pub(super) struct OrderedBudget {
    in_flight: Semaphore,
    waiting: Semaphore,
    slow: Semaphore,
}

impl OrderedBudget {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            in_flight: Semaphore::const_new(limits.in_flight),
            waiting: Semaphore::const_new(limits.waiting),
            slow: Semaphore::const_new(limits.slow),
        }
    }

    /// Sends a request when it may be sent, and waits for its response for `lifetime`.
    pub(super) async fn send<T, F>(
        &self,
        lifetime: Duration,
        send: impl FnOnce() -> F,
    ) -> Result<T, TransportError>
    where
        F: Future<Output = Result<T, TransportError>> + Unpin,
    {
        let permit = self.permit().await.ok_or_else(overloaded)?;
        self.send_now(permit, lifetime, send).await
    }

    /// The same with a permit that was waited for.
    pub(super) async fn send_now<T, F>(
        &self,
        permit: SemaphorePermit<'_>,
        lifetime: Duration,
        send: impl FnOnce() -> F,
    ) -> Result<T, TransportError>
    where
        F: Future<Output = Result<T, TransportError>> + Unpin,
    {
        let mut response = send();
        let Some(slow_lifetime) = lifetime.checked_sub(SLOW_AFTER) else {
            return within(lifetime, response).await;
        };
        if let Ok(response) = timeout(SLOW_AFTER, &mut response).await {
            return response;
        }
        let _permit = match self.slow.try_acquire() {
            Ok(slow) => {
                drop(permit);
                slow
            }
            Err(_) => permit,
        };
        within(slow_lifetime, response).await
    }

    /// Waits until one more may be in flight; `None` if too many wait, or for too long.
    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.in_flight.try_acquire() {
            return Some(permit);
        }
        let _place = self.waiting.try_acquire().ok()?;
        let permit = timeout(MAX_WAIT, self.in_flight.acquire()).await;
        permit.ok()?.ok()
    }
}
