//! The lock of a session at the application's coordinator, as the refresh uses it.

use std::sync::Arc;
use std::time::Duration;

use sealed_cookie::{Entropy, SealError, Sealer};

use super::attempt::Attempt;
use super::coordinator::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoredSession, UnlockRequest,
};
use super::handle::REFRESHED_SESSION_TTL;
use super::refresher::Refresher;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::random::{FreshValue, Random};
use crate::runtime::{self, CallFailed, Instant};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::Frame;

/// A store answers within milliseconds; one that takes longer than this has failed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a lock that another instance holds is asked for again: soon at first, because most
/// refreshes take some tenths of a second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The pauses double up to this one, so that 10 seconds of waiting cost some 25 commands.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What became of the attempt to take a session's lock.
pub(super) enum Locked {
    Held(Held),
    /// There is no coordinator, or it has failed.
    Without,
    /// Another instance may be sending the refresh token at this moment.
    ByAnother,
}

/// A lock that this instance holds.
pub(super) struct Held {
    key: String,
    owner: String,
    coordinator: Arc<dyn RefreshCoordinator>,
    stored: Option<Arc<Session>>,
    since: Instant,
}

/// The application's coordinator, and what its values are sealed with.
pub(crate) struct Coordination {
    pub(crate) coordinator: Arc<dyn RefreshCoordinator>,
    /// Seals sessions for other instances; see [`RefreshCoordinator`].
    pub(crate) sealer: Sealer,
    pub(crate) random: Arc<Random>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Refresher {
    /// Takes the lock of `session`, and waits for it until `deadline` if another instance holds it.
    pub(super) async fn lock(&self, session: &Session, deadline: Instant) -> Locked {
        let Some(coordination) = &self.coordination else {
            return Locked::Without;
        };
        let mut pause = FIRST_PAUSE;
        loop {
            let lock_for = self.times.lock_for();
            match coordination.try_lock(key(&session.frame), lock_for).await {
                Ok(Some(held)) => return Locked::Held(held),
                Ok(None) => {}
                Err(error) => {
                    limited!(
                        warn,
                        self,
                        ("coordinator", "lock"),
                        %error,
                        "a refresh continues without its coordinator"
                    );
                    return Locked::Without;
                }
            }
            let now = Instant::now();
            if now >= deadline {
                return Locked::ByAnother;
            }
            runtime::sleep(pause.min(deadline.duration_since(now))).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}

impl Coordination {
    /// `None` if another instance holds the lock.
    async fn try_lock(
        &self,
        key: String,
        lock_for: Duration,
    ) -> Result<Option<Held>, CoordinatorError> {
        let owner = self.owner(&key)?;
        let request = LockRequest::new(&key, &owner, lock_for);
        // From before the question, so that the lock lasts at least as long as we take it to.
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

    /// The value that other instances get for this session.
    fn seal(&self, session: &Session, now: UnixMillis) -> Result<String, SealError> {
        self.sealer
            .seal(&session.encode(now), b"", self.entropy.as_ref())
    }

    fn open(&self, sealed: &[u8]) -> Option<Session> {
        let opened = self.sealer.open(sealed, b"").ok()?;
        Session::decode(opened.into_bytes()).ok()
    }

    /// Names one attempt, so that an unlock that comes late cannot release the lock of another.
    fn owner(&self, key: &str) -> Result<String, CoordinatorError> {
        let owner = self
            .random
            .fresh::<16>(FreshValue::LockOwner, key.as_bytes());
        let owner = owner.map_err(|error| CoordinatorError::new(error.to_string()))?;
        Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(*owner))
    }
}

fn call_failed(failed: CallFailed) -> CoordinatorError {
    CoordinatorError::new(match failed {
        CallFailed::Panicked => "it panicked",
        CallFailed::TimedOut => "it did not answer within 5 seconds",
    })
}

impl Held {
    /// What another instance obtained in the meantime, if that is enough.
    pub(super) fn token_for(&self, attempt: &Attempt<'_>, target: &Target) -> Option<Arc<Session>> {
        let refresher = attempt.refresher;
        let mut state = attempt.handle.state();
        let theirs = self.newer_than(&state.newest)?;
        if state.is_ended() {
            return None;
        }
        let now = refresher.now();
        state.publish(Arc::clone(theirs), &refresher.lifetimes, now);
        let token = theirs.body.access_token(target)?;
        token
            .is_alive(now, refresher.leeway())
            .then(|| Arc::clone(theirs))
    }

    /// What another instance made of `ours`.
    pub(super) fn newer_than(&self, ours: &Session) -> Option<&Arc<Session>> {
        let (theirs, ours) = (self.stored.as_ref()?, &ours.frame);
        let is_newer = theirs.frame.session_id == ours.session_id
            && theirs.frame.provider == ours.provider
            && theirs.frame.generation > ours.generation;
        is_newer.then_some(theirs)
    }

    /// Gives the lock back, and the refreshed session to the other instances. `will_be_written`
    /// says whether a response is about to carry that session to the browser: if not, the user's
    /// next request brings the older cookie, however late and to whichever instance.
    pub(super) async fn unlock(
        self,
        refresher: &Refresher,
        refreshed: Option<&Session>,
        will_be_written: bool,
    ) {
        // By now it may be held by another instance, which must not lose what it stores to us.
        if self.since.elapsed() >= refresher.times.lock_for() {
            limited!(
                warn,
                refresher,
                ("coordinator", "late"),
                "a refresh took longer than its lock lasts, and shares nothing"
            );
            return;
        }
        let session =
            refreshed.and_then(|refreshed| to_store(refresher, refreshed, will_be_written));
        let request = UnlockRequest::new(self.key, self.owner, session);
        let unlock = move || self.coordinator.store_and_unlock(request);
        let unlocked = runtime::isolate(ANSWER_TIMEOUT, unlock).await;
        if let Err(error) = unlocked.unwrap_or_else(|failed| Err(call_failed(failed))) {
            limited!(
                warn,
                refresher,
                ("coordinator", "unlock"),
                %error,
                "a coordinator did not store a refreshed session or release its lock, which ends \
                 by itself"
            );
        }
    }
}

/// A refreshed session for the other instances; `None` if it cannot be sealed.
fn to_store(
    refresher: &Refresher,
    refreshed: &Session,
    will_be_written: bool,
) -> Option<StoredSession> {
    let now = refresher.now();
    let keep_for = if will_be_written {
        REFRESHED_SESSION_TTL
    } else {
        let renewed = refreshed.frame.sealed(now);
        refresher.lifetimes.end(&renewed).since(now)
    };
    let sealed = refresher.coordination.as_ref()?.seal(refreshed, now);
    sealed
        .inspect_err(|error| {
            limited!(
                warn,
                refresher,
                ("coordinator", "seal"),
                %error,
                "a refreshed session is not shared"
            );
        })
        .ok()
        .map(|sealed| StoredSession::new(sealed, keep_for))
}

/// Names the session to the coordinator.
fn key(frame: &Frame) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(frame.pseudonym("tower-oidc/refresh"))
}
