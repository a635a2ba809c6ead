//! What the callbacks of one sign-in get.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Names a transaction; made from its state.
pub(super) type Id = [u8; 16];

/// Why an exchange failed.
pub(crate) trait ExchangeFailure: Clone + Send + Sync + 'static {
    /// Whether it is certain that no byte of a token request was sent, so that the same code may be sent
    /// after all.
    fn nothing_was_sent(&self) -> bool;
}

/// Why a callback gets no result.
#[derive(Clone, Debug)]
pub(crate) enum ExchangeError<E> {
    Failed(E),
    /// The code of this transaction was sent before, and its result is no longer stored.
    AlreadyUsed,
    /// The task ended without a result: it panicked, or the runtime shut down.
    NoResult,
}

/// What a callback gets: the result of its exchange, or of an earlier callback's.
#[derive(Clone)]
pub(crate) struct Submitted<T, E> {
    pub(crate) result: Result<T, ExchangeError<E>>,
    /// Whether the result was reported to the application; a second submit is no second sign-in.
    reported: Arc<AtomicBool>,
}

impl<T, E> Submitted<T, E> {
    pub(super) fn new(result: Result<T, ExchangeError<E>>) -> Self {
        Self {
            result,
            reported: Arc::default(),
        }
    }

    /// Whether the caller is the first that asks, and is therefore to report the result.
    pub(crate) fn claim_report(&self) -> bool {
        !self.reported.swap(true, Ordering::SeqCst)
    }
}
