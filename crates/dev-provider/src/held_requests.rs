//! Requests that wait until a test lets them continue.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::endpoint::Endpoint;

/// Keeps the requests to one endpoint waiting until it is released or dropped.
///
/// Requests are counted when they arrive. They are handled when they are released, with the faults
/// and the state of that moment. If the client closes its connection, its request no longer waits.
///
/// [`DevProvider::hold`](crate::DevProvider::hold) creates it.
#[must_use = "the requests continue when it is dropped"]
pub struct HeldRequests {
    gates: Arc<Gates>,
    gate: Arc<Gate>,
}

impl HeldRequests {
    pub(crate) fn new(gates: Arc<Gates>, endpoint: Endpoint) -> Self {
        let gate = Arc::new(Gate {
            endpoint,
            open: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
        });
        gates.lock().push(gate.clone());
        Self { gates, gate }
    }

    /// Waits until at least this number of requests are waiting.
    pub async fn wait_for(&self, requests: usize) {
        let mut waiting = self.gate.waiting.subscribe();
        // It fails only if the sender is dropped, and `self` owns it.
        let _ = waiting.wait_for(|&waiting| waiting >= requests).await;
    }

    /// Returns how many requests are waiting now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        *self.gate.waiting.borrow()
    }

    /// Lets the waiting requests continue. Later requests do not wait.
    pub fn release(self) {
        // `drop` does it.
    }
}

impl Drop for HeldRequests {
    fn drop(&mut self) {
        let mut gates = self.gates.lock();
        gates.retain(|gate| !Arc::ptr_eq(gate, &self.gate));
        drop(gates);
        self.gate.open.send_replace(true);
    }
}

impl fmt::Debug for HeldRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldRequests")
            .field("endpoint", &self.gate.endpoint)
            .field("waiting", &self.waiting())
            .finish()
    }
}

/// All closed gates.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<Vec<Arc<Gate>>>);

impl Gates {
    /// Waits until no gate holds requests to this endpoint.
    pub(crate) async fn pass(&self, endpoint: Endpoint) {
        while let Some(gate) = self.gate(endpoint) {
            gate.pass().await;
        }
    }

    fn gate(&self, endpoint: Endpoint) -> Option<Arc<Gate>> {
        let gates = self.lock();
        gates.iter().find(|gate| gate.endpoint == endpoint).cloned()
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
        let _waiting = WaitingRequest::new(&self.waiting);
        // It fails only if the sender is dropped, and the caller owns the gate.
        let _ = open.wait_for(|&open| open).await;
    }
}

/// Counts a request for as long as it waits, even if its client closes the connection.
struct WaitingRequest<'a>(&'a watch::Sender<usize>);

impl<'a> WaitingRequest<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count = count.saturating_add(1));
        Self(count)
    }
}

impl Drop for WaitingRequest<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
