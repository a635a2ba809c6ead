//! `TowerSessionsStore`: a store of tower-sessions as the session store of the layer.

use std::fmt;
use std::sync::Arc;

use tower_oidc::{
    BoxFuture, Clock, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord, SystemClock,
};
use tower_sessions_core::SessionStore as Store;

use crate::locked_store::LockedStore;
use crate::record;

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

impl<S: Store> TowerSessionsStore<S> {
    /// Keeps sessions in this store. Its table must exist: call the `migrate` function of a store that has one first.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self {
            locked: Arc::new(LockedStore::new(store)),
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
        Box::pin(async move { locked.delete(record::id(&id)?).await })
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
