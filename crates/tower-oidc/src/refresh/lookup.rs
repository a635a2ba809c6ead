//! The single flight of refreshes: whether a caller gets a result at once, waits for a refresh in flight, or
//! starts one.

use std::sync::Arc;
use std::time::Duration;

use super::after;
use super::attempt::RefreshAttempt;
use super::failure::{Failure, RefreshResult};
use super::handle::{SessionHandle, State};
use super::in_flight::{Finish, InFlight};
use super::refresher::Refresher;
use super::token_circuit::SLOW_AFTER;
use crate::circuit_breaker::{CircuitBreaker, Probe, ProbeAdmission};
use crate::format::time::UnixMillis;
use crate::runtime::{self, Instant};
use crate::session::Session;
use crate::session::access_token::Target;

/// How many refreshes of one session may be in flight, queued or sent. They are sent one after the
/// other, so more would wait for a long time. And a user who asks for tokens of thousands of organizations
/// must not fill the queue for the provider, or delay a drain.
pub(super) const MAX_REFRESHES_PER_SESSION: usize = 16;

/// When a session is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshMode {
    /// If its access token is missing or expires soon. As long as the token is still valid, the caller waits
    /// for two seconds at most while the provider hangs.
    WhenDue,
    /// In any case.
    Always,
    /// In any case, but the caller can continue without it, so it waits for two seconds at most while the
    /// provider hangs.
    IfPossible,
}

/// What one caller asks for.
struct Caller<'a> {
    from: &'a Arc<Session>,
    target: Target,
    /// A new token even if there is one that is still valid.
    is_forced: bool,
    /// The caller can continue without a new token.
    is_optional: bool,
    wait_until: Instant,
}

/// What a caller has to do for its result.
enum RefreshLookup {
    /// Nothing: the result is known.
    Known(RefreshResult),
    /// Wait for this refresh until this time; without a time, to its end.
    InFlight(InFlight, Option<Instant>),
    /// Wait until this refresh has ended, and look again.
    After(InFlight),
}

impl Refresher {
    /// Returns a session with a current token for the target. If that needs a token request, waits for the
    /// one that is in flight, or sends a new one.
    ///
    /// The request runs in a separate task, so nothing that the provider sends is lost if the caller leaves
    /// or stops waiting.
    pub(crate) async fn refresh(
        self: &Arc<Self>,
        from: &Arc<Session>,
        target: Target,
        mode: RefreshMode,
    ) -> RefreshResult {
        let caller = Caller {
            is_forced: mode != RefreshMode::WhenDue,
            is_optional: match mode {
                RefreshMode::WhenDue => {
                    let token = from.body.access_token(&target);
                    token.is_some_and(|token| token.is_alive(self.now(), Duration::ZERO))
                }
                RefreshMode::Always => false,
                RefreshMode::IfPossible => true,
            },
            from,
            target,
            wait_until: after(Instant::now(), self.times.wait),
        };
        loop {
            match self.look_up(&caller) {
                RefreshLookup::Known(result) => return result,
                RefreshLookup::InFlight(refresh, until) => {
                    let result = refresh.result(until).await;
                    return result.map_err(|failure| self.learned(&caller, failure));
                }
                // Its result is for another refresh token, so this caller looks again.
                RefreshLookup::After(other) => {
                    if !other.ended(caller.wait_until).await {
                        return Err(Failure::internal());
                    }
                }
            }
        }
    }

    /// The failure for a caller that waited in vain. A request for another target may have shown in the
    /// meantime that the provider refuses this session, and then this is the failure. Otherwise a refused
    /// user could fill the queue of their session, and a check that waits in it would count as unanswered.
    fn learned(&self, caller: &Caller<'_>, failure: Failure) -> Failure {
        if failure != Failure::internal() {
            return failure;
        }
        let handle = self.memory.existing(caller.from.frame.session_id);
        handle
            .and_then(|handle| handle.state().remembered(&caller.target, self.now()))
            .unwrap_or(failure)
    }

    fn look_up(self: &Arc<Self>, caller: &Caller<'_>) -> RefreshLookup {
        let now = self.now();
        let from = caller.from;
        let handle = self.hold(from);
        let mut state = handle.state();
        // Checked after the handle exists: a sign-out that found no handle has revoked the session before.
        if state.is_ended() || self.revoked.has_ended(from, now) {
            return RefreshLookup::Known(Err(Failure::Ended));
        }
        if let Some(other) = state.in_flight_of_another_lineage(from) {
            return RefreshLookup::After(other);
        }
        state.observe(from);
        let circuit = self.endpoint.circuit(from);
        // A caller that can continue without the token waits only for a short time if the provider hangs.
        let is_hurried =
            caller.is_optional && circuit.as_ref().is_some_and(|circuit| circuit.is_open());
        let until = |refresh: &InFlight| match is_hurried {
            true => after(refresh.started, SLOW_AFTER).min(caller.wait_until),
            false => caller.wait_until,
        };
        if let Some(refresh) = state.in_flight.get(&caller.target) {
            return RefreshLookup::InFlight(refresh.clone(), Some(until(refresh)));
        }
        if let Some(known) = self.known(&state, caller, now) {
            return RefreshLookup::Known(known);
        }
        let Ok(probe) = probe(caller, circuit.as_ref()) else {
            return RefreshLookup::Known(Err(Failure::internal()));
        };
        let (finish, refresh) = InFlight::start();
        state
            .in_flight
            .insert(caller.target.clone(), refresh.clone());
        drop(state);
        let until = until(&refresh);
        self.start(handle, caller.target.clone(), finish, probe);
        // On a host that freezes this instance after each response, a refresh that is not awaited is lost.
        let stays = self.times.callers_stay();
        RefreshLookup::InFlight(refresh, (!stays).then_some(until))
    }

    /// The result, if it is known without a token request.
    fn known(&self, state: &State, caller: &Caller<'_>, now: UnixMillis) -> Option<RefreshResult> {
        let token = state.newest.body.access_token(&caller.target);
        if !caller.is_forced && token.is_some_and(|token| token.is_alive(now, self.leeway())) {
            return Some(Ok(Arc::clone(&state.newest)));
        }
        if let Some(failure) = state.remembered(&caller.target, now) {
            return Some(Err(failure));
        }
        (state.in_flight.len() >= MAX_REFRESHES_PER_SESSION).then_some(Err(Failure::busy()))
    }

    fn start(
        self: &Arc<Self>,
        handle: Arc<SessionHandle>,
        target: Target,
        finish: Finish,
        probe: Option<Probe>,
    ) {
        let task = self.memory.tasks.enter();
        // Before the task, which may never start if the runtime shuts down.
        let in_flight = InFlightGuard {
            handle: Arc::clone(&handle),
            target: target.clone(),
        };
        let refresher = Arc::clone(self);
        runtime::spawn(async move {
            let (_task, _probe) = (task, probe);
            let in_flight = in_flight;
            let attempt = RefreshAttempt {
                refresher: &refresher,
                handle: &handle,
            };
            // In a box, because this future holds a whole token request.
            let result = Box::pin(attempt.refresh_once(&target, &finish)).await;
            // First removed, so that no caller finds a refresh in flight that has already ended.
            drop(in_flight);
            finish.with(result);
        });
    }
}

/// Whether the refresh may start, and if so, whether it is a probe of an open circuit.
fn probe(caller: &Caller<'_>, circuit: Option<&Arc<CircuitBreaker>>) -> Result<Option<Probe>, ()> {
    match circuit
        .filter(|_| caller.is_optional)
        .map(CircuitBreaker::admit)
    {
        Some(ProbeAdmission::Skipped) => Err(()),
        Some(ProbeAdmission::Probe(probe)) => Ok(Some(probe)),
        Some(ProbeAdmission::Closed) | None => Ok(None),
    }
}

/// When it is dropped, the refresh is no longer in flight, even if it panicked or its task never started.
struct InFlightGuard {
    handle: Arc<SessionHandle>,
    target: Target,
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.handle.state().in_flight.remove(&self.target);
    }
}
