//! One code exchange per sign-in: a callback that the browser submits twice sends its code once, and a
//! browser that leaves does not cancel it.
//!
//! Anybody can begin sign-ins and make up codes, so what a callback leaves behind is bounded: a task
//! while its token request is under way, its result for a minute (one task drops those of an idle
//! server, however many there are), and 16 bytes that say that its transaction was used.

mod kept;
mod used;

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use relying_party::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::kept::KeptResults;
use self::used::UsedTransactions;
use crate::format::time::UnixMillis;
use crate::hooks::Denial;
use crate::session::Session;

/// A transaction's, from its state.
type Id = [u8; 16];

/// The result of a sign-in; shared by all its callbacks.
pub(crate) type Exchanged = Result<Arc<Session>, ExchangeError>;

#[derive(Clone)]
pub(crate) enum ExchangeError {
    RelyingParty(relying_party::Error),
    /// The provider's end of the session has passed, or cannot be read.
    SessionExpiry,
    /// The application does not admit the user.
    Denied(Denial),
    /// A hook of the application's failed.
    HookFailed,
    /// The code of this transaction was sent before, and its result is not kept any more.
    AlreadyUsed,
    /// No random bytes, or a task that ended without a result.
    Internal,
}

impl ExchangeError {
    /// Whether it is sure that no byte of a token request was sent, so that the same code may be
    /// tried again.
    pub(crate) fn nothing_was_sent(&self) -> bool {
        match self {
            Self::RelyingParty(error) => !error.may_have_been_sent(),
            Self::SessionExpiry
            | Self::Denied(_)
            | Self::HookFailed
            | Self::AlreadyUsed
            | Self::Internal => false,
        }
    }
}

impl From<relying_party::Error> for ExchangeError {
    fn from(error: relying_party::Error) -> Self {
        Self::RelyingParty(error)
    }
}

/// What a callback gets: the result of its own exchange, or of an earlier callback's.
#[derive(Clone)]
pub(crate) struct Submitted {
    pub(crate) result: Exchanged,
    /// Whether the result was reported to the application; a second submit is no second sign-in.
    reported: Arc<AtomicBool>,
}

impl Submitted {
    fn new(result: Exchanged) -> Self {
        Self {
            result,
            reported: Arc::default(),
        }
    }

    /// Whether the caller is the first of those who ask, and is therefore to report the result.
    pub(crate) fn claim_report(&self) -> bool {
        !self.reported.swap(true, Ordering::SeqCst)
    }
}

pub(crate) struct Exchanges {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_flight: HashMap<Id, watch::Receiver<Option<Submitted>>>,
    kept: KeptResults,
    used: UsedTransactions,
    sweeper: Option<JoinHandle<()>>,
}

impl Exchanges {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// The result of the exchange named `id`: of the one that is in flight or ended within the last
    /// minute, or else of `exchange`, which then runs in a task of its own. `exchange` is dropped
    /// unused if the transaction was used before.
    ///
    /// A result that says that nothing was sent is given to those who wait for it, and forgotten.
    pub(crate) async fn run(
        self: &Arc<Self>,
        id: Id,
        exchange: impl Future<Output = Exchanged> + Send + 'static,
    ) -> Submitted {
        let mut result = match self.look_up(id, exchange) {
            Lookup::Done(submitted) => return submitted,
            Lookup::InFlight(result) => result,
        };
        let submitted = match result.wait_for(Option::is_some).await {
            Ok(submitted) => submitted.clone(),
            Err(_) => None,
        };
        submitted.unwrap_or_else(|| Submitted::new(Err(ExchangeError::Internal)))
    }

    fn look_up(
        self: &Arc<Self>,
        id: Id,
        exchange: impl Future<Output = Exchanged> + Send + 'static,
    ) -> Lookup {
        let now = self.now();
        let mut state = self.lock();
        if let Some(result) = state.in_flight.get(&id) {
            return Lookup::InFlight(result.clone());
        }
        if let Some(submitted) = state.kept.find(&id, now) {
            return Lookup::Done(submitted);
        }
        if state.used.contains(&id) {
            return Lookup::Done(Submitted::new(Err(ExchangeError::AlreadyUsed)));
        }
        let (sender, result) = watch::channel(None);
        state.in_flight.insert(id, result.clone());
        drop(state);
        // Made here, not in the task, so that it ends the flight of a task that never runs, too.
        let mut flight = InFlightGuard {
            exchanges: Arc::clone(self),
            id,
            submitted: None,
        };
        tokio::spawn(async move {
            let submitted = Submitted::new(exchange.await);
            flight.submitted = Some(submitted.clone());
            drop(flight);
            sender.send_replace(Some(submitted));
        });
        Lookup::InFlight(result)
    }

    /// How many are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().in_flight.len()
    }

    /// Returns when those that are in flight now have ended.
    pub(crate) async fn none_in_flight(&self) {
        let in_flight: Vec<_> = self.lock().in_flight.values().cloned().collect();
        for mut result in in_flight {
            // An error is a task that ended without a result.
            let _ = result.wait_for(Option::is_some).await;
        }
    }

    fn end(self: &Arc<Self>, id: Id, submitted: Option<Submitted>) {
        let now = self.now();
        let mut state = self.lock();
        state.in_flight.remove(&id);
        let Some(submitted) = submitted else {
            // It panicked, perhaps after the code was sent.
            state.used.insert(id, now);
            return;
        };
        let is_unsent = submitted
            .result
            .as_ref()
            .is_err_and(ExchangeError::nothing_was_sent);
        if is_unsent {
            return;
        }
        state.used.insert(id, now);
        state.kept.insert(id, now, submitted);
        if state.sweeper.as_ref().is_none_or(JoinHandle::is_finished) {
            state.sweeper = Some(tokio::spawn(sweep(Arc::downgrade(self))));
        }
    }

    /// When the next result is to be dropped. `None` if none is left; the task that asked then ends,
    /// and the next result begins another.
    fn sweep(&self) -> Option<tokio::time::Instant> {
        let mut state = self.lock();
        let next = state.kept.drop_expired();
        if next.is_none() {
            state.sweeper = None;
        }
        next
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Lookup {
    Done(Submitted),
    InFlight(watch::Receiver<Option<Submitted>>),
}

/// Ends a flight when it is dropped.
struct InFlightGuard {
    exchanges: Arc<Exchanges>,
    id: Id,
    submitted: Option<Submitted>,
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.exchanges.end(self.id, self.submitted.take());
    }
}

/// An idle server must not keep tokens until the next sign-in.
async fn sweep(exchanges: Weak<Exchanges>) {
    while let Some(next) = exchanges.upgrade().and_then(|exchanges| exchanges.sweep()) {
        tokio::time::sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests;
