//! The application's coordinator: a lock for each session, and sealed values for other instances.

use std::sync::Arc;
use std::time::Duration;

use sealed_cookie::{Entropy, SealError, Sealer};

use super::coordinator::{CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator};
use crate::format::time::UnixMillis;
use crate::random::{FreshValue, Random};
use crate::runtime::{self, CallFailed, Instant};
use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::room::Compression;

/// Stores answer within milliseconds, so one that takes longer than this has failed.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of the attempt to take a session's lock.
pub(super) enum Locked {
    Held(Held),
    /// There is no coordinator, or it has failed.
    Without,
    /// Another instance may be sending the refresh token at this moment.
    ByAnother,
}

/// A lock that this instance holds.
pub(super) struct Held {
    pub(super) key: String,
    pub(super) owner: String,
    pub(super) coordinator: Arc<dyn RefreshCoordinator>,
    stored: Option<Arc<Session>>,
    pub(super) since: Instant,
}

/// The application's coordinator, and what seals its values.
pub(crate) struct Coordination {
    pub(crate) coordinator: Arc<dyn RefreshCoordinator>,
    /// Seals sessions for other instances; see [`RefreshCoordinator`].
    pub(crate) sealer: Sealer,
    pub(crate) random: Arc<Random>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Coordination {
    /// `None` if another instance holds the lock.
    pub(super) async fn try_lock(
        &self,
        key: String,
        lock_for: Duration,
    ) -> Result<Option<Held>, CoordinatorError> {
        let owner = self.owner(&key)?;
        let request = LockRequest::new(&key, &owner, lock_for);
        // Before the call: the store counts the lock's time from a later moment, so it does not end before
        // we expect it to.
        let since = Instant::now();
        let outcome = {
            let coordinator = Arc::clone(&self.coordinator);
            runtime::isolate(ANSWER_TIMEOUT, move || coordinator.lock(request)).await
        };
        match outcome.unwrap_or_else(|failed| Err(call_failed(failed)))? {
            LockOutcome::Taken { stored } => Ok(Some(Held {
                stored: stored.and_then(|sealed| self.open(&sealed)).map(Arc::new),
                coordinator: Arc::clone(&self.coordinator),
                key,
                owner,
                since,
            })),
            LockOutcome::HeldByAnother => Ok(None),
        }
    }

    /// Seals this session for the other instances.
    pub(super) fn seal(&self, session: &Session, now: UnixMillis) -> Result<String, SealError> {
        self.sealer.seal_record(
            &session.encode(now, Compression::Off),
            self.entropy.as_ref(),
        )
    }

    fn open(&self, sealed: &[u8]) -> Option<Session> {
        let opened = self.sealer.open_record(sealed).ok()?;
        Session::decode(opened.into_bytes()).ok()
    }

    /// A name for one attempt to take the lock, so that a late unlock cannot release another owner's lock.
    fn owner(&self, key: &str) -> Result<String, CoordinatorError> {
        let owner = self
            .random
            .fresh::<16>(FreshValue::LockOwner, key.as_bytes());
        let owner = owner.map_err(|error| CoordinatorError::new(error.to_string()))?;
        Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(*owner))
    }
}

pub(super) fn call_failed(failed: CallFailed) -> CoordinatorError {
    CoordinatorError::new(match failed {
        CallFailed::Panicked => "it panicked",
        CallFailed::TimedOut => "it did not answer within 5 seconds",
    })
}

impl Held {
    /// The version of `ours` that another instance stored, if it is newer.
    pub(super) fn newer_than(&self, ours: &Session) -> Option<&Arc<Session>> {
        let (theirs, ours) = (self.stored.as_ref()?, &ours.frame);
        let is_newer = theirs.frame.session_id == ours.session_id
            && theirs.frame.provider == ours.provider
            && theirs.frame.generation > ours.generation;
        is_newer.then_some(theirs)
    }
}

/// The name of the session at the coordinator.
pub(super) fn key(frame: &Frame) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(frame.pseudonym("tower-oidc/refresh"))
}
