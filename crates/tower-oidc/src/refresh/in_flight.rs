//! Refreshes under way: how callers wait for one, and how a stop waits for all.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::family::{Family, Flown};
use super::{Failure, Families};
use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;
use crate::session::access_token::Target;

/// A refresh under way, shared by all that wait for it.
#[derive(Clone)]
pub(crate) struct InFlight {
    result: watch::Receiver<Option<Flown>>,
    pub(super) started: Instant,
}

/// The task of a refresh tells those that wait.
pub(super) struct Finish(watch::Sender<Option<Flown>>);

impl InFlight {
    pub(super) fn start() -> (Finish, Self) {
        let (sender, result) = watch::channel(None);
        let started = Instant::now();
        (Finish(sender), Self { result, started })
    }

    /// Its result, or "later" when the caller has waited long enough; `None` waits to the end.
    pub(super) async fn result(mut self, until: Option<Instant>) -> Flown {
        let ended = self.result.wait_for(Option::is_some);
        let ended = match until {
            Some(until) => match tokio::time::timeout_at(until, ended).await {
                Ok(ended) => ended,
                Err(_) => return Err(Failure::internal()),
            },
            None => ended.await,
        };
        match ended {
            Ok(result) => result.clone(),
            // The task panicked, or the runtime ends.
            Err(_) => None,
        }
        .unwrap_or(Err(Failure::internal()))
    }

    /// Returns when it has ended, with a result or without; `false` if that takes too long.
    pub(super) async fn ended(mut self, until: Instant) -> bool {
        let ended = self.result.wait_for(Option::is_some);
        tokio::time::timeout_at(until, ended).await.is_ok()
    }
}

impl Finish {
    /// Whether a caller waits for the result: one receiver is the session's own.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.receiver_count() > 1
    }

    pub(super) fn with(self, result: Flown) {
        self.0.send_replace(Some(result));
    }
}

/// Takes a refresh off its session's list, also when it panics or its task never starts.
pub(super) struct InFlightGuard {
    pub(super) family: Arc<Family>,
    pub(super) target: Target,
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.family.state().flights.remove(&self.target);
    }
}

/// A task that [`Families::drain`] waits for.
pub(super) struct TaskGuard(Arc<Families>);

impl TaskGuard {
    pub(super) fn new(families: &Arc<Families>) -> Self {
        families
            .tasks
            .send_modify(|tasks| *tasks = tasks.saturating_add(1));
        Self(Arc::clone(families))
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.0
            .tasks
            .send_modify(|tasks| *tasks = tasks.saturating_sub(1));
    }
}

impl Families {
    /// Waits until no request is in flight, tries the revocations that wait once, and waits for those.
    pub(crate) async fn drain(self: &Arc<Self>, shared: &Components) {
        self.none_in_flight(shared).await;
        self.retry_revocations(shared).await;
        // Another task may be trying some of them.
        self.none_in_flight(shared).await;
    }

    /// The same for at most `limit`; `false`, a line in the log and an event if something is left then.
    ///
    /// On a host that freezes the process it is called before each response. Revocations that wait are
    /// then tried when their pause is over and not at every response: a provider that hangs would hold
    /// up all of them.
    pub(crate) async fn drain_for(self: &Arc<Self>, shared: &Components, limit: Duration) -> bool {
        let drained = async {
            if shared.refresh.freezes_between_requests {
                self.none_in_flight(shared).await;
            } else {
                self.drain(shared).await;
            }
        };
        let is_drained = tokio::time::timeout(limit, drained).await.is_ok();
        let revocations = self.waiting_revocations();
        if is_drained && revocations == 0 {
            return true;
        }
        let in_flight = shared
            .attempts
            .exchanges
            .in_flight()
            .saturating_add(*self.tasks.borrow());
        limited!(
            warn,
            shared,
            ("drain", ""),
            in_flight,
            revocations,
            "requests to the provider are left: those in flight are lost if this process stops or is \
             frozen now, and revocations that wait are tried again only while it runs"
        );
        let reason = match in_flight {
            0 => AuthEventReason::RevocationsWaiting,
            _ => AuthEventReason::InFlight,
        };
        shared
            .events
            .emit(AuthEventKind::DrainIncomplete, None, Some(reason));
        false
    }

    async fn none_in_flight(&self, shared: &Components) {
        shared.attempts.exchanges.none_in_flight().await;
        // The sender is ours, so it cannot be gone.
        let _ = self.tasks.subscribe().wait_for(|tasks| *tasks == 0).await;
    }
}
