//! Revocations that wait in memory until they can be sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::AuthEvent;
use crate::format::time::UnixMillis;
use crate::runtime::Task;
use crate::session::frame::ProviderId;
use crate::session::token::StoredToken;

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    pub(super) waiting: VecDeque<PendingRevocation>,
    /// The one task that tries them again, while there are any.
    pub(super) task: Option<Task<()>>,
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

impl PendingRevocations {
    /// Takes the first ones out of the queue.
    pub(super) fn take(&self, count: usize) -> Taken<'_> {
        let mut state = self.lock();
        let count = count.min(state.waiting.len());
        Taken {
            queue: self,
            entries: state.waiting.drain(..count).collect(),
        }
    }

    /// Whether the task that tries them again may end; decided where a new one cannot come between.
    pub(super) fn task_may_end(&self) -> bool {
        let mut state = self.lock();
        let may_end = state.waiting.is_empty();
        if may_end {
            state.task = None;
        }
        may_end
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revocations that are being tried. What is left of them goes back into the queue, also if the caller
/// leaves.
pub(super) struct Taken<'a> {
    queue: &'a PendingRevocations,
    pub(super) entries: Vec<PendingRevocation>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.waiting.extend(self.entries.drain(..));
    }
}
