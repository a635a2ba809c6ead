//! The result of a code exchange, for all callbacks of its sign-in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The name of a transaction, derived from its state.
pub(super) type Id = [u8; 16];

/// Why an exchange failed.
pub(crate) trait ExchangeFailure: Clone + Send + Sync + 'static {
    /// Whether it is certain that no byte of a token request was sent, so that a later callback may send the
    /// same code.
    fn nothing_was_sent(&self) -> bool;
}

/// Why a callback gets no result.
#[derive(Clone, Debug)]
pub(crate) enum ExchangeError<E> {
    Failed(E),
    /// The code of this transaction was sent before, and its result is no longer in memory.
    AlreadyUsed,
    /// The task ended without a result: it panicked, or the runtime shut down.
    NoResult,
}

/// The result for a callback, from its exchange or from that of an earlier callback.
#[derive(Clone)]
pub(crate) struct Submitted<T, E> {
    pub(crate) result: Result<T, ExchangeError<E>>,
    /// Whether the result was reported to the application, which must happen only once per sign-in.
    reported: Arc<AtomicBool>,
}

impl<T, E> Submitted<T, E> {
    pub(super) fn new(result: Result<T, ExchangeError<E>>) -> Self {
        Self {
            result,
            reported: Arc::default(),
        }
    }

    /// Returns true for the first call only: this caller must report the result.
    pub(crate) fn claim_report(&self) -> bool {
        !self.reported.swap(true, Ordering::SeqCst)
    }
}
