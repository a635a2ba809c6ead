//! The settings of stores: for sessions that are too large for cookies, and for sessions that have ended.

use std::sync::Arc;
use std::time::Duration;

use super::AuthLayerBuilder;
use crate::store::{RevocationStore, SessionStore};

/// How long a store may take unless configured: it answers within milliseconds, and a request waits for it.
const DEFAULT_STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// The stores that the application gives, and what follows if one fails.
#[derive(Clone)]
pub(crate) struct StoreSettings {
    pub(crate) sessions: Option<Arc<dyn SessionStore>>,
    pub(crate) revocations: Option<Arc<dyn RevocationStore>>,
    pub(crate) always_use_session_store: bool,
    pub(crate) accept_unchecked_sessions: bool,
    pub(crate) timeout: Duration,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            sessions: None,
            revocations: None,
            always_use_session_store: false,
            accept_unchecked_sessions: false,
            timeout: DEFAULT_STORE_TIMEOUT,
        }
    }
}

impl AuthLayerBuilder {
    /// Keeps the content of sessions that are too large for their cookies in this store. Default: none; what does not
    /// fit is dropped.
    ///
    /// A session that fits into [`max_cookies`](Self::max_cookies) stays in its cookies. Once it is too large, it moves
    /// to the store, and stays there until it ends; its cookie then holds about 250 bytes. A request with such a
    /// cookie waits for the store before the application gets it.
    ///
    /// If the store is down, such a request is refused with 503 where it needs the user, and a sign-in that needs the
    /// store fails with 503. If the store has lost a session, its user has to sign in again.
    pub fn session_store(mut self, store: impl SessionStore) -> Self {
        self.stores.sessions = Some(Arc::new(store));
        self
    }

    /// Keeps the content of every session in the [`session_store`](Self::session_store), however small it is. Default:
    /// `false`, because a session in a cookie needs no store to be read.
    ///
    /// With it, cookies are small, tokens are never in a browser, and all requests with a session depend on the store.
    pub const fn always_use_session_store(mut self, always: bool) -> Self {
        self.stores.always_use_session_store = always;
        self
    }

    /// Asks this store for each request with a session cookie whether the session has ended, before the application
    /// gets the request. Default: none; a sign-out is then known to the instance that served it, and a cookie that was
    /// copied before still works on the others until it expires.
    ///
    /// `sign_out_everywhere` and `revoke_sessions_of` need it.
    pub fn revocation_store(mut self, store: impl RevocationStore) -> Self {
        self.stores.revocations = Some(Arc::new(store));
        self
    }

    /// Accepts sessions that could not be checked because the [`revocation_store`](Self::revocation_store) is down.
    /// Default: `false`; requests that need the user are refused with 503 until it is back, because a session that was
    /// revoked could be among them.
    pub const fn accept_unchecked_sessions(mut self, accept: bool) -> Self {
        self.stores.accept_unchecked_sessions = accept;
        self
    }

    /// Limits how long a request waits for an answer of a store. Default: 2 seconds;
    /// [`build`](Self::build) refuses less than 50 milliseconds and more than 30 seconds.
    pub const fn store_timeout(mut self, timeout: Duration) -> Self {
        self.stores.timeout = timeout;
        self
    }
}
