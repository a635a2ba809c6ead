//! Refresh: one token request at a time for each refresh token, and its result for all who come
//! with an older cookie.

mod blocked;
mod coordinator;
mod ending;
mod failed;
mod failure;
mod family;
mod flight;
mod memory;
mod patience;
mod revocations;
mod spent;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use self::blocked::BlockedSessions;
pub use self::coordinator::{CoordinatorError, RefreshCoordinator};
pub(crate) use self::failure::{Failure, Revalidation};
pub(crate) use self::family::{Family, KEPT};
use self::family::{Flown, hash};
use self::patience::Patience;
use self::revocations::PendingRevocations;
use self::spent::Spent;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::SessionId;
use crate::shared::Shared;
use crate::time::UnixMillis;

/// The sessions that were refreshed in this process, and that a request may need yet.
#[derive(Default)]
pub(crate) struct Families {
    families: Mutex<HashMap<SessionId, Arc<Family>>>,
    /// How many there are: a request looks for its own only if there are any.
    count: AtomicUsize,
    /// Token requests under way.
    flying: watch::Sender<usize>,
    spent: Mutex<Spent>,
    blocked: Mutex<BlockedSessions>,
    patience: Patience,
    revocations: PendingRevocations,
}

/// What a caller wants.
#[derive(Clone)]
pub(crate) struct Want {
    pub(crate) target: Target,
    /// A new token even if the one at hand is alive.
    pub(crate) forced: bool,
    /// The caller can go on without.
    pub(crate) can_do_without: bool,
}

impl Families {
    /// A session with a token for the target that was not there, or was too old: of the token
    /// request that is under way for it, or of a new one.
    ///
    /// The request runs in a task of its own, so that a caller who leaves loses nothing that the
    /// provider gave, and is awaited here, because a machine may be frozen after its response.
    pub(crate) async fn refresh(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        from: &Arc<Session>,
        want: Want,
    ) -> Flown {
        let mut result = loop {
            match self.join(shared, from, &want) {
                Joined::Known(result) => return result,
                Joined::Flight(result) => break result,
                // It may end without a result.
                Joined::After(mut other) => drop(other.wait_for(Option::is_some).await),
            }
        };
        let result = match result.wait_for(Option::is_some).await {
            Ok(result) => result.clone(),
            // The task panicked, or the runtime ends.
            Err(_) => None,
        };
        result.unwrap_or(Err(Failure::internal()))
    }

    fn join(self: &Arc<Self>, shared: &Arc<Shared>, from: &Arc<Session>, want: &Want) -> Joined {
        let now = shared.now();
        let family = self.hold(from, shared);
        let mut state = family.state();
        // Looked at behind `hold`: a sign-out that found no family entered its tombstone before.
        if state.is_ended() || shared.tombstones.contains(from.frame.session_id, now) {
            return Joined::Known(Err(Failure::Ended));
        }
        if let Some(other) = state.flight_of_another_line(from) {
            return Joined::After(other);
        }
        state.meet(from);
        let Want {
            target,
            forced,
            can_do_without,
        } = want.clone();
        let flight = state.flights.get(&target);
        let is_spared = can_do_without && flight.is_some() && self.patience.is_lost();
        if let Some(flight) = flight.filter(|_| !is_spared) {
            return Joined::Flight(flight.clone());
        }
        let at_hand = state.newest.body.access_token(&target);
        let leeway = shared.settings.refresh_leeway;
        if !forced && at_hand.is_some_and(|token| token.is_alive(now, leeway)) {
            return Joined::Known(Ok(Arc::clone(&state.newest)));
        }
        if let Some(failure) = state.remembered(&target, now) {
            return Joined::Known(Err(failure));
        }
        if is_spared || (can_do_without && self.patience.spares()) {
            return Joined::Known(Err(Failure::internal()));
        }
        let (sender, result) = watch::channel(None);
        state.flights.insert(target.clone(), result.clone());
        drop(state);
        let counted = self.counted();
        // Before the task, which may never begin where the runtime ends.
        let landing = Landing {
            family: Arc::clone(&family),
            target: target.clone(),
        };
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let _counted = counted;
            let landing = landing;
            let flown = flight::fly(&shared, &family, &target).await;
            // No longer under way before anybody hears of it, so that nobody joins too late.
            drop(landing);
            sender.send_replace(Some(flown));
        });
        Joined::Flight(result)
    }

    /// The session to write in the place of `session`, which was not changed: the same generation may
    /// have got other data.
    pub(crate) fn newest_for(&self, session: &Session, now: UnixMillis) -> Option<Arc<Session>> {
        let family = self.existing(session.frame.session_id)?;
        let state = family.state();
        state.newest_for(session).filter(|_| state.is_kept(now))
    }

    /// The newest session that this process knows for the owner of `session`, if there is a newer
    /// one.
    pub(crate) fn newer_than(&self, session: &Session, now: UnixMillis) -> Option<Arc<Session>> {
        let family = self.existing(session.frame.session_id)?;
        let state = family.state();
        state.newer_than(session).filter(|_| state.is_kept(now))
    }

    /// A response head carried this session, so its older cookies come for a while yet.
    pub(crate) fn written(&self, session: &Session, now: UnixMillis) {
        if let Some(family) = self.existing(session.frame.session_id) {
            family.state().written(session, now);
        }
    }

    /// Waits until no request is in flight, tries the revocations that wait once, and waits for those.
    pub(crate) async fn drain(self: &Arc<Self>, shared: &Shared) {
        self.none_in_flight().await;
        self.retry_revocations(shared).await;
        // Another task may be trying some of them.
        self.none_in_flight().await;
    }

    async fn none_in_flight(&self) {
        // The sender is ours, so it cannot be gone.
        let _ = self
            .flying
            .subscribe()
            .wait_for(|flying| *flying == 0)
            .await;
    }

    /// The token endpoint gave this session tokens, at a refresh or at its sign-in.
    pub(crate) fn served(&self, session: SessionId, now: UnixMillis) {
        self.blocked().served(session, now);
    }

    fn blocked(&self) -> MutexGuard<'_, BlockedSessions> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the session's refresh token was used up in this process, by a family that is
    /// forgotten.
    fn has_spent(&self, session: &Session) -> bool {
        hash(session).is_some_and(|token| self.spent().contains(&token))
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(self: &Arc<Self>) -> Counted {
        self.flying
            .send_modify(|flying| *flying = flying.saturating_add(1));
        Counted(Arc::clone(self))
    }
}

enum Joined {
    Known(Flown),
    Flight(watch::Receiver<Option<Flown>>),
    /// To be tried again when this one has ended.
    After(watch::Receiver<Option<Flown>>),
}

/// A task that [`Families::drain`] waits for.
struct Counted(Arc<Families>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0
            .flying
            .send_modify(|flying| *flying = flying.saturating_sub(1));
    }
}

/// Ends a flight, also when it panics.
struct Landing {
    family: Arc<Family>,
    target: Target,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.family.state().flights.remove(&self.target);
    }
}

#[cfg(test)]
mod tests;
