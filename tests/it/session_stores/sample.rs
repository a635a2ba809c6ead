//! A store of tower-sessions in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use tokio::task::yield_now;
use tower_oidc_tests::Gate;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error, Result};

/// Like the store for Redis, it creates records with `create` alone, unless it is [`like_sql`](Self::like_sql). Like
/// a database, it lets other tasks run before it answers. It returns records whose time is over, unless they are
/// hidden.
#[derive(Clone, Debug, Default)]
pub(super) struct SampleStore {
    records: Arc<Mutex<HashMap<Id, Record>>>,
    error: Arc<Mutex<Option<&'static str>>>,
    hidden: Arc<Mutex<bool>>,
    saves_what_is_new: bool,
}

impl SampleStore {
    /// Its `save` creates records too.
    pub(super) fn like_sql() -> Self {
        Self {
            saves_what_is_new: true,
            ..Self::default()
        }
    }

    pub(super) fn records(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.records.lock().expect("no panic before")
    }

    /// Answers everything with this error from now on, or works again.
    pub(super) fn fail(&self, error: Option<&'static str>) {
        *self.error.lock().expect("no panic before") = error;
    }

    /// Loads nothing from now on, as an SQL table that still has the rows of records that have expired.
    pub(super) fn hide(&self) {
        *self.hidden.lock().expect("no panic before") = true;
    }

    async fn answer(&self) -> Result<()> {
        yield_now().await;
        let error = *self.error.lock().expect("no panic before");
        error.map_or(Ok(()), |text| Err(Error::Backend(text.to_owned())))
    }
}

#[async_trait]
impl SessionStore for SampleStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.answer().await?;
        while self.records().contains_key(&record.id) {
            record.id = Id(record.id.0.wrapping_add(1));
        }
        self.records().insert(record.id, record.clone());
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.answer().await?;
        let mut records = self.records();
        if self.saves_what_is_new || records.contains_key(&record.id) {
            records.insert(record.id, record.clone());
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.answer().await?;
        let is_hidden = *self.hidden.lock().expect("no panic before");
        Ok(self.records().get(id).filter(|_| !is_hidden).cloned())
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.answer().await?;
        self.records().remove(id);
        Ok(())
    }
}

/// A store whose `save` waits at a gate, when the version has been compared already. Like a database, it also executes
/// what nobody waits for any more.
#[derive(Clone, Debug)]
pub(super) struct SlowSave<S>(pub(super) S, pub(super) Gate);

#[async_trait]
impl<S: SessionStore + Clone> SessionStore for SlowSave<S> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (Self(store, gate), record) = (self.clone(), record.clone());
        let executed = tokio::spawn(async move {
            gate.pass().await;
            store.save(&record).await
        });
        executed.await.expect("no panic")
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete(id).await
    }
}
