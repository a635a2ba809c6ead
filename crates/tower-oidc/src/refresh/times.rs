//! How long a refresh may take, for its callers and for the request itself.

use std::time::Duration;

/// How much longer a lock lasts than a request: 5 seconds for the application's function that returns the
/// client's secret or assertion, 10 in our queue, 5 to ask for the scopes of the new token, 5 for the
/// application's hooks, and 5 to store the result.
const LOCK_MARGIN: Duration = Duration::from_secs(30);

/// Many proxies end a request that takes longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
pub(crate) struct RefreshTimes {
    /// How long a caller waits.
    pub(crate) wait: Duration,
    /// The longest time for a request to the provider.
    pub(crate) request_lifetime: Duration,
    /// How long the revocation store is waited for before the request is sent.
    pub(crate) store_timeout: Duration,
}

/// The wait is shorter than a second or longer than a minute.
#[derive(Debug)]
pub(crate) struct InvalidWait;

impl RefreshTimes {
    pub(crate) fn new(
        wait: Duration,
        request_lifetime: Duration,
        store_timeout: Duration,
    ) -> Result<Self, InvalidWait> {
        if wait < Duration::from_secs(1) || wait > LONGEST_WAIT {
            return Err(InvalidWait);
        }
        Ok(Self {
            wait,
            request_lifetime,
            store_timeout,
        })
    }

    /// Whether a caller waits until the request that it started has ended, because the host
    /// freezes this instance after each response.
    pub(super) fn callers_stay(self) -> bool {
        self.request_lifetime <= self.wait
    }

    /// How long the lock at a coordinator lasts: longer than a refresh can take.
    pub(super) fn lock_for(self) -> Duration {
        self.request_lifetime
            .saturating_add(self.store_timeout)
            .saturating_add(LOCK_MARGIN)
    }
}
