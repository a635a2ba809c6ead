//! `TowerSessionsStore`: a store of tower-sessions as the session store of the layer.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::{Mutex, MutexGuard};
use tower_oidc::{
    BoxFuture, Clock, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord, SystemClock,
};
use tower_sessions_core::SessionStore as Store;
use tower_sessions_core::session::{Id, Record};

use crate::{failure, record};

/// Enough that sessions which share a lock by chance rarely wait for each other, in 16 kB of memory.
const LOCKS: usize = 256;

/// Keeps sessions in a store of [tower-sessions](https://docs.rs/tower-sessions), such as `PostgresStore` and
/// `SqliteStore` of `tower-sessions-sqlx-store`.
///
/// Give it to [`session_store`](tower_oidc::AuthLayerBuilder::session_store). Cloning is cheap. Give the store a table
/// that no other program uses; expired records stay there until you
/// [delete them](crate#expired-sessions).
///
/// Two requests that change one session at the same time lose nothing if they are on the same instance and use clones
/// of one `TowerSessionsStore`. On different instances, the later one can undo the change of the earlier one; see
/// [the crate's documentation](crate#several-instances).
///
/// ```
/// use tower_oidc::AuthLayerBuilder;
/// use tower_oidc_stores::TowerSessionsStore;
///
/// /// `store` is a `PostgresStore`, a `SqliteStore` …
/// fn with_sessions(
///     auth: AuthLayerBuilder,
///     store: impl tower_sessions_core::SessionStore,
/// ) -> AuthLayerBuilder {
///     auth.session_store(TowerSessionsStore::new(store))
/// }
/// ```
pub struct TowerSessionsStore<S> {
    locked: Arc<LockedStore<S>>,
    clock: Arc<dyn Clock>,
}

struct LockedStore<S> {
    store: S,
    /// Their trait cannot compare and write in one step, so this instance does not do it twice at the same time for
    /// one session.
    locks: [Mutex<()>; LOCKS],
}

impl<S: Store> TowerSessionsStore<S> {
    /// Keeps sessions in this store. Its table must exist: call the `migrate` function of a store that has one first.
    #[must_use]
    pub fn new(store: S) -> Self {
        let locks = std::array::from_fn(|_| Mutex::new(()));
        Self {
            locked: Arc::new(LockedStore { store, locks }),
            clock: Arc::new(SystemClock),
        }
    }

    /// Uses another clock than the system's, for tests. The store's own look at the time does not follow it.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl<S: Store> LockedStore<S> {
    async fn lock(&self, id: Id) -> Option<MutexGuard<'_, ()>> {
        let [byte, ..] = id.0.to_le_bytes();
        Some(self.locks.get(usize::from(byte))?.lock().await)
    }

    async fn load(&self, id: Id, now: SystemTime) -> Result<Option<StoredRecord>, StoreError> {
        let found = self.store.load(&id).await;
        match found.map_err(|error| failure::of(id, error))? {
            Some(found) => record::read(id, found, now),
            None => Ok(None),
        }
    }

    async fn save(&self, request: SaveRequest, now: SystemTime) -> Result<SaveOutcome, StoreError> {
        let id = record::id(&request.id)?;
        let record = record::of(id, &request, now)?;
        let _guard = self.lock(id).await;
        let stored = self.load(id, now).await?.map(|record| record.version);
        if stored != request.expected_version {
            return Ok(SaveOutcome::Conflict);
        }
        if stored.is_none() {
            return self.create(record, now).await;
        }
        let saved = self.store.save(&record).await;
        saved.map_err(|error| failure::of(id, error))?;
        Ok(SaveOutcome::Saved)
    }

    /// Creates a record. Not every store does so with `save`, and `create` chooses another id if this one is taken.
    async fn create(&self, mut record: Record, now: SystemTime) -> Result<SaveOutcome, StoreError> {
        let id = record.id;
        for _ in 0..2 {
            let created = self.store.create(&mut record).await;
            created.map_err(|error| failure::of(id, error))?;
            if record.id == id {
                return Ok(SaveOutcome::Saved);
            }
            let other = std::mem::replace(&mut record.id, id);
            self.delete(other).await?;
            // Either another instance was faster, or the old record has expired and is still in the table.
            if self.load(id, now).await?.is_some() {
                return Ok(SaveOutcome::Conflict);
            }
            self.delete(id).await?;
        }
        Ok(SaveOutcome::Conflict)
    }

    async fn delete(&self, id: Id) -> Result<(), StoreError> {
        let deleted = self.store.delete(&id).await;
        deleted.map_err(|error| failure::of(id, error))
    }
}

impl<S: Store> SessionStore for TowerSessionsStore<S> {
    fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>> {
        let (locked, now) = (Arc::clone(&self.locked), self.clock.now());
        Box::pin(async move { locked.load(record::id(&id)?, now).await })
    }

    fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>> {
        let (locked, now) = (Arc::clone(&self.locked), self.clock.now());
        Box::pin(async move { locked.save(request, now).await })
    }

    fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>> {
        let locked = Arc::clone(&self.locked);
        Box::pin(async move {
            let id = record::id(&id)?;
            // After a save that has compared already, so that the record does not come back.
            let _guard = locked.lock(id).await;
            locked.delete(id).await
        })
    }
}

impl<S> Clone for TowerSessionsStore<S> {
    fn clone(&self) -> Self {
        Self {
            locked: Arc::clone(&self.locked),
            clock: Arc::clone(&self.clock),
        }
    }
}

/// Shows nothing of the store: the `Debug` of its connection can contain a password.
impl<S> fmt::Debug for TowerSessionsStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerSessionsStore").finish_non_exhaustive()
    }
}
