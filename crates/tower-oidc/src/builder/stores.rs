//! The settings of stores: for sessions that are too large for cookies, and for sessions that have ended.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use sealed_cookie::KeyRing;

use super::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::log_limit::LogLimiter;
use crate::persistence::records::SessionRecords;
use crate::revocation::{SharedParts, SharedRevocations};
use crate::store::questions::Questions;
use crate::store::{RevocationStore, SessionStore};
use crate::task_count::TaskCount;

/// Less is shorter than a pause for garbage collection; people and proxies do not wait for more.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(30);

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
    ///
    /// Environment variable: `AUTH_ALWAYS_USE_SESSION_STORE`.
    pub const fn always_use_session_store(mut self, always: bool) -> Self {
        self.stores.always_use_session_store = always;
        self
    }

    /// Asks this store for each request with a session cookie whether the session has ended, before the application
    /// gets the request. Default: none; a sign-out is then known to the instance that served it, and a cookie that was
    /// copied before still works on the others until it expires.
    ///
    /// If the store is down, requests that need the user are refused with 503, unless
    /// [`accept_unchecked_sessions`](Self::accept_unchecked_sessions) is set. Sign-outs apply to this instance at once,
    /// and to the others when the store is back.
    ///
    /// Share a store between the instances of one application only: an entry names a user at an issuer, so that
    /// another application with the same store would end the user's sessions in this one. The clocks of the instances
    /// must agree to a second or so.
    ///
    /// [`sign_out_everywhere`](crate::AuthContext::sign_out_everywhere) and
    /// [`revoke_sessions_of`](crate::AuthLayer::revoke_sessions_of) need it.
    pub fn revocation_store(mut self, store: impl RevocationStore) -> Self {
        self.stores.revocations = Some(Arc::new(store));
        self
    }

    /// Accepts sessions that could not be checked because the [`revocation_store`](Self::revocation_store) is down.
    /// Default: `false`; requests that need the user are refused with 503 until it is back, because a session that was
    /// revoked could be among them.
    ///
    /// Environment variable: `AUTH_ACCEPT_UNCHECKED_SESSIONS`.
    pub const fn accept_unchecked_sessions(mut self, accept: bool) -> Self {
        self.stores.accept_unchecked_sessions = accept;
        self
    }

    /// Limits how long each call of a store may take. A request makes one or two, and one whose session changes at other
    /// instances at the same time makes up to eight more. Default: 2 seconds;
    /// [`build`](Self::build) refuses less than 50 milliseconds and more than 30 seconds.
    ///
    /// A store that hangs delays only some requests: once three questions in a row have failed after more than a quarter
    /// of this time, one request in five seconds asks the store, and all others are answered at once as if it was down.
    /// Writes, such as that of a sign-out, are always tried.
    ///
    /// Environment variable: `AUTH_STORE_TIMEOUT`.
    pub const fn store_timeout(mut self, timeout: Duration) -> Self {
        self.stores.timeout = timeout;
        self
    }
}

/// What all instances know of ended sessions, if there is a store for it.
pub(super) fn shared_revocations(
    builder: &AuthLayerBuilder,
    log: &Arc<LogLimiter>,
    tasks: &TaskCount,
) -> Result<Option<Arc<SharedRevocations>>, ConfigError> {
    let settings = &builder.stores;
    if !TIMEOUTS.contains(&settings.timeout) {
        return Err(ConfigError::new(
            "store_timeout",
            "must be from 50 milliseconds to 30 seconds",
        ));
    }
    if settings.always_use_session_store && settings.sessions.is_none() {
        return Err(ConfigError::new(
            "always_use_session_store",
            "needs a session_store: give one, or do not set it",
        ));
    }
    let Some(store) = &settings.revocations else {
        if settings.accept_unchecked_sessions {
            return Err(ConfigError::new(
                "accept_unchecked_sessions",
                "has no effect without a revocation_store: give one, or do not set it",
            ));
        }
        return Ok(None);
    };
    Ok(Some(Arc::new(SharedRevocations::new(SharedParts {
        store: Arc::clone(store),
        timeout: settings.timeout,
        accept_unchecked: settings.accept_unchecked_sessions,
        absolute: builder.absolute_lifetime,
        clock: Arc::clone(&builder.clock),
        log: Arc::clone(log),
        tasks: tasks.clone(),
    }))))
}

/// The questions to the store of sessions. All keys and origins share them, so that it is one outage for all of them.
pub(super) fn session_questions(
    builder: &AuthLayerBuilder,
    log: &Arc<LogLimiter>,
) -> Arc<Questions> {
    let timeout = builder.stores.timeout;
    Arc::new(Questions::new("session_store", timeout, Arc::clone(log)))
}

/// The store of sessions, if there is one, with the keys for new records.
pub(super) fn records(
    builder: &AuthLayerBuilder,
    key_ring: &KeyRing,
    questions: &Arc<Questions>,
) -> Option<Arc<SessionRecords>> {
    let store = builder.stores.sessions.as_ref()?;
    Some(Arc::new(SessionRecords {
        store: Arc::clone(store),
        timeout: builder.stores.timeout,
        questions: Arc::clone(questions),
        always: builder.stores.always_use_session_store,
        key_ring: key_ring.clone(),
        entropy: Arc::clone(&builder.entropy),
    }))
}
