//! Revocations that the store did not take: this instance keeps them, and tries again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;
use crate::runtime::Task;

/// About 100 bytes each. When more wait, the one that expires first is given up.
pub(super) const CAPACITY: usize = 4_096;

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<Queue>);

struct Queue {
    /// The time of each entry.
    waiting: ExpiringMap<RevocationKey, u64>,
    /// Tries them again; it ends when none is left.
    task: Option<Task<()>>,
    /// Whether some were added since they were last tried.
    has_new: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: ExpiringMap::new(CAPACITY),
            task: None,
            has_new: false,
        }
    }
}

impl PendingRevocations {
    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry, and starts the task with `start` unless it runs. Returns whether another entry was given up
    /// for it.
    pub(super) fn add(
        &self,
        (key, time): (RevocationKey, u64),
        now: UnixMillis,
        keep_for: Duration,
        start: impl FnOnce() -> Task<()>,
    ) -> bool {
        let mut queue = self.lock();
        let known = queue.waiting.get(&key, now).copied();
        let gives_up = known.is_none() && queue.waiting.is_full();
        let time = time.max(known.unwrap_or_default());
        queue.waiting.insert(key, time, now, keep_for);
        queue.has_new = true;
        // A task that has ended without emptying the queue: its runtime was shut down.
        if queue.task.as_ref().is_none_or(Task::is_finished) {
            queue.task = Some(start());
        }
        gives_up
    }

    pub(super) fn has_new(&self) -> bool {
        self.lock().has_new
    }

    /// All that wait are tried now.
    pub(super) fn none_is_new(&self) {
        self.lock().has_new = false;
    }

    /// The entry that expires first, with the time for which it is still needed.
    pub(super) fn first(&self, now: UnixMillis) -> Option<(RevocationKey, u64, Duration)> {
        let waiting = &self.lock().waiting;
        let (key, time) = waiting.first()?;
        Some((*key, *time, waiting.rest(key, now)))
    }

    /// Removes an entry that the store has, unless a later one of the same key came in the meantime.
    pub(super) fn written(&self, key: &RevocationKey, time: u64, now: UnixMillis) {
        let waiting = &mut self.lock().waiting;
        if waiting.get(key, now).is_none_or(|waiting| *waiting <= time) {
            waiting.remove(key);
        }
    }

    /// Whether none waits, so that the task may end. Forgets the task under the same lock, so that a new entry
    /// finds either a running task or none.
    pub(super) fn task_may_end(&self) -> bool {
        let mut queue = self.lock();
        let may_end = queue.waiting.len() == 0;
        if may_end {
            queue.task = None;
        }
        may_end
    }
}
