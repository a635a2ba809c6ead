//! `SessionStore`: the content of sessions that are too large for cookies.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use relying_party::BoxFuture;

use super::StoreError;

/// Keeps the content of sessions outside of cookies; the cookie then holds a key, and the store a record that only
/// this key opens. Whoever copies the store without the cookies can read nothing.
///
/// A record belongs to one session from the sign-in to the sign-out, and has one id for all that time. Give the
/// store to [`session_store`](crate::AuthLayerBuilder::session_store).
/// [`MemoryStore`](crate::MemoryStore) is one for a single instance.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
///
/// use tower_oidc::{BoxFuture, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord};
///
/// /// A real store also removes records when their time is over.
/// #[derive(Clone, Default)]
/// struct Sessions(Arc<Mutex<HashMap<String, StoredRecord>>>);
///
/// impl SessionStore for Sessions {
///     fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>> {
///         let records = Arc::clone(&self.0);
///         Box::pin(async move {
///             let records = records.lock().map_err(|_| StoreError::new("a lock is poisoned"))?;
///             Ok(records.get(&id).cloned())
///         })
///     }
///
///     fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>> {
///         let records = Arc::clone(&self.0);
///         Box::pin(async move {
///             let mut records = records.lock().map_err(|_| StoreError::new("a lock is poisoned"))?;
///             let stored = records.get(&request.id).map(|record| record.version);
///             if stored != request.expected_version {
///                 return Ok(SaveOutcome::Conflict);
///             }
///             records.insert(request.id, StoredRecord::new(request.version, request.value));
///             Ok(SaveOutcome::Saved)
///         })
///     }
///
///     fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>> {
///         let records = Arc::clone(&self.0);
///         Box::pin(async move {
///             records.lock().map_err(|_| StoreError::new("a lock is poisoned"))?.remove(&id);
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait SessionStore: Send + Sync + 'static {
    /// The record that was last saved under this id; `None` if there is none, or its time is over. A request whose
    /// record is not there is anonymous.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached. The request is then refused with 503 where it needs the user. The same
    /// applies if the store panics, or gives no answer within
    /// [`store_timeout`](crate::AuthLayerBuilder::store_timeout). A store that fails slowly three times in a row is
    /// then asked once in five seconds, until it answers; other requests do not wait for it.
    fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>>;

    /// Saves a record, if the one in the store has the version that the request expects.
    ///
    /// The comparison and the write should be one atomic step. A store that cannot do so may compare before it
    /// writes, or not at all: then of two requests that change one session at the same time, the later one
    /// undoes the change of the earlier one. It must say so in its documentation.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached, or has no room. A sign-in, or a request that changed the application's data,
    /// is then answered with 503; refreshed tokens stay in this instance's memory.
    fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>>;

    /// Deletes a record: the user signed out. An id without a record is no error.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached. The error is logged; the record then stays until its time is over. The
    /// browser's cookie, which has the key, is deleted; a copy of it is refused where a
    /// [`RevocationStore`](crate::RevocationStore) says that the session has ended.
    fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>>;
}

/// What a [`SessionStore`] holds under one id.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredRecord {
    /// The version with which it was saved.
    pub version: u64,
    /// The sealed session, exactly as it was saved.
    pub value: Bytes,
}

impl StoredRecord {
    /// A record as a store returns it.
    pub fn new(version: u64, value: impl Into<Bytes>) -> Self {
        Self {
            version,
            value: value.into(),
        }
    }
}

/// The arguments of [`SessionStore::save`].
#[derive(Clone)]
#[non_exhaustive]
pub struct SaveRequest {
    /// Names the session: 43 characters of base64url, a hash that identifies no user. It never changes.
    pub id: String,
    /// The version that the store must have; `None` if it must have no record under this id. A record that was
    /// deleted must not come back, so a version that is expected and not there is a conflict.
    pub expected_version: Option<u64>,
    /// The version of this record.
    pub version: u64,
    /// The sealed session, some kilobytes of ASCII, and at most a megabyte or two.
    pub value: Bytes,
    /// After this time the session has ended, and the record can be removed.
    pub keep_for: Duration,
}

impl SaveRequest {
    /// Arguments for tests of a store. The version is the one that follows `expected_version`; 1 for a new record.
    pub fn new(
        id: impl Into<String>,
        expected_version: Option<u64>,
        value: impl Into<Bytes>,
        keep_for: Duration,
    ) -> Self {
        Self {
            id: id.into(),
            expected_version,
            version: expected_version.map_or(1, |version| version.saturating_add(1)),
            value: value.into(),
            keep_for,
        }
    }
}

/// The result of [`SessionStore::save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaveOutcome {
    /// The store has the record.
    Saved,
    /// The store has another version, or none, and was not changed. The layer then loads the record, applies the
    /// change to it, and saves again, up to three times.
    Conflict,
}

/// Shows how long the record is, and nothing of what it contains.
impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("version", &self.version)
            .field("bytes", &self.value.len())
            .finish()
    }
}

/// Shows how long the record is, and nothing of what it contains.
impl fmt::Debug for SaveRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveRequest")
            .field("id", &self.id)
            .field("expected_version", &self.expected_version)
            .field("version", &self.version)
            .field("bytes", &self.value.len())
            .field("keep_for", &self.keep_for)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_record() {
        let record = StoredRecord::new(1, "canary");
        let request = SaveRequest::new("id", None, "canary", Duration::from_secs(60));

        let shown = format!("{record:?} {request:?}");

        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains("99, 97"), "{shown}");
    }

    #[test]
    fn the_version_of_a_request_follows_the_expected_one() {
        let version =
            |expected| SaveRequest::new("id", expected, "", Duration::from_secs(60)).version;

        assert_eq!(
            [version(None), version(Some(1)), version(Some(7))],
            [1, 2, 8]
        );
    }
}
