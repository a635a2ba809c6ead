//! Revocations that wait in memory until they can be sent, in one queue for each provider: one that hangs
//! delays no other.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::AuthEvent;
use crate::format::time::UnixMillis;
use crate::runtime::Task;
use crate::session::frame::ProviderId;
use crate::session::token::StoredToken;

/// How many wait for one provider: some three hundred bytes and a refresh token each, so a few megabytes.
pub(super) const MAX_WAITING: usize = 4_096;

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<HashMap<ProviderId, Queue>>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<PendingRevocation>,
    /// The one task that tries them again, while there are any.
    task: Option<Task<()>>,
}

/// A refresh token that is to be revoked.
pub(super) struct PendingRevocation {
    /// The provider that issued it, and no other one may see it.
    pub(super) provider: ProviderId,
    pub(super) refresh_token: StoredToken,
    /// The session's absolute end: no copy of it can be used after that.
    pub(super) until: UnixMillis,
    /// What the application hears if it is given up.
    pub(super) event: AuthEvent,
}

/// As many revocations wait for this provider as may.
pub(super) struct TooManyWaiting(pub(super) Box<PendingRevocation>);

impl PendingRevocations {
    /// Adds one at the end, and starts the task of its queue with `start` unless it runs.
    pub(super) fn add(
        &self,
        revocation: PendingRevocation,
        start: impl FnOnce() -> Task<()>,
    ) -> Result<(), TooManyWaiting> {
        let mut queues = self.lock();
        let queue = queues.entry(revocation.provider).or_default();
        if queue.waiting.len() >= MAX_WAITING {
            return Err(TooManyWaiting(Box::new(revocation)));
        }
        queue.waiting.push_back(revocation);
        if queue.task.as_ref().is_none_or(Task::is_finished) {
            queue.task = Some(start());
        }
        Ok(())
    }

    /// How many wait, for all providers.
    pub(super) fn waiting(&self) -> usize {
        self.lock().values().map(|queue| queue.waiting.len()).sum()
    }

    /// How many wait for this provider.
    pub(super) fn waiting_for(&self, provider: ProviderId) -> usize {
        let queues = self.lock();
        queues.get(&provider).map_or(0, |queue| queue.waiting.len())
    }

    /// The providers that revocations wait for.
    pub(super) fn providers(&self) -> Vec<ProviderId> {
        self.lock().keys().copied().collect()
    }

    /// Takes the first ones out of the provider's queue.
    pub(super) fn take(&self, provider: ProviderId, count: usize) -> Taken<'_> {
        let mut queues = self.lock();
        let mut entries = Vec::new();
        if let Some(queue) = queues.get_mut(&provider) {
            let count = count.min(queue.waiting.len());
            entries.extend(queue.waiting.drain(..count));
        }
        Taken {
            queues: self,
            provider,
            entries,
        }
    }

    /// Whether the task that tries them again may end; decided where a new one cannot come between.
    pub(super) fn task_may_end(&self, provider: ProviderId) -> bool {
        let mut queues = self.lock();
        let may_end = queues
            .get(&provider)
            .is_none_or(|queue| queue.waiting.is_empty());
        if may_end {
            queues.remove(&provider);
        }
        may_end
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProviderId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revocations that are being tried. What is left of them goes back into the queue, also if the caller
/// leaves.
pub(super) struct Taken<'a> {
    queues: &'a PendingRevocations,
    provider: ProviderId,
    pub(super) entries: Vec<PendingRevocation>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let mut queues = self.queues.lock();
        let queue = queues.entry(self.provider).or_default();
        queue.waiting.extend(self.entries.drain(..));
    }
}
