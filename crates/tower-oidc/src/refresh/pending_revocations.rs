//! Revocations that wait in memory until they can be sent. Each provider has its own queue, so one that hangs
//! does not delay another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::endpoint::{TokenKind, TokenToRevoke};
use crate::event::AuthEvent;
use crate::format::time::UnixMillis;
use crate::runtime::Task;
use crate::session::frame::ProviderRef;

/// How many may wait for one provider: about 300 bytes and a token each, so a few megabytes.
pub(super) const MAX_WAITING: usize = 4_096;

/// How many may wait when one of an access token is added. Access tokens expire soon, so they must not take the
/// places of refresh tokens.
const MAX_WAITING_FOR_ACCESS_TOKENS: usize = MAX_WAITING / 2;

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<HashMap<ProviderRef, Queue>>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<PendingRevocation>,
    /// The task that tries them again; it ends when none is left.
    task: Option<Task<()>>,
}

/// A token that is to be revoked.
pub(super) struct PendingRevocation {
    pub(super) token: TokenToRevoke,
    /// The session's absolute end: no copy of its cookie can be used after that. For an access token, its expiry if
    /// that is earlier.
    pub(super) until: UnixMillis,
    /// The event if the token is not revoked.
    pub(super) event: AuthEvent,
}

/// The provider's queue is full; this revocation was not added.
pub(super) struct TooManyWaiting(pub(super) Box<PendingRevocation>);

impl PendingRevocations {
    /// Adds a revocation to the end of its provider's queue. Starts the task of the queue with `start`
    /// unless it runs.
    pub(super) fn add(
        &self,
        revocation: PendingRevocation,
        start: impl FnOnce() -> Task<()>,
    ) -> Result<(), TooManyWaiting> {
        let mut queues = self.lock();
        let queue = queues.entry(revocation.token.provider.clone()).or_default();
        let limit = match revocation.token.kind {
            TokenKind::Refresh => MAX_WAITING,
            TokenKind::Access => MAX_WAITING_FOR_ACCESS_TOKENS,
        };
        if queue.waiting.len() >= limit {
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
    pub(super) fn waiting_for(&self, provider: &ProviderRef) -> usize {
        let queues = self.lock();
        queues.get(provider).map_or(0, |queue| queue.waiting.len())
    }

    /// The providers for which revocations wait.
    pub(super) fn providers(&self) -> Vec<ProviderRef> {
        self.lock().keys().cloned().collect()
    }

    /// Takes the first `count` revocations out of the provider's queue.
    pub(super) fn take(&self, provider: &ProviderRef, count: usize) -> Taken<'_> {
        let mut queues = self.lock();
        let mut entries = Vec::new();
        if let Some(queue) = queues.get_mut(provider) {
            let count = count.min(queue.waiting.len());
            entries.extend(queue.waiting.drain(..count));
        }
        Taken {
            queues: self,
            provider: provider.clone(),
            entries,
        }
    }

    /// Whether the provider's queue is empty, so that its task may end. Removes the queue under the same lock,
    /// so that a new revocation finds either a running task or no queue.
    pub(super) fn task_may_end(&self, provider: &ProviderRef) -> bool {
        let mut queues = self.lock();
        let may_end = queues
            .get(provider)
            .is_none_or(|queue| queue.waiting.is_empty());
        if may_end {
            queues.remove(provider);
        }
        may_end
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProviderRef, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revocations that are being tried. When it is dropped, also because the caller left, those that are left
/// return to the queue.
pub(super) struct Taken<'a> {
    queues: &'a PendingRevocations,
    provider: ProviderRef,
    pub(super) entries: Vec<PendingRevocation>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let mut queues = self.queues.lock();
        let queue = queues.entry(self.provider.clone()).or_default();
        queue.waiting.extend(self.entries.drain(..));
    }
}
