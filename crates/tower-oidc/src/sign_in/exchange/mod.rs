//! One code exchange per sign-in. If the browser submits a callback twice, its code is sent once; if the
//! browser leaves, the exchange continues.
//!
//! Anyone can start sign-ins and invent codes, so the memory for a callback is bounded: a task while its token
//! request is in flight, its result for a minute (a single task drops all results of an idle server), and
//! 16 bytes to remember that its transaction was used.

mod kept;
mod submitted;
mod used;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use relying_party::Clock;
use tokio::sync::watch;

use self::kept::KeptResults;
use self::submitted::Id;
pub(crate) use self::submitted::{ExchangeError, ExchangeFailure, Submitted};
use self::used::UsedTransactions;
use crate::format::time::UnixMillis;
use crate::runtime::{self, Instant, Task};

/// The code exchanges of sign-ins. All callbacks of one sign-in get clones of its result `T` or error `E`.
pub(crate) struct Exchanges<T, E> {
    clock: Arc<dyn Clock>,
    state: Mutex<State<T, E>>,
}

type Receiver<T, E> = watch::Receiver<Option<Submitted<T, E>>>;

struct State<T, E> {
    in_flight: HashMap<Id, Receiver<T, E>>,
    kept: KeptResults<T, E>,
    used: UsedTransactions,
    sweeper: Option<Task<()>>,
}

impl<T, E> Exchanges<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: ExchangeFailure,
{
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                in_flight: HashMap::new(),
                kept: KeptResults::default(),
                used: UsedTransactions::default(),
                sweeper: None,
            }),
        }
    }

    /// Returns the result of the exchange named `id`. If one is in flight, or ended within the last minute,
    /// it is that one's result. Otherwise `exchange` runs in a separate task, unless the transaction was
    /// used before.
    ///
    /// If an exchange fails before anything was sent, the callbacks that wait get this error, but it is not
    /// kept: a later callback tries again.
    pub(crate) async fn run(
        self: &Arc<Self>,
        id: Id,
        exchange: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Submitted<T, E> {
        let mut result = match self.look_up(id, exchange) {
            ExchangeLookup::Done(submitted) => return submitted,
            ExchangeLookup::InFlight(result) => result,
        };
        let submitted = match result.wait_for(Option::is_some).await {
            Ok(submitted) => submitted.clone(),
            Err(_) => None,
        };
        submitted.unwrap_or_else(|| Submitted::new(Err(ExchangeError::NoResult)))
    }

    fn look_up(
        self: &Arc<Self>,
        id: Id,
        exchange: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> ExchangeLookup<T, E> {
        let now = self.now();
        let mut state = self.lock();
        if let Some(result) = state.in_flight.get(&id) {
            return ExchangeLookup::InFlight(result.clone());
        }
        if let Some(submitted) = state.kept.find(&id, now) {
            return ExchangeLookup::Done(submitted);
        }
        if state.used.contains(&id) {
            return ExchangeLookup::Done(Submitted::new(Err(ExchangeError::AlreadyUsed)));
        }
        let (sender, result) = watch::channel(None);
        state.in_flight.insert(id, result.clone());
        drop(state);
        // Created outside of the task, so that it is also dropped if the task never runs.
        let mut guard = ExchangeGuard {
            exchanges: Arc::clone(self),
            id,
            submitted: None,
        };
        runtime::spawn(async move {
            let submitted = Submitted::new(exchange.await.map_err(ExchangeError::Failed));
            guard.submitted = Some(submitted.clone());
            drop(guard);
            sender.send_replace(Some(submitted));
        });
        ExchangeLookup::InFlight(result)
    }

    /// How many exchanges are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().in_flight.len()
    }

    /// Waits until the exchanges that are in flight now have ended.
    pub(crate) async fn none_in_flight(&self) {
        let in_flight: Vec<_> = self.lock().in_flight.values().cloned().collect();
        for mut result in in_flight {
            // An error means that the task ended without a result, which is an end too.
            let _ = result.wait_for(Option::is_some).await;
        }
    }

    fn end(self: &Arc<Self>, id: Id, submitted: Option<Submitted<T, E>>) {
        let now = self.now();
        let mut state = self.lock();
        state.in_flight.remove(&id);
        let Some(submitted) = submitted else {
            // The task panicked or was cancelled, perhaps after the code was sent.
            state.used.insert(id, now);
            return;
        };
        if let Err(ExchangeError::Failed(error)) = &submitted.result
            && error.nothing_was_sent()
        {
            return;
        }
        state.used.insert(id, now);
        state.kept.insert(id, now, submitted);
        if state.sweeper.as_ref().is_none_or(Task::is_finished) {
            state.sweeper = Some(runtime::spawn(sweep(Arc::downgrade(self))));
        }
    }

    /// Drops the expired results, and returns when the next one expires. Returns `None` if none is left: the
    /// task that called then ends, and the next result starts another.
    fn sweep(&self) -> Option<Instant> {
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

    fn lock(&self) -> MutexGuard<'_, State<T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum ExchangeLookup<T, E> {
    Done(Submitted<T, E>),
    InFlight(Receiver<T, E>),
}

/// When it is dropped, the exchange is no longer in flight, even if it panicked or its task never started.
struct ExchangeGuard<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: ExchangeFailure,
{
    exchanges: Arc<Exchanges<T, E>>,
    id: Id,
    submitted: Option<Submitted<T, E>>,
}

impl<T, E> Drop for ExchangeGuard<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: ExchangeFailure,
{
    fn drop(&mut self) {
        self.exchanges.end(self.id, self.submitted.take());
    }
}

/// Drops results when they expire. Otherwise an idle server would keep their tokens until the next sign-in.
async fn sweep<T, E>(exchanges: Weak<Exchanges<T, E>>)
where
    T: Clone + Send + Sync + 'static,
    E: ExchangeFailure,
{
    while let Some(next) = exchanges.upgrade().and_then(|exchanges| exchanges.sweep()) {
        runtime::sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests;
