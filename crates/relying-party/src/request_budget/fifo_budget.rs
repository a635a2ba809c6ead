//! A budget whose requests are sent in the order of arrival.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{Limits, MAX_WAIT, SLOW_AFTER, within};
use crate::http_client::TransportError;
use crate::runtime::timeout;

/// A budget for requests that are sent in the order of arrival.
///
/// A request without a response counts as slow after ten seconds and then has a separate budget, so
/// that a slow provider delays fewer of the other requests. Beyond the limit of slow requests it stays
/// in the ordinary budget.
pub(super) struct FifoBudget {
    in_flight: Arc<Semaphore>,
    waiting: Semaphore,
    slow: Arc<Semaphore>,
}

impl FifoBudget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
            waiting: Semaphore::new(limits.waiting),
            slow: Arc::new(Semaphore::new(limits.slow)),
        }
    }

    /// Waits until one more request may be in flight. `None` if too many wait, or after ten seconds.
    pub(super) async fn permit(&self) -> Option<FifoPermit> {
        let in_flight = Arc::clone(&self.in_flight);
        if let Ok(permit) = Arc::clone(&in_flight).try_acquire_owned() {
            return Some(self.granted(permit));
        }
        let _place = self.waiting.try_acquire().ok()?;
        let permit = timeout(MAX_WAIT, in_flight.acquire_owned()).await;
        Some(self.granted(permit?.ok()?))
    }

    fn granted(&self, in_flight: OwnedSemaphorePermit) -> FifoPermit {
        FifoPermit {
            in_flight,
            slow: Arc::clone(&self.slow),
        }
    }
}

/// The permit to have one request in flight.
pub(super) struct FifoPermit {
    in_flight: OwnedSemaphorePermit,
    slow: Arc<Semaphore>,
}

impl FifoPermit {
    /// Waits for the response to a request that is sent now, for `lifetime`.
    pub(super) async fn send<T, F>(
        self,
        lifetime: Duration,
        mut response: F,
    ) -> Result<T, TransportError>
    where
        F: Future<Output = Result<T, TransportError>> + Unpin,
    {
        let Some(slow_lifetime) = lifetime.checked_sub(SLOW_AFTER) else {
            return within(lifetime, response).await;
        };
        if let Some(response) = timeout(SLOW_AFTER, &mut response).await {
            return response;
        }
        let _permit = match self.slow.try_acquire_owned() {
            Ok(slow) => {
                drop(self.in_flight);
                slow
            }
            Err(_) => self.in_flight,
        };
        within(slow_lifetime, response).await
    }
}
