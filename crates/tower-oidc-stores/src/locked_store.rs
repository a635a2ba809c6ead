//! A store of tower-sessions whose sessions change one step at a time.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tower_oidc::{SaveOutcome, SaveRequest, StoreError, StoredRecord};
use tower_sessions_core::SessionStore as Store;
use tower_sessions_core::session::{Id, Record};

use crate::{failure, record, runtime};

/// Enough that sessions which share a lock by chance rarely wait for each other, in 16 kB of memory.
const LOCKS: usize = 256;

/// How many deletions may wait for a slow database without anybody waiting for them, at about a kilobyte each.
const DELETIONS: usize = 1000;

/// Their trait cannot compare and write in one step, so this instance does not do it twice at the same time for one
/// session.
///
/// A write that was sent to a database may be executed at any later time, even if its caller gives it up. So the lock stays with
/// the write until the database has answered: an earlier write is never executed after a later one.
pub(crate) struct LockedStore<S> {
    store: S,
    /// A write in the background holds one of them, so there are never more of those than locks.
    locks: [Arc<Mutex<()>>; LOCKS],
    deletions: Arc<Semaphore>,
}

impl<S: Store> LockedStore<S> {
    pub(crate) fn new(store: S) -> Self {
        Self {
            store,
            locks: std::array::from_fn(|_| Arc::default()),
            deletions: Arc::new(Semaphore::new(DELETIONS)),
        }
    }

    async fn lock(&self, id: Id) -> Option<OwnedMutexGuard<()>> {
        let [byte, ..] = id.0.to_le_bytes();
        let lock = self.locks.get(usize::from(byte))?;
        Some(Arc::clone(lock).lock_owned().await)
    }

    pub(crate) async fn load(
        &self,
        id: Id,
        now: SystemTime,
    ) -> Result<Option<StoredRecord>, StoreError> {
        let found = self.store.load(&id).await;
        match found.map_err(|error| failure::of(id, error))? {
            Some(found) => record::read(id, found, now),
            None => Ok(None),
        }
    }

    /// Saves a record over the version that is expected. A save that waits for another one ends with its caller.
    pub(crate) async fn save(
        self: Arc<Self>,
        request: SaveRequest,
        now: SystemTime,
    ) -> Result<SaveOutcome, StoreError> {
        let id = record::id(&request.id)?;
        let record = record::of(id, &request, now)?;
        let guard = self.lock(id).await;
        runtime::complete(async move {
            let _guard = guard;
            runtime::answer(self.replace(request.expected_version, record, now)).await
        })
        .await
    }

    async fn replace(
        &self,
        expected_version: Option<u64>,
        record: Record,
        now: SystemTime,
    ) -> Result<SaveOutcome, StoreError> {
        let id = record.id;
        let stored = self.load(id, now).await?.map(|record| record.version);
        if stored != expected_version {
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
            self.remove(other).await?;
            // Either another instance was faster, or the old record has expired and is still in the table.
            if self.load(id, now).await?.is_some() {
                return Ok(SaveOutcome::Conflict);
            }
            self.remove(id).await?;
        }
        Ok(SaveOutcome::Conflict)
    }

    /// Deletes a record, after a save that has compared already, so that the record does not come back.
    ///
    /// Nobody repeats a deletion, so it also waits for that save if its caller does not.
    pub(crate) async fn delete(self: Arc<Self>, id: Id) -> Result<(), StoreError> {
        let place = Arc::clone(&self.deletions).acquire_owned().await;
        runtime::complete(async move {
            let _place = place;
            let _guard = self.lock(id).await;
            runtime::answer(self.remove(id)).await
        })
        .await
    }

    async fn remove(&self, id: Id) -> Result<(), StoreError> {
        let removed = self.store.delete(&id).await;
        removed.map_err(|error| failure::of(id, error))
    }
}
