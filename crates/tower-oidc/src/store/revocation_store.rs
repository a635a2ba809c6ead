//! `RevocationStore`: which sessions have ended, for all instances of an application.

use std::time::Duration;

use relying_party::BoxFuture;

use super::StoreError;

/// Tells all instances of an application which sessions have ended, so that a sign-out at one of them, or a
/// logout that the provider reports, ends every copy of a session's cookies within one request.
///
/// It holds hashes and times, and nothing that identifies a user. An entry takes about 150 bytes in most stores,
/// and is needed for as long as a session could live
/// ([`absolute_lifetime`](crate::AuthLayerBuilder::absolute_lifetime), a week by default).
///
/// It is asked once for each request that carries a session cookie, so it should answer within a millisecond or
/// two. [`MemoryStore`](crate::MemoryStore) is one for a single instance.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
///
/// use tower_oidc::{BoxFuture, Revocation, RevocationStore, StoreError};
///
/// /// A real store also removes entries when their time is over.
/// #[derive(Clone, Default)]
/// struct Revocations(Arc<Mutex<HashMap<String, u64>>>);
///
/// impl RevocationStore for Revocations {
///     fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
///         let entries = Arc::clone(&self.0);
///         Box::pin(async move {
///             let mut entries = entries.lock().map_err(|_| StoreError::new("a lock is poisoned"))?;
///             let known = entries.get(&revocation.key).copied();
///             let is_new = known.is_none_or(|time| time < revocation.time);
///             if is_new {
///                 entries.insert(revocation.key, revocation.time);
///             }
///             Ok(is_new)
///         })
///     }
///
///     fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
///         let entries = Arc::clone(&self.0);
///         Box::pin(async move {
///             let entries = entries.lock().map_err(|_| StoreError::new("a lock is poisoned"))?;
///             Ok(keys.iter().map(|key| entries.get(key).copied()).collect())
///         })
///     }
/// }
/// ```
pub trait RevocationStore: Send + Sync + 'static {
    /// Keeps the revocation for at least `keep_for`. If there is an entry with the same key, the greater of both
    /// times and the later of both ends count. Returns whether this changed the entry's time, or there was none:
    /// of several instances that record the same revocation, one gets `true`.
    ///
    /// It must be atomic, and must not return before a later [`find`](Self::find) of any instance sees the entry.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached or refuses the entry. The layer then keeps the entry in this instance's
    /// memory, and tries again until the store takes it. The same applies if the store panics, or gives no
    /// answer within [`store_timeout`](crate::AuthLayerBuilder::store_timeout).
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>>;

    /// Returns the time of each key's entry, in the order of the keys; `None` for a key without an entry. There
    /// are about six keys, and one more for each organization that the user's claims name. One round trip should do.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached, or an entry is not a time. The request is then refused with 503 where it
    /// needs the user; see
    /// [`accept_unchecked_sessions`](crate::AuthLayerBuilder::accept_unchecked_sessions). A store that fails slowly
    /// three times in a row is then asked once in five seconds, until it answers; other requests do not wait for it.
    fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>>;
}

/// An entry of a [`RevocationStore`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// What is revoked: 43 characters of base64url, a hash that is the same on all instances.
    pub key: String,
    /// When, a number that the layer compares with times of the session. Its unit depends on the key.
    pub time: u64,
    /// After this time no session needs the entry.
    pub keep_for: Duration,
}

impl Revocation {
    /// An entry for tests of a store.
    pub fn new(key: impl Into<String>, time: u64, keep_for: Duration) -> Self {
        Self {
            key: key.into(),
            time,
            keep_for,
        }
    }
}
