//! A store of sessions in memory, which counts its calls, can be copied, and fails as a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tower_oidc::{
    BoxFuture, MemoryStore, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord,
};

use crate::{Gate, TestClock};

/// What the store does instead of its work.
#[derive(Clone, Debug)]
pub enum SessionStoreFault {
    /// It returns an error.
    Fails,
    /// It never answers; [`hung`](FaultySessionStore::hung) tells when it was called.
    Hangs,
    /// It panics while it works.
    Panics,
    /// It panics when it is called.
    PanicsAtOnce,
    /// It loads and deletes, and has no room to save.
    IsFull,
    /// It returns this record, whatever it is asked for.
    Returns(StoredRecord),
    /// It says so many times that another request was faster.
    Conflicts(usize),
}

/// How often the store was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods of `SessionStore`")]
pub struct StoreCalls {
    pub loads: usize,
    pub saves: usize,
    pub deletes: usize,
}

/// The store of several instances; clones are the same one.
#[derive(Clone, Debug)]
pub struct FaultySessionStore {
    store: MemoryStore,
    state: Arc<Mutex<State>>,
    hanging: Gate,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<SessionStoreFault>,
    calls: StoreCalls,
    records: BTreeMap<String, StoredRecord>,
    kept_for: Option<Duration>,
    save_gate: Option<Gate>,
}

impl FaultySessionStore {
    /// An empty store without a fault.
    pub fn new(clock: &TestClock) -> Self {
        Self {
            store: MemoryStore::new().clock(clock.clone()),
            state: Arc::default(),
            hanging: Gate::new(),
        }
    }

    /// From now on it has this fault, or none.
    pub fn set(&self, fault: impl Into<Option<SessionStoreFault>>) {
        self.state().fault = fault.into();
    }

    /// The calls since this was last asked, whether or not they succeeded.
    pub fn take_calls(&self) -> StoreCalls {
        std::mem::take(&mut self.state().calls)
    }

    /// A copy of everything that it holds, by id.
    pub fn records(&self) -> BTreeMap<String, StoredRecord> {
        self.state().records.clone()
    }

    /// How long the record that was saved last is kept.
    pub fn kept_for(&self) -> Option<Duration> {
        self.state().kept_for
    }

    /// From now on each save waits at the returned gate before it begins.
    pub fn hold_saves(&self) -> Gate {
        let gate = Gate::new();
        self.state().save_gate = Some(gate.clone());
        gate
    }

    /// Saves do not wait any more.
    pub fn release_saves(&self) {
        self.state().save_gate = None;
    }

    /// Waits until a call hangs.
    pub async fn hung(&self) {
        self.hanging.entered().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and returns the fault.
    fn called(&self, count: impl FnOnce(&mut StoreCalls)) -> Option<SessionStoreFault> {
        let mut state = self.state();
        count(&mut state.calls);
        state.fault.clone()
    }

    async fn save_now(self, request: SaveRequest) -> Result<SaveOutcome, StoreError> {
        let gate = self.state().save_gate.clone();
        if let Some(gate) = gate {
            gate.pass().await;
        }
        let (id, kept_for) = (request.id.clone(), request.keep_for);
        let record = StoredRecord::new(request.version, request.value.clone());
        let outcome = self.store.save(request).await?;
        if outcome == SaveOutcome::Saved {
            let mut state = self.state();
            state.records.insert(id, record);
            state.kept_for = Some(kept_for);
        }
        Ok(outcome)
    }

    /// What a store with this fault answers, if it answers everything so.
    fn faulty<T: Send + 'static>(
        &self,
        fault: &SessionStoreFault,
    ) -> Option<BoxFuture<Result<T, StoreError>>> {
        let error = StoreError::new("the store is down for this test");
        let gate = self.hanging.clone();
        Some(match fault {
            SessionStoreFault::Fails => Box::pin(async { Err(error) }),
            SessionStoreFault::Hangs => Box::pin(async move {
                gate.pass().await;
                Err(error)
            }),
            SessionStoreFault::Panics => Box::pin(async { panic!("for this test") }),
            SessionStoreFault::PanicsAtOnce => panic!("for this test"),
            _ => return None,
        })
    }
}

impl SessionStore for FaultySessionStore {
    fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>> {
        let fault = self.called(|calls| calls.loads += 1);
        if let Some(SessionStoreFault::Returns(record)) = fault {
            return Box::pin(async { Ok(Some(record)) });
        }
        let answer = fault.as_ref().and_then(|fault| self.faulty(fault));
        answer.unwrap_or_else(|| self.store.load(id))
    }

    fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>> {
        let fault = self.called(|calls| calls.saves += 1);
        match fault {
            Some(SessionStoreFault::Conflicts(0)) | None => {}
            Some(SessionStoreFault::Conflicts(left)) => {
                self.set(SessionStoreFault::Conflicts(left - 1));
                return Box::pin(async { Ok(SaveOutcome::Conflict) });
            }
            Some(SessionStoreFault::IsFull) => {
                return Box::pin(async { Err(StoreError::new("no space is left")) });
            }
            Some(fault) => {
                if let Some(answer) = self.faulty(&fault) {
                    return answer;
                }
            }
        }
        Box::pin(self.clone().save_now(request))
    }

    fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>> {
        let fault = self.called(|calls| calls.deletes += 1);
        if let Some(answer) = fault.as_ref().and_then(|fault| self.faulty(fault)) {
            return answer;
        }
        self.state().records.remove(&id);
        self.store.delete(id)
    }
}
