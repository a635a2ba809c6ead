//! `MemoryStore`: a store for one instance, and for tests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relying_party::{BoxFuture, Clock, SystemClock};

use super::memory_records::{MemoryRecords, RecordTooLarge};
use super::{
    Revocation, RevocationStore, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord,
};
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;

/// The default number of sessions, and of revocations.
const DEFAULT_CAPACITY: usize = 100_000;

/// The default room for sessions: a quarter of the memory of a small instance. It holds 100,000 sessions of 2,400 bytes,
/// or 180 of the largest, which have 1.4 MiB.
const DEFAULT_MAX_BYTES: usize = 256 * 1024 * 1024;

/// A [`SessionStore`] and a [`RevocationStore`] in the memory of this instance, for an application that runs as one
/// instance, and for tests. Its content is lost when the process stops: the users whose sessions it holds then have
/// to sign in again, and a copied cookie of a session that was signed out works again. Two instances would not see
/// each other's sessions.
///
/// Cloning is cheap; clones share their content.
///
/// ```
/// # #[cfg(feature = "hyper-client")]
/// # fn main() -> Result<(), tower_oidc::ConfigError> {
/// use tower_oidc::{AuthLayer, MemoryStore, Provider};
///
/// let store = MemoryStore::new();
/// let auth = AuthLayer::builder()
///     .provider(Provider::new("https://id.example.com", "client-id").client_secret("…"))
///     .base_url("https://shop.example.com")
///     .cookie_secret("xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA")
///     .session_store(store.clone())
///     .revocation_store(store)
///     .build()?;
/// # let _ = auth;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "hyper-client"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
    clock: Arc<dyn Clock>,
}

struct Content {
    records: MemoryRecords,
    revocations: ExpiringMap<Arc<str>, u64>,
}

impl MemoryStore {
    /// An empty store for at most 100,000 sessions of at most 256 MiB together, and for as many revocations. When it is
    /// full, the sessions that would expire first make room, and a further revocation is refused: the layer logs it, and
    /// keeps it until there is room.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// An empty store for at most this many sessions, and as many revocations. A revocation takes about 200 bytes.
    ///
    /// A revocation is kept for as long as a session may live, a week by default, so make room for all sign-outs of that
    /// time. With [`frontchannel_logout_path`](crate::AuthLayerBuilder::frontchannel_logout_path), add 16,384 for the
    /// entries that anyone can make.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let content = Content {
            records: MemoryRecords::new(capacity, DEFAULT_MAX_BYTES),
            revocations: ExpiringMap::new(capacity),
        };
        Self {
            content: Arc::new(Mutex::new(content)),
            clock: Arc::new(SystemClock),
        }
    }

    /// Limits the memory that all sessions take together, this store and its clones being one. Default: 256 MiB, a
    /// quarter of the memory of a small instance.
    ///
    /// Most sessions in a store are larger than the 14,000 bytes that fit into cookies, and none is larger than about
    /// 1.4 MiB. One that is larger than the limit is refused.
    #[must_use]
    pub fn max_bytes(self, bytes: usize) -> Self {
        self.content().records.max_bytes = bytes;
        self
    }

    /// Uses another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_now(&self, request: SaveRequest) -> Result<SaveOutcome, StoreError> {
        let now = self.now();
        let records = &mut self.content().records;
        let stored = records.get(&request.id, now).map(|record| record.version);
        if stored != request.expected_version {
            return Ok(SaveOutcome::Conflict);
        }
        let record = StoredRecord::new(request.version, request.value);
        match records.insert(request.id, record, now, request.keep_for) {
            Ok(()) => Ok(SaveOutcome::Saved),
            Err(RecordTooLarge) => Err(StoreError::new(
                "a session is larger than MemoryStore::max_bytes",
            )),
        }
    }

    fn revoke_now(&self, revocation: Revocation) -> Result<bool, StoreError> {
        let now = self.now();
        let revocations = &mut self.content().revocations;
        let known = revocations.get(&*revocation.key, now).copied();
        // An older one that made room would let copied cookies pass again.
        if known.is_none() && !revocations.has_room(now) {
            return Err(StoreError::new(
                "it is full: raise MemoryStore::with_capacity",
            ));
        }
        let time = revocation.time.max(known.unwrap_or_default());
        let keep_for = revocations
            .rest(&*revocation.key, now)
            .max(revocation.keep_for);
        revocations.insert(revocation.key.into(), time, now, keep_for);
        Ok(known.is_none_or(|known| known < time))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionStore for MemoryStore {
    fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>> {
        let found = self.content().records.get(&id, self.now()).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>> {
        let outcome = self.save_now(request);
        Box::pin(async move { outcome })
    }

    fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>> {
        self.content().records.remove(&id);
        Box::pin(async { Ok(()) })
    }
}

impl RevocationStore for MemoryStore {
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
        let is_new = self.revoke_now(revocation);
        Box::pin(async move { is_new })
    }

    fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
        let now = self.now();
        let content = self.content();
        let found = keys
            .iter()
            .map(|key| content.revocations.get(&**key, now).copied())
            .collect();
        drop(content);
        Box::pin(async move { Ok(found) })
    }
}

/// Shows how much it holds, and nothing of what it is.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content();
        f.debug_struct("MemoryStore")
            .field("sessions", &content.records.len())
            .field("session_bytes", &content.records.bytes())
            .field("revocations", &content.revocations.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::format::manual_clock::ManualClock;

    const HOUR: Duration = Duration::from_secs(3600);

    async fn save(store: &MemoryStore, id: &str, expected: Option<u64>) -> SaveOutcome {
        let request = SaveRequest::new(id, expected, "record", HOUR);
        store.save(request).await.unwrap()
    }

    async fn version(store: &MemoryStore, id: &str) -> Option<u64> {
        let record = store.load(id.to_owned()).await.unwrap();
        record.map(|record| record.version)
    }

    async fn times(store: &MemoryStore, keys: &[&str]) -> Vec<Option<u64>> {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        store.find(keys).await.unwrap()
    }

    #[tokio::test]
    async fn a_record_is_saved_only_over_the_version_that_is_expected() {
        let store = MemoryStore::new();

        assert_eq!(save(&store, "a", Some(1)).await, SaveOutcome::Conflict);
        assert_eq!(save(&store, "a", None).await, SaveOutcome::Saved);
        assert_eq!(save(&store, "a", None).await, SaveOutcome::Conflict);
        assert_eq!(save(&store, "a", Some(1)).await, SaveOutcome::Saved);
        assert_eq!(save(&store, "a", Some(1)).await, SaveOutcome::Conflict);
        assert_eq!(version(&store, "a").await, Some(2));
        store.delete("a".to_owned()).await.unwrap();
        assert_eq!(version(&store, "a").await, None);
        assert_eq!(save(&store, "a", Some(2)).await, SaveOutcome::Conflict);
    }

    #[tokio::test]
    async fn entries_expire_and_the_ones_that_expire_first_make_room() {
        let clock = Arc::new(ManualClock::at(UnixMillis(1_795_000_000_000)));
        let mut store = MemoryStore::with_capacity(2);
        store.clock = Arc::<ManualClock>::clone(&clock);
        for id in ["a", "b", "c"] {
            assert_eq!(save(&store, id, None).await, SaveOutcome::Saved);
            clock.advance(Duration::from_secs(1));
        }

        assert_eq!(version(&store, "a").await, None);
        assert_eq!(version(&store, "b").await, Some(1));
        clock.advance(HOUR - Duration::from_secs(2));
        assert_eq!(version(&store, "b").await, None);
        assert_eq!(version(&store, "c").await, Some(1));
    }

    #[tokio::test]
    async fn sessions_beyond_the_limit_in_bytes_make_room_and_revocations_stay() {
        let store = MemoryStore::new().max_bytes(10_000);
        store.revoke(Revocation::new("a", 1, HOUR)).await.unwrap();
        for number in 0..100_u64 {
            let keep_for = HOUR + Duration::from_secs(number);
            let record = vec![b'r'; 2_000];
            let request = SaveRequest::new(number.to_string(), None, record, keep_for);
            assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);
        }

        assert_eq!(version(&store, "99").await, Some(1));
        assert_eq!(version(&store, "95").await, None);
        assert_eq!(times(&store, &["a"]).await, [Some(1)]);
        let too_large = SaveRequest::new("large", None, vec![b'r'; 10_000], HOUR);
        let error = store.save(too_large).await.unwrap_err().to_string();
        assert!(error.contains("max_bytes"), "{error}");
        assert_eq!(version(&store, "99").await, Some(1));
    }

    #[tokio::test]
    async fn of_two_revocations_the_later_time_and_the_later_end_count() {
        let clock = Arc::new(ManualClock::at(UnixMillis(1_795_000_000_000)));
        let mut store = MemoryStore::new();
        store.clock = Arc::<ManualClock>::clone(&clock);
        let revoke = async |time, keep_for| {
            let revocation = Revocation::new("a", time, keep_for);
            store.revoke(revocation).await.unwrap()
        };

        assert!(revoke(5, HOUR).await);
        assert!(!revoke(5, HOUR).await);
        assert!(!revoke(3, HOUR * 2).await);
        assert_eq!(times(&store, &["b", "a"]).await, [None, Some(5)]);
        assert!(revoke(7, HOUR).await);
        clock.advance(HOUR);
        assert_eq!(times(&store, &["a"]).await, [Some(7)]);
        clock.advance(HOUR);
        assert_eq!(times(&store, &["a"]).await, [None]);
    }

    #[tokio::test]
    async fn debug_shows_how_much_it_holds() {
        let store = MemoryStore::new();
        save(&store, "canary", None).await;

        let shown = format!("{store:?}");

        assert!(shown.contains("sessions: 1"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[tokio::test]
    async fn a_full_store_refuses_a_revocation_and_forgets_none() {
        let clock = Arc::new(ManualClock::at(UnixMillis(1_795_000_000_000)));
        let mut store = MemoryStore::with_capacity(2);
        store.clock = Arc::<ManualClock>::clone(&clock);
        let revoke = async |key| store.revoke(Revocation::new(key, 1, HOUR)).await;
        assert!(revoke("a").await.unwrap());
        assert!(revoke("b").await.unwrap());

        assert!(revoke("c").await.is_err());
        assert!(!revoke("a").await.unwrap());
        assert_eq!(
            times(&store, &["a", "b", "c"]).await,
            [Some(1), Some(1), None]
        );
        clock.advance(HOUR);
        assert!(revoke("c").await.unwrap());
    }
}
