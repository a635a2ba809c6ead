//! `RefreshCoordinator`: a lock and a shared value, so that several instances refresh a session one after the
//! other.

use std::fmt;
use std::time::Duration;

use relying_party::BoxFuture;

/// Lets several instances of an application refresh a session one after the other. Without it, two
/// instances that refresh the same session at the same moment send the same refresh token; a
/// provider that rotates refresh tokens without a grace period then answers one of the two, or ends
/// the grant (RFC 9700 section 4.14.2).
///
/// It needs a lock and a value for each key, both with an expiry: a few commands of most key-value
/// stores. What it stores is sealed with the cookie secret, and useless to anyone else.
///
/// While one instance holds the lock, the others send nothing with that refresh token: they ask for
/// the lock again, several times per second, for as long as a caller waits
/// ([`refresh_wait`](crate::AuthLayerBuilder::refresh_wait)), and then answer "try later".
///
/// ```
/// use std::time::Duration;
///
/// use tower_oidc::{
///     BoxFuture, CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, UnlockRequest,
/// };
/// # #[derive(Clone)] struct Store;
/// # impl Store {
/// #   async fn set_if_absent(&self, _: &str, _: &str, _: Duration) -> Result<bool, CoordinatorError> { Ok(true) }
/// #   async fn delete_if_equal(&self, _: &str, _: &str) -> Result<(), CoordinatorError> { Ok(()) }
/// #   async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, CoordinatorError> { Ok(None) }
/// #   async fn set(&self, _: &str, _: Vec<u8>, _: Duration) -> Result<(), CoordinatorError> { Ok(()) }
/// # }
///
/// impl RefreshCoordinator for Store {
///     fn lock(&self, request: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
///         let store = self.clone();
///         Box::pin(async move {
///             let lock = format!("lock:{}", request.key);
///             // Redis: SET lock owner NX PX lock_for
///             if !store.set_if_absent(&lock, &request.owner, request.lock_for).await? {
///                 return Ok(LockOutcome::HeldByAnother);
///             }
///             let stored = store.get(&format!("session:{}", request.key)).await?;
///             Ok(LockOutcome::Taken { stored })
///         })
///     }
///
///     fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
///         let store = self.clone();
///         Box::pin(async move {
///             if let Some(session) = request.session {
///                 let name = format!("session:{}", request.key);
///                 store.set(&name, session.value, session.keep_for).await?;
///             }
///             // Only if this owner still holds the lock: it may have expired, and another may have it.
///             store.delete_if_equal(&format!("lock:{}", request.key), &request.owner).await
///         })
///     }
/// }
/// ```
pub trait RefreshCoordinator: Send + Sync + 'static {
    /// Takes the lock of `request.key` if it is free, and returns the value that was last stored for that
    /// key, unless it has expired.
    ///
    /// It must answer at once instead of waiting until the lock is free: the layer asks again. The
    /// lock must expire after `request.lock_for`, because its holder may have stopped.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached. If it fails, the layer refreshes without a lock. The same
    /// applies if it panics, or gives no answer within 5 seconds. So never report a lock that
    /// another instance holds as an error: the refresh token would be sent twice.
    fn lock(&self, request: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>>;

    /// Stores `request.session`, if there is one, as the new value of `request.key`, and then
    /// releases the lock if it is still held by `request.owner`. Without a session the stored value
    /// stays unchanged.
    ///
    /// # Errors
    ///
    /// If the store cannot be reached. The error is logged; the lock then expires.
    fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>>;
}

/// The arguments of [`RefreshCoordinator::lock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LockRequest {
    /// Names the session: 43 characters of base64url, the same on all instances, and nothing that
    /// identifies the user.
    pub key: String,
    /// Names this attempt to take the lock: 22 characters of base64url, never used twice. The
    /// [`UnlockRequest`] of a lock that was taken has the same.
    pub owner: String,
    /// After this time the lock must expire. It is longer than a request to the provider can wait and
    /// take: 90 seconds by default. See
    /// [`refresh_request_lifetime`](crate::AuthLayerBuilder::refresh_request_lifetime).
    pub lock_for: Duration,
}

impl LockRequest {
    /// Arguments for tests of a coordinator.
    pub fn new(key: impl Into<String>, owner: impl Into<String>, lock_for: Duration) -> Self {
        Self {
            key: key.into(),
            owner: owner.into(),
            lock_for,
        }
    }
}

/// The result of an attempt to take the lock; see [`RefreshCoordinator::lock`].
#[derive(Clone)]
#[non_exhaustive]
pub enum LockOutcome {
    /// The lock was free, and `request.owner` holds it now.
    Taken {
        /// The value that an earlier holder stored, exactly as it was given; `None` if there is
        /// none, or it has expired.
        stored: Option<Vec<u8>>,
    },
    /// Another instance holds the lock.
    HeldByAnother,
}

/// Shows how long a value is, and nothing of what it contains.
impl fmt::Debug for LockOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { stored } => f
                .debug_struct("Taken")
                .field("stored_bytes", &stored.as_ref().map(Vec::len))
                .finish(),
            Self::HeldByAnother => f.write_str("HeldByAnother"),
        }
    }
}

/// The arguments of [`RefreshCoordinator::store_and_unlock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnlockRequest {
    /// The key of the [`LockRequest`].
    pub key: String,
    /// The owner of the [`LockRequest`] that took the lock.
    pub owner: String,
    /// The refreshed session; `None` if nothing was refreshed.
    pub session: Option<StoredSession>,
}

impl UnlockRequest {
    /// Arguments for tests of a coordinator.
    pub fn new(
        key: impl Into<String>,
        owner: impl Into<String>,
        session: Option<StoredSession>,
    ) -> Self {
        Self {
            key: key.into(),
            owner: owner.into(),
            session,
        }
    }
}

/// A refreshed session that the other instances may read from the store.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredSession {
    /// The sealed session: ASCII, some kilobytes, or up to a megabyte and a half with a session store.
    pub value: Vec<u8>,
    /// After this time no instance needs the value. It is a minute, or the rest of the session's lifetime if
    /// every caller stopped waiting before the refresh ended, so that no response carries the session now.
    pub keep_for: Duration,
}

impl StoredSession {
    /// A value for tests of a coordinator.
    pub fn new(value: impl Into<Vec<u8>>, keep_for: Duration) -> Self {
        Self {
            value: value.into(),
            keep_for,
        }
    }
}

/// Shows how long the value is, and nothing of what it contains.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("bytes", &self.value.len())
            .field("keep_for", &self.keep_for)
            .finish()
    }
}

/// The coordinator's store could not be reached, or failed.
#[derive(Clone, Debug)]
pub struct CoordinatorError(String);

impl CoordinatorError {
    /// An error that is logged with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for CoordinatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CoordinatorError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_stored_value() {
        let session = StoredSession::new("canary", Duration::from_secs(60));
        let unlock = UnlockRequest::new("key", "owner", Some(session));
        let outcome = LockOutcome::Taken {
            stored: Some(b"canary".to_vec()),
        };

        let shown = format!("{unlock:?} {outcome:?}");

        assert!(!shown.contains("canary"), "{shown}");
        // As numbers, which is how a vector of bytes is shown.
        assert!(!shown.contains("99, 97"), "{shown}");
    }
}
