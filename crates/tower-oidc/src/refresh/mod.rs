//! Refresh: one token request at a time for each refresh token, and its result for all requests
//! that bring an older cookie.

mod blocked;
mod circuit_breaker;
mod coordinator;
mod ending;
mod failed;
mod failure;
mod family;
mod flight;
mod in_flight;
mod memory;
mod refresh_lock;
mod revocations;
mod spent;
mod times;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sealed_cookie::Sealer;
use tokio::sync::watch;
use tokio::time::Instant;

use self::blocked::BlockedSessions;
use self::circuit_breaker::{Admission, CircuitBreaker, Probe, SLOW_AFTER};
pub use self::coordinator::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoredSession, UnlockRequest,
};
pub(crate) use self::failure::{Failure, Revalidation};
pub(crate) use self::family::{Family, KEPT};
use self::family::{Flown, hash};
use self::in_flight::{Finish, InFlight, InFlightGuard, TaskGuard};
use self::revocations::PendingRevocations;
use self::spent::Spent;
pub(crate) use self::times::RefreshTimes;
use crate::components::Components;
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::SessionId;

/// How many refreshes of one session may be under way, queued or sent. They are sent one after the
/// other, so more would wait for long; and a user who asks for tokens of thousands of organizations
/// must neither fill the queue in front of the provider nor keep [`Families::drain`] waiting.
const MAX_REFRESHES_PER_SESSION: usize = 16;

/// The sessions that were refreshed in this process, and that a request may still need.
#[derive(Default)]
pub(crate) struct Families {
    families: Mutex<HashMap<SessionId, Arc<Family>>>,
    /// How many there are: a request looks for its own only if there are any.
    count: AtomicUsize,
    /// Refreshes and revocations under way.
    tasks: watch::Sender<usize>,
    spent: Mutex<Spent>,
    blocked: Mutex<BlockedSessions>,
    circuit: Arc<CircuitBreaker>,
    revocations: PendingRevocations,
}

/// How tokens are refreshed, as configured.
pub(crate) struct RefreshSettings {
    /// How long before its expiry an access token is refreshed.
    pub(crate) leeway: Duration,
    pub(crate) coordinator: Option<Arc<dyn RefreshCoordinator>>,
    /// Seals sessions for other instances; see [`RefreshCoordinator`].
    pub(crate) sealer: Sealer,
    pub(crate) times: RefreshTimes,
    /// Whether the host may freeze this process after each response.
    pub(crate) freezes_between_requests: bool,
}

/// What a caller wants.
#[derive(Clone)]
pub(crate) struct Want {
    pub(crate) target: Target,
    /// A new token even if the one at hand is alive.
    pub(crate) forced: bool,
    /// The caller can go on without.
    pub(crate) optional: bool,
}

impl Families {
    /// A session with a token for the target that was not there, or was too old: of the token
    /// request that is under way for it, or of a new one.
    ///
    /// The request runs in a task of its own, so that a caller that leaves, or has waited long
    /// enough, loses nothing that the provider gives.
    pub(crate) async fn refresh(
        self: &Arc<Self>,
        shared: &Arc<Components>,
        from: &Arc<Session>,
        want: Want,
    ) -> Flown {
        let waits_until = after(Instant::now(), shared.refresh.times.wait);
        loop {
            match self.join(shared, from, &want, waits_until) {
                Joined::Known(result) => return result,
                Joined::Flight(flight, until) => {
                    let result = flight.result(until).await;
                    return result.map_err(|failure| self.learned(shared, from, &want, failure));
                }
                // It may end without a result.
                Joined::After(other) => {
                    if !other.ended(waits_until).await {
                        return Err(Failure::internal());
                    }
                }
            }
        }
    }

    /// What became known of a refresh while its caller waited in vain: a request for another target may
    /// have shown that the provider refuses this session. Otherwise a user who is refused could fill the
    /// queue of their own session, and a check that waits behind it would count as unanswered.
    fn learned(
        &self,
        shared: &Components,
        from: &Session,
        want: &Want,
        failure: Failure,
    ) -> Failure {
        if failure != Failure::internal() {
            return failure;
        }
        let family = self.existing(from.frame.session_id);
        family
            .and_then(|family| family.state().remembered(&want.target, shared.now()))
            .unwrap_or(failure)
    }

    fn join(
        self: &Arc<Self>,
        shared: &Arc<Components>,
        from: &Arc<Session>,
        want: &Want,
        waits_until: Instant,
    ) -> Joined {
        let now = shared.now();
        let family = self.hold(from, shared);
        let mut state = family.state();
        // Looked at behind `hold`: a sign-out that found no family entered its tombstone before.
        if state.is_ended()
            || shared
                .persistence
                .revoked
                .contains(from.frame.session_id, now)
        {
            return Joined::Known(Err(Failure::Ended));
        }
        if let Some(other) = state.flight_of_another_line(from) {
            return Joined::After(other);
        }
        state.meet(from);
        let target = &want.target;
        // A caller that can do without the token hardly waits for a provider that hangs.
        let is_hurried = want.optional && self.circuit.is_open();
        let until = |flight: &InFlight| {
            let soon = after(flight.started, SLOW_AFTER);
            if is_hurried {
                soon.min(waits_until)
            } else {
                waits_until
            }
        };
        if let Some(flight) = state.flights.get(target) {
            return Joined::Flight(flight.clone(), Some(until(flight)));
        }
        let at_hand = state.newest.body.access_token(target);
        let leeway = shared.refresh.leeway;
        if !want.forced && at_hand.is_some_and(|token| token.is_alive(now, leeway)) {
            return Joined::Known(Ok(Arc::clone(&state.newest)));
        }
        if let Some(failure) = state.remembered(target, now) {
            return Joined::Known(Err(failure));
        }
        if state.flights.len() >= MAX_REFRESHES_PER_SESSION {
            return Joined::Known(Err(Failure::busy()));
        }
        let probe = match want.optional.then(|| self.circuit.admit()) {
            Some(Admission::Skipped) => return Joined::Known(Err(Failure::internal())),
            Some(Admission::Probe(probe)) => Some(probe),
            Some(Admission::Closed) | None => None,
        };
        let (finish, flight) = InFlight::start();
        state.flights.insert(target.clone(), flight.clone());
        drop(state);
        let until = until(&flight);
        self.start(shared, family, target.clone(), finish, probe);
        // On a host that freezes this process after the response, what is not awaited is lost.
        let stays = shared.refresh.times.callers_stay();
        Joined::Flight(flight, (!stays).then_some(until))
    }

    fn start(
        self: &Arc<Self>,
        shared: &Arc<Components>,
        family: Arc<Family>,
        target: Target,
        finish: Finish,
        probe: Option<Probe>,
    ) {
        let task = TaskGuard::new(self);
        // Before the task, which may never begin where the runtime ends.
        let in_flight = InFlightGuard {
            family: Arc::clone(&family),
            target: target.clone(),
        };
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let (_task, _probe) = (task, probe);
            let in_flight = in_flight;
            // A box: it holds a whole token request.
            let flown = Box::pin(flight::fly(&shared, &family, &target, &finish)).await;
            // No longer under way before anybody hears of it, so that nobody joins too late.
            drop(in_flight);
            finish.with(flown);
        });
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
}

fn after(time: Instant, duration: Duration) -> Instant {
    time.checked_add(duration).unwrap_or(time)
}

enum Joined {
    Known(Flown),
    /// To be waited for until then, or to the end.
    Flight(InFlight, Option<Instant>),
    /// To be tried again when this one has ended.
    After(InFlight),
}

#[cfg(test)]
mod tests;
