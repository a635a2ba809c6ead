//! Requests that wait until a test lets them go on.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{endpoint::Endpoint, state::SharedState};

/// Keeps the requests to one endpoint waiting until it is released or dropped.
///
/// They are counted when they arrive, and handled when they are released, by the faults and the
/// state of that moment. A client that goes away takes its request along.
#[must_use = "the requests go on when it is dropped"]
pub struct Held {
    state: SharedState,
    gate: Arc<Gate>,
}

impl Held {
    pub(crate) fn new(state: SharedState, endpoint: Endpoint) -> Self {
        let gate = Arc::new(Gate {
            endpoint,
            open: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
        });
        state.holds.lock().push(gate.clone());
        Self { state, gate }
    }

    /// Returns when at least this many requests are waiting.
    pub async fn wait_for(&self, requests: usize) {
        let mut waiting = self.gate.waiting.subscribe();
        // It fails only when the sender is gone, which lives in the gate.
        let _ = waiting.wait_for(|&waiting| waiting >= requests).await;
    }

    /// How many requests are waiting now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        *self.gate.waiting.borrow()
    }

    /// Lets those that wait go on, and those that come.
    pub fn release(self) {
        // Dropping does it.
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut holds = self.state.holds.lock();
        holds.retain(|gate| !Arc::ptr_eq(gate, &self.gate));
        drop(holds);
        self.gate.open.send_replace(true);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("endpoint", &self.gate.endpoint)
            .field("waiting", &self.waiting())
            .finish()
    }
}

/// All that are held.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<Vec<Arc<Gate>>>);

impl Holds {
    /// Returns when nothing holds the endpoint.
    pub(crate) async fn pass(&self, endpoint: Endpoint) {
        while let Some(gate) = self.gate(endpoint) {
            gate.pass().await;
        }
    }

    fn gate(&self, of: Endpoint) -> Option<Arc<Gate>> {
        let gates = self.lock();
        gates.iter().find(|gate| gate.endpoint == of).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Gate {
    endpoint: Endpoint,
    open: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Gate {
    async fn pass(&self) {
        let mut open = self.open.subscribe();
        let _waiting = Waiting::new(&self.waiting);
        // It fails only when the sender is gone, which the caller keeps alive.
        let _ = open.wait_for(|&open| open).await;
    }
}

/// Counts a request for as long as it waits, also when its client gives up.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count = count.saturating_add(1));
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
