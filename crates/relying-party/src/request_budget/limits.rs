//! How many requests may be sent at once, and how long they may take.

use std::time::Duration;

use crate::http_client::{TransportError, TransportErrorKind};
use crate::runtime;

/// How long a request waits until it may be sent, before it is refused as overloaded. A browser and its
/// user still wait that long, and a healthy provider works off a full queue in that time.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(10);

/// How long a request lives by default if it is not a refresh or a revocation: nothing depends on a
/// late response, and a person waits for it.
pub(super) const SHORT_LIFETIME: Duration = Duration::from_secs(10);

/// How long a refresh or a revocation lives by default. Where the provider replaces refresh tokens, a
/// response to a refresh that is not read loses the session, so it is worth waiting for.
pub(crate) const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

/// A request that is older than this counts as slow.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(10);

/// How many requests there may be at once.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Requests that were sent and are not slow.
    pub(super) in_flight: usize,
    /// Requests that were not sent so far.
    pub(super) waiting: usize,
    /// Requests that were sent and are slow.
    pub(super) slow: usize,
}

/// As many refreshes as providers commonly handle at once for one client. A waiting one takes about two
/// kilobytes, so all of them take 4 MiB. That is enough for many users whose tokens expire at the same
/// time.
pub(super) const REFRESHES: Limits = Limits {
    in_flight: 64,
    waiting: 2_048,
    slow: 256,
};

/// The part of [`REFRESHES`] for other requests of signed-in users. A page may ask for UserInfo
/// whenever it is loaded, so one user can cause many; half of the budget is reserved for refreshes.
pub(super) const USER_REQUESTS: Limits = Limits {
    in_flight: 32,
    waiting: 1_024,
    slow: 0,
};

pub(super) const REVOCATIONS: Limits = Limits {
    in_flight: 16,
    waiting: 2_048,
    slow: 64,
};

/// Each document is fetched once for all callers that need it, so there are never many.
pub(super) const DOCUMENTS: Limits = Limits {
    in_flight: 8,
    waiting: 64,
    slow: 0,
};

/// Waits for a response for at most `lifetime`.
pub(super) async fn within<T>(
    lifetime: Duration,
    response: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    match runtime::timeout(lifetime, response).await {
        Some(response) => response,
        None => Err(TransportError::new(TransportErrorKind::Timeout)),
    }
}

pub(super) fn overloaded() -> TransportError {
    TransportError::new(TransportErrorKind::Overloaded)
}
