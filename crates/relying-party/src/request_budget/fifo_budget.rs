//! A budget whose requests are sent in the order of arrival.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::limits::{Limits, MAX_WAIT, SLOW_AFTER, overloaded, within};
use crate::http_client::TransportError;
use crate::runtime::timeout;

/// A budget for requests that are sent in the order of arrival.
///
/// A request without a response counts as slow after ten seconds and then has a separate budget, so
/// that a slow provider delays fewer of the other requests. Beyond the limit of slow requests it stays
/// in the ordinary budget.
pub(super) struct FifoBudget {
    in_flight: Semaphore,
    waiting: Semaphore,
    slow: Semaphore,
}

impl FifoBudget {
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

    /// The same with a permit from [`permit`](Self::permit).
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
        if let Some(response) = timeout(SLOW_AFTER, &mut response).await {
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

    /// Waits until one more request may be in flight. `None` if too many wait, or after ten seconds.
    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.in_flight.try_acquire() {
            return Some(permit);
        }
        let _place = self.waiting.try_acquire().ok()?;
        let permit = timeout(MAX_WAIT, self.in_flight.acquire()).await;
        permit?.ok()
    }
}
