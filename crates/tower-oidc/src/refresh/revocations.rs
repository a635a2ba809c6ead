//! Revocations that could not be sent: they wait in memory and are tried again, because a refresh token
//! that nobody revokes stays valid at the provider for as long as it likes.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use relying_party::TokenTypeHint;
use tokio::task::JoinHandle;

use super::{Families, TaskGuard};
use crate::components::Components;
use crate::event::{AuthEvent, AuthEventKind, AuthEventReason};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::token::StoredToken;

/// Some three hundred bytes and a refresh token each, so a few megabytes.
pub(super) const MAX_WAITING: usize = 4_096;

/// How many are tried at once: as many as the relying party sends at once.
const MAX_AT_ONCE: usize = 16;

/// Pauses grow from the first to the longest, twice as long each time, or as long as the provider asks.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<PendingRevocation>,
    /// The one task that tries them again, while there are any.
    task: Option<JoinHandle<()>>,
}

/// A refresh token that is to be revoked.
pub(super) struct PendingRevocation {
    refresh_token: StoredToken,
    /// The session's absolute end: no copy of it can be used after that.
    until: UnixMillis,
    /// What the application hears if it is given up.
    event: AuthEvent,
}

/// Why nothing was revoked now, but may be later.
struct Later {
    retry_after: Option<Duration>,
}

/// How a round of retries ended.
enum Round {
    /// Nothing is left.
    Done,
    /// Some are left, and the provider answered others.
    Progress,
    Failed {
        retry_after: Option<Duration>,
    },
}

impl PendingRevocation {
    /// `None` if the session has no refresh token.
    pub(super) fn new(shared: &Components, session: &Session) -> Option<Self> {
        Some(Self {
            // A copy, because a session's tokens are views into its whole buffer.
            refresh_token: StoredToken::new(&session.body.refresh_token.as_ref()?.text()),
            until: shared.persistence.lifetimes.absolute_end(&session.frame),
            event: shared
                .events
                .event(AuthEventKind::RevocationFailed, Some(session), None),
        })
    }

    /// Asks the provider once. An error says that it is worth another try; what is not is given up.
    async fn attempt(&self, shared: &Components) -> Result<(), Later> {
        let token = self.refresh_token.text();
        let revoked = shared
            .registration
            .relying_party
            .revoke(&token, TokenTypeHint::RefreshToken)
            .await;
        match revoked {
            Ok(_) => Ok(()),
            Err(error) if error.is_transient() => {
                limited!(
                    warn,
                    shared,
                    ("revocation", error.code()),
                    %error,
                    code = error.code(),
                    "a refresh token is not revoked now; the revocation waits and is tried again"
                );
                let retry_after = error.retry_after();
                Err(Later { retry_after })
            }
            Err(error) => {
                limited!(
                    warn,
                    shared,
                    ("revocation", error.code()),
                    %error,
                    code = error.code(),
                    "a refresh token is not revoked: it stays valid until the provider ends it"
                );
                self.give_up(shared, AuthEventReason::Error(error.code()));
                Ok(())
            }
        }
    }

    fn give_up(&self, shared: &Components, reason: AuthEventReason) {
        shared.events.send(&self.event.clone().with_reason(reason));
    }
}

impl Families {
    /// Revokes a refresh token now, or later if the provider cannot be asked now.
    pub(super) async fn revoke(&self, shared: &Arc<Components>, revocation: PendingRevocation) {
        if let Err(later) = revocation.attempt(shared).await {
            self.wait_to_revoke(shared, revocation, later.retry_after);
        }
    }

    /// Keeps a revocation that cannot be sent now.
    pub(super) fn wait_to_revoke(
        &self,
        shared: &Arc<Components>,
        revocation: PendingRevocation,
        retry_after: Option<Duration>,
    ) {
        let mut state = self.revocations.lock();
        if state.waiting.len() >= MAX_WAITING {
            drop(state);
            limited!(
                warn,
                shared,
                ("revocation", "too_many"),
                "a refresh token is not revoked: too many revocations wait for the provider"
            );
            revocation.give_up(shared, AuthEventReason::TooManyWaiting);
            return;
        }
        state.waiting.push_back(revocation);
        if state.task.as_ref().is_none_or(JoinHandle::is_finished) {
            // Weak, so that it does not keep a layer alive that the application has dropped.
            let shared = Arc::downgrade(shared);
            let retry = retry(shared, retry_after.unwrap_or_default());
            state.task = Some(tokio::spawn(retry));
        }
    }

    /// Tries each revocation that waits once, some at a time, until the provider answers none of them.
    pub(super) async fn retry_revocations(self: &Arc<Self>, shared: &Components) {
        self.retry_round(shared).await;
    }

    pub(super) fn waiting_revocations(&self) -> usize {
        self.revocations.lock().waiting.len()
    }

    async fn retry_round(self: &Arc<Self>, shared: &Components) -> Round {
        let _task = TaskGuard::new(self);
        let mut left = self.revocations.lock().waiting.len();
        while left > 0 {
            let mut taken = self.revocations.take(left.min(MAX_AT_ONCE));
            left = left.saturating_sub(taken.entries.len());
            if taken.entries.is_empty() {
                break;
            }
            taken.give_up_expired(shared);
            let failed = taken.attempt_all(shared).await;
            if let Some(retry_after) = failed {
                return Round::Failed { retry_after };
            }
        }
        match self.revocations.lock().waiting.is_empty() {
            true => Round::Done,
            false => Round::Progress,
        }
    }
}

impl PendingRevocations {
    /// Takes the first ones out of the queue.
    fn take(&self, count: usize) -> Taken<'_> {
        let mut state = self.lock();
        let count = count.min(state.waiting.len());
        Taken {
            queue: self,
            entries: state.waiting.drain(..count).collect(),
        }
    }

    /// Whether the task that tries them again may end; decided where a new one cannot come between.
    fn task_may_end(&self) -> bool {
        let mut state = self.lock();
        let may_end = state.waiting.is_empty();
        if may_end {
            state.task = None;
        }
        may_end
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revocations that are being tried. What is left of them goes back into the queue, also if the caller
/// leaves.
struct Taken<'a> {
    queue: &'a PendingRevocations,
    entries: Vec<PendingRevocation>,
}

impl Taken<'_> {
    fn give_up_expired(&mut self, shared: &Components) {
        let now = shared.now();
        self.entries.retain(|entry| {
            let is_expired = now >= entry.until;
            if is_expired {
                entry.give_up(shared, AuthEventReason::SessionExpired);
            }
            !is_expired
        });
    }

    /// Tries all at once and keeps those that failed. If all did, returns when to ask again.
    async fn attempt_all(&mut self, shared: &Components) -> Option<Option<Duration>> {
        let attempts = self.entries.iter().map(|entry| entry.attempt(shared));
        let results = join_all(attempts).await;
        let has_failed = !results.is_empty() && results.iter().all(Result::is_err);
        let retry_after = results
            .iter()
            .filter_map(|result| result.as_ref().err()?.retry_after)
            .max();
        let mut results = results.iter();
        self.entries
            .retain(|_| results.next().is_some_and(Result::is_err));
        has_failed.then_some(retry_after)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.waiting.extend(self.entries.drain(..));
    }
}

/// The one task for all revocations that wait; it ends when none is left.
async fn retry(shared: Weak<Components>, retry_after: Duration) {
    let mut pause = FIRST_PAUSE;
    let mut asked = retry_after;
    loop {
        tokio::time::sleep(pause.max(asked)).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let families = &shared.families;
        (pause, asked) = match families.retry_round(&shared).await {
            Round::Done if families.revocations.task_may_end() => return,
            Round::Done | Round::Progress => (FIRST_PAUSE, Duration::ZERO),
            Round::Failed { retry_after } => (
                pause.saturating_mul(2).min(LONGEST_PAUSE),
                retry_after.unwrap_or_default(),
            ),
        };
    }
}

/// Runs a few futures in the task of the caller, and returns what they returned, in order.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *output = Some(value);
            }
        }
        let is_done = running.iter().all(|(_, output)| output.is_some());
        if is_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

#[cfg(test)]
mod tests;
