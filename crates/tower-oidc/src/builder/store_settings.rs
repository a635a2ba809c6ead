//! The stores that the application gives, as the builder collects them.

use std::sync::Arc;
use std::time::Duration;

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

impl StoreSettings {
    /// How long a refresh may wait for the stores that it asks.
    pub(super) fn timeout_before_a_refresh(&self) -> Duration {
        let is_asked = self.revocations.is_some();
        if is_asked {
            self.timeout
        } else {
            Duration::ZERO
        }
    }
}
