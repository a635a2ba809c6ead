//! The lock of a session at the application's coordinator, as the refresh uses it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::coordinator::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoredSession, UnlockRequest,
};
use super::family::{Family, KEPT};
use crate::components::Components;
use crate::log_limit::limited;
use crate::random::FreshValue;
use crate::runtime::{self, CallFailed};
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

/// Takes the lock of `session`, and waits for it until `deadline` if another instance holds it.
pub(super) async fn lock(shared: &Components, session: &Session, deadline: Instant) -> Locked {
    let Some(coordinator) = &shared.refresh.coordinator else {
        return Locked::Without;
    };
    let mut pause = FIRST_PAUSE;
    loop {
        match try_lock(shared, coordinator, key(&session.frame)).await {
            Ok(Some(held)) => return Locked::Held(held),
            Ok(None) => {}
            Err(error) => {
                limited!(
                    warn,
                    shared,
                    ("coordinator", "lock"),
                    %error,
                    "a refresh goes on without its coordinator"
                );
                return Locked::Without;
            }
        }
        let now = Instant::now();
        if now >= deadline {
            return Locked::ByAnother;
        }
        tokio::time::sleep(pause.min(deadline.duration_since(now))).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// `None` if another instance holds the lock.
async fn try_lock(
    shared: &Components,
    coordinator: &Arc<dyn RefreshCoordinator>,
    key: String,
) -> Result<Option<Held>, CoordinatorError> {
    let owner = owner(shared, &key)?;
    let request = LockRequest::new(&key, &owner, shared.refresh.times.lock_for());
    // From before the question, so that the lock lasts at least as long as we take it to.
    let since = Instant::now();
    let outcome = {
        let coordinator = Arc::clone(coordinator);
        runtime::isolate(ANSWER_TIMEOUT, move || coordinator.lock(request)).await
    };
    match outcome.unwrap_or_else(|error| Err(failed(error)))? {
        LockOutcome::Taken { stored } => Ok(Some(Held {
            stored: stored
                .and_then(|sealed| open(shared, &sealed))
                .map(Arc::new),
            coordinator: Arc::clone(coordinator),
            key,
            owner,
            since,
        })),
        LockOutcome::HeldByAnother => Ok(None),
    }
}

fn failed(error: CallFailed) -> CoordinatorError {
    CoordinatorError::new(match error {
        CallFailed::Panicked => "it panicked",
        CallFailed::TimedOut => "it did not answer within 5 seconds",
    })
}

impl Held {
    /// What another instance obtained meanwhile, if that is enough.
    pub(super) fn token_for(
        &self,
        shared: &Components,
        family: &Family,
        target: &Target,
    ) -> Option<Arc<Session>> {
        let mut state = family.state();
        let theirs = self.newer_than(&state.newest)?;
        if state.is_ended() {
            return None;
        }
        let now = shared.now();
        state.publish(Arc::clone(theirs), &shared.persistence.lifetimes, now);
        let token = theirs.body.access_token(target)?;
        token
            .is_alive(now, shared.refresh.leeway)
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
        shared: &Components,
        refreshed: Option<&Session>,
        will_be_written: bool,
    ) {
        // By now it may be another's, who must not lose what it stores to us.
        if self.since.elapsed() >= shared.refresh.times.lock_for() {
            limited!(
                warn,
                shared,
                ("coordinator", "late"),
                "a refresh took longer than its lock lasts, and shares nothing"
            );
            return;
        }
        let session = refreshed.and_then(|refreshed| {
            let now = shared.now();
            let keep_for = if will_be_written {
                KEPT
            } else {
                shared
                    .persistence
                    .lifetimes
                    .end(&refreshed.frame.sealed(now))
                    .since(now)
            };
            shared
                .refresh
                .sealer
                .seal(&refreshed.encode(now), b"", shared.entropy.as_ref())
                .inspect_err(|error| {
                    limited!(
                        warn,
                        shared,
                        ("coordinator", "seal"),
                        %error,
                        "a refreshed session is not shared"
                    );
                })
                .ok()
                .map(|sealed| StoredSession::new(sealed, keep_for))
        });
        let request = UnlockRequest::new(self.key, self.owner, session);
        let unlock = move || self.coordinator.store_and_unlock(request);
        let unlocked = runtime::isolate(ANSWER_TIMEOUT, unlock).await;
        if let Err(error) = unlocked.unwrap_or_else(|error| Err(failed(error))) {
            limited!(
                warn,
                shared,
                ("coordinator", "unlock"),
                %error,
                "a coordinator did not store a refreshed session or release its lock, which ends \
                 by itself"
            );
        }
    }
}

fn open(shared: &Components, sealed: &[u8]) -> Option<Session> {
    let opened = shared.refresh.sealer.open(sealed, b"").ok()?;
    Session::decode(opened.into_bytes()).ok()
}

/// Names the session to the coordinator.
fn key(frame: &Frame) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(frame.pseudonym("tower-oidc/refresh"))
}

/// Names one attempt, so that an unlock that comes late cannot release the lock of another.
fn owner(shared: &Components, key: &str) -> Result<String, CoordinatorError> {
    let owner = shared
        .random
        .fresh::<16>(FreshValue::LockOwner, key.as_bytes());
    let owner = owner.map_err(|error| CoordinatorError::new(error.to_string()))?;
    Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(*owner))
}
