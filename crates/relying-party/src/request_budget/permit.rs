//! The permit to send one request of any budget.

use std::fmt;
use std::time::Duration;

use super::fair_queue::SignInPermit;
use super::fifo_budget::FifoPermit;
use super::limits::{SHORT_LIFETIME, within};
use crate::http_client::TransportError;

/// The permit to send one request. When it is dropped, the next request may be sent.
pub(super) enum Permit {
    SignIn(SignInPermit),
    Ordered {
        permit: FifoPermit,
        lifetime: Duration,
    },
    /// Of a budget, and of the part of it that the request's purpose may take.
    Part {
        permit: FifoPermit,
        part: FifoPermit,
    },
}

impl Permit {
    /// Waits for the response to the request, which is sent now.
    pub(super) async fn send<T, F>(self, response: F) -> Result<T, TransportError>
    where
        F: Future<Output = Result<T, TransportError>> + Unpin,
    {
        match self {
            Self::SignIn(permit) => {
                let response = within(SHORT_LIFETIME, response).await;
                drop(permit);
                response
            }
            Self::Ordered { permit, lifetime } => permit.send(lifetime, response).await,
            Self::Part { permit, part } => {
                let response = permit.send(SHORT_LIFETIME, response).await;
                drop(part);
                response
            }
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
