//! Refreshes in flight: how callers wait for one.

use tokio::sync::watch;

use super::failure::{Failure, RefreshResult};
use crate::runtime::{self, Instant};

/// A refresh in flight, shared by all that wait for it.
#[derive(Clone)]
pub(crate) struct InFlight {
    result: watch::Receiver<Option<RefreshResult>>,
    pub(super) started: Instant,
}

/// Sends the result of a refresh to all that wait for it.
pub(super) struct Finish(watch::Sender<Option<RefreshResult>>);

impl InFlight {
    pub(super) fn start() -> (Finish, Self) {
        let (sender, result) = watch::channel(None);
        let started = Instant::now();
        (Finish(sender), Self { result, started })
    }

    /// Waits for the result. Returns "later" if there is none at `until`; without a time, waits to the end.
    pub(super) async fn result(mut self, until: Option<Instant>) -> RefreshResult {
        let ended = self.result.wait_for(Option::is_some);
        let ended = match until {
            Some(until) => match runtime::timeout_at(until, ended).await {
                Some(ended) => ended,
                None => return Err(Failure::internal()),
            },
            None => ended.await,
        };
        match ended {
            Ok(result) => result.clone(),
            // The task panicked, or the runtime shuts down.
            Err(_) => None,
        }
        .unwrap_or(Err(Failure::internal()))
    }

    /// Waits until the refresh has ended, with a result or without. Returns false if it has not at `until`.
    pub(super) async fn ended(mut self, until: Instant) -> bool {
        let ended = self.result.wait_for(Option::is_some);
        runtime::timeout_at(until, ended).await.is_some()
    }
}

impl Finish {
    /// Whether a caller waits for the result. The session's state holds one receiver, which does not count.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.receiver_count() > 1
    }

    pub(super) fn with(self, result: RefreshResult) {
        self.0.send_replace(Some(result));
    }
}
