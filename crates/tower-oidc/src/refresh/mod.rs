//! Refresh: one token request at a time for each refresh token, and its result for all who come
//! with an older cookie.

mod coordinator;
mod ending;
mod failure;
mod family;
mod flight;
mod patience;
mod spent;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use relying_party::Clock;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use self::coordinator::{CoordinatorError, RefreshCoordinator};
pub(crate) use self::failure::Failure;
pub(crate) use self::family::{Family, KEPT};
use self::family::{Flown, hash};
use self::patience::Patience;
use self::spent::Spent;
use crate::event::AuthEventKind;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::SessionId;
use crate::shared::Shared;
use crate::time::UnixMillis;

/// A family is a session of some four kilobytes, so 32 MiB. The one that nobody needed for longest
/// goes first.
const CAPACITY: usize = 8_192;

/// The sessions that were refreshed in this process within the last minute or so.
#[derive(Default)]
pub(crate) struct Families {
    families: Mutex<HashMap<SessionId, Arc<Family>>>,
    /// How many there are: a request looks for its own only if there are any.
    count: AtomicUsize,
    /// Token requests under way.
    flying: watch::Sender<usize>,
    spent: Mutex<Spent>,
    patience: Patience,
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
        if can_do_without && self.patience.is_lost(now) {
            return Joined::Known(Err(Failure::internal()));
        }
        if let Some(flight) = state.flights.get(&target) {
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

    /// Waits until no token request is under way.
    pub(crate) async fn drain(&self) {
        // The sender is ours, so it cannot be gone.
        let _ = self
            .flying
            .subscribe()
            .wait_for(|flying| *flying == 0)
            .await;
    }

    fn existing(&self, session: SessionId) -> Option<Arc<Family>> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.lock().get(&session).cloned()
    }

    /// The session's family, which is not forgotten while somebody holds it: a response may be under
    /// way for longer than a successor is kept.
    pub(crate) fn hold(self: &Arc<Self>, session: &Arc<Session>, shared: &Shared) -> Arc<Family> {
        let now = shared.now();
        let id = session.frame.session_id;
        let mut families = self.lock();
        if let Some(family) = families.get(&id) {
            // From now on the janitor sees that it is in use.
            family.state().keep(now);
            return Arc::clone(family);
        }
        let lost = if families.len() >= CAPACITY {
            self.make_room(&mut families, now)
        } else {
            Vec::new()
        };
        let family = Arc::new(Family::new(Arc::clone(session), now));
        families.insert(id, Arc::clone(&family));
        self.count.store(families.len(), Ordering::Release);
        drop(families);
        for lost in lost {
            shared.tell(AuthEventKind::SuccessorForgotten, Some(&lost), None);
        }
        // Outside of a runtime, as in a test of a handler, the next one who needs room forgets it.
        if let Ok(runtime) = Handle::try_current() {
            let clock = Arc::clone(&shared.clock);
            runtime.spawn(forget_in_time(Arc::downgrade(self), id, clock));
        }
        family
    }

    fn forget_if_due(&self, id: SessionId, now: UnixMillis) -> bool {
        let mut families = self.lock();
        let is_due = families.get(&id).is_none_or(|family| is_due(family, now));
        if is_due {
            self.forget(&mut families, id, now);
            self.count.store(families.len(), Ordering::Release);
        }
        is_due
    }

    fn forget(
        &self,
        families: &mut HashMap<SessionId, Arc<Family>>,
        id: SessionId,
        now: UnixMillis,
    ) {
        if let Some(family) = families.remove(&id) {
            self.spent().enter(family.state().spent(), now);
        }
    }

    /// Whether the session's refresh token was used up in this process, by a family that is
    /// forgotten.
    fn has_spent(&self, session: &Session) -> bool {
        hash(session).is_some_and(|token| self.spent().contains(&token))
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the families that are needed least, and returns the sessions that somebody may need
    /// yet.
    fn make_room(
        &self,
        families: &mut HashMap<SessionId, Arc<Family>>,
        now: UnixMillis,
    ) -> Vec<Arc<Session>> {
        let mut unused: Vec<_> = families
            .iter()
            .filter(|(_, family)| Arc::strong_count(family) == 1)
            .map(|(id, family)| {
                let state = family.state();
                // Without ancestors nobody brings a cookie that this family alone can help.
                (state.has_ancestors(), state.needed_until(), *id)
            })
            .collect();
        // Many at once, so that a full memory does not cost a walk through it for each session.
        unused.sort_unstable_by_key(|(has_ancestors, until, _)| (*has_ancestors, *until));
        unused.truncate(CAPACITY / 16);
        let lost: Vec<_> = unused
            .iter()
            .filter(|(has_ancestors, until, _)| *has_ancestors && now < *until)
            .filter_map(|(_, _, id)| families.get(id))
            .map(|family| Arc::clone(&family.state().newest))
            .collect();
        if !lost.is_empty() {
            tracing::warn!(
                sessions = lost.len(),
                "more sessions are refreshed at once than this process remembers: requests that \
                 come with an older cookie may have to sign in again"
            );
        }
        for (_, _, id) in unused {
            self.forget(families, id, now);
        }
        lost
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Family>>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
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

/// An idle server must not keep tokens until the next refresh.
async fn forget_in_time(families: Weak<Families>, id: SessionId, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(KEPT).await;
        let Some(families) = families.upgrade() else {
            return;
        };
        if families.forget_if_due(id, UnixMillis::of(clock.now())) {
            return;
        }
    }
}

/// Nobody holds it, and nobody has come for a while.
fn is_due(family: &Arc<Family>, now: UnixMillis) -> bool {
    Arc::strong_count(family) == 1 && !family.state().is_kept(now)
}

#[cfg(test)]
mod tests;
