//! How a refresh takes the lock of a session at the coordinator, and releases it.

use std::sync::Arc;
use std::time::Duration;

use super::coordination::{ANSWER_TIMEOUT, Held, Locked, call_failed, key};
use super::coordinator::{StoredSession, UnlockRequest};
use super::handle::{REFRESHED_SESSION_TTL, SessionHandle};
use super::refresher::Refresher;
use crate::log_limit::limited;
use crate::runtime::{self, Instant};
use crate::session::Session;
use crate::session::access_token::Target;

/// The first pause before a lock that another instance holds is requested again. It is short, because most
/// refreshes take some tenths of a second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The pauses double up to this one, so that waiting for 10 seconds takes about 25 commands.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

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

impl Held {
    /// The session that another instance refreshed in the meantime, if it has a valid token for `target`.
    pub(super) fn token_for(
        &self,
        refresher: &Refresher,
        handle: &SessionHandle,
        target: &Target,
    ) -> Option<Arc<Session>> {
        let mut state = handle.state();
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

    /// Releases the lock, and stores the refreshed session for the other instances. `will_be_written` says
    /// whether a response is about to carry that session to the browser. If not, the user's next request
    /// has the older cookie; it may come late, and to any instance.
    pub(super) async fn unlock(
        self,
        refresher: &Refresher,
        refreshed: Option<&Session>,
        will_be_written: bool,
    ) {
        // Another instance may hold the lock now, and our session must not overwrite the one that it stores.
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
