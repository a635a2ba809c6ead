//! A store of revocations in memory, which fails as a test says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tower_oidc::{BoxFuture, MemoryStore, Revocation, RevocationStore, StoreError};

use crate::{Gate, TestClock};

/// What the store does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// It returns an error.
    Fails,
    /// It waits at its gate, and then returns an error.
    Hangs,
    /// It panics.
    Panics,
    /// It answers for one key less than it is asked.
    AnswersLess,
}

/// The store of several instances; clones are the same one.
#[derive(Clone, Debug)]
pub struct FaultyStore {
    store: MemoryStore,
    state: Arc<Mutex<State>>,
    gate: Gate,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<StoreFault>,
    questions: usize,
    writes: usize,
}

impl FaultyStore {
    /// An empty store without a fault.
    pub fn new(clock: &TestClock) -> Self {
        Self {
            store: MemoryStore::new().clock(clock.clone()),
            state: Arc::default(),
            gate: Gate::new(),
        }
    }

    /// From now on it has this fault, or none.
    pub fn set(&self, fault: impl Into<Option<StoreFault>>) {
        self.state().fault = fault.into();
    }

    /// How often it was asked about a session.
    pub fn questions(&self) -> usize {
        self.state().questions
    }

    /// How often it was given a revocation, whether or not it took it.
    pub fn writes(&self) -> usize {
        self.state().writes
    }

    /// Where calls wait while the store hangs.
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faulty<T: Send + 'static>(&self, fault: StoreFault) -> BoxFuture<Result<T, StoreError>> {
        let error = StoreError::new("the store is down for this test");
        let gate = self.gate.clone();
        Box::pin(async move {
            match fault {
                StoreFault::Hangs => gate.pass().await,
                StoreFault::Panics => panic!("for this test"),
                StoreFault::Fails | StoreFault::AnswersLess => {}
            }
            Err(error)
        })
    }
}

impl RevocationStore for FaultyStore {
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
        let fault = {
            let mut state = self.state();
            state.writes += 1;
            state.fault
        };
        match fault {
            None => self.store.revoke(revocation),
            Some(fault) => self.faulty(fault),
        }
    }

    fn find(&self, mut keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
        let fault = {
            let mut state = self.state();
            state.questions += 1;
            state.fault
        };
        match fault {
            None => self.store.find(keys),
            Some(StoreFault::AnswersLess) => {
                keys.pop();
                self.store.find(keys)
            }
            Some(fault) => self.faulty(fault),
        }
    }
}
