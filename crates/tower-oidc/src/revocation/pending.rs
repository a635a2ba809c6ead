//! Revocations that the store did not take: this instance keeps them, and tries again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use super::shared::SharedRevocations;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::runtime::{self, Task};

/// About 100 bytes each. When more wait, the one that expires first is given up.
pub(super) const CAPACITY: usize = 4_096;

/// The first pause before a try. The pauses double up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<Queue>);

struct Queue {
    /// The time of each entry.
    waiting: ExpiringMap<RevocationKey, u64>,
    /// Tries them again; it ends when none is left.
    task: Option<Task<()>>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: ExpiringMap::new(CAPACITY),
            task: None,
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
    fn add(
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
        // A task that has ended without emptying the queue: its runtime was shut down.
        if queue.task.as_ref().is_none_or(Task::is_finished) {
            queue.task = Some(start());
        }
        gives_up
    }

    /// The entry that expires first, with the time for which it is still needed.
    fn first(&self, now: UnixMillis) -> Option<(RevocationKey, u64, Duration)> {
        let waiting = &self.lock().waiting;
        let (key, time) = waiting.first()?;
        Some((*key, *time, waiting.rest(key, now)))
    }

    /// Removes an entry that the store has, unless a later one of the same key came in the meantime.
    fn written(&self, key: &RevocationKey, time: u64, now: UnixMillis) {
        let waiting = &mut self.lock().waiting;
        if waiting.get(key, now).is_none_or(|waiting| *waiting <= time) {
            waiting.remove(key);
        }
    }

    /// Whether none waits, so that the task may end. Forgets the task under the same lock, so that a new entry
    /// finds either a running task or none.
    fn task_may_end(&self) -> bool {
        let mut queue = self.lock();
        let may_end = queue.waiting.len() == 0;
        if may_end {
            queue.task = None;
        }
        may_end
    }
}

impl SharedRevocations {
    /// Keeps an entry that the store did not take, and tries again in the background.
    pub(super) fn keep_for_later(
        self: &Arc<Self>,
        key: RevocationKey,
        time: u64,
        now: UnixMillis,
        keep_for: Duration,
    ) {
        let shared = Arc::clone(self);
        let start = || runtime::spawn(async move { shared.retry().await });
        if self.pending.add((key, time), now, keep_for, start) {
            limited!(
                error,
                self,
                ("revocation_store", "full"),
                "too many revocations wait for the revocation store: one is given up, and the sessions \
                 that it ended still open on other instances"
            );
        }
    }

    /// Tries until the store has all entries.
    async fn retry(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        loop {
            runtime::sleep(pause).await;
            pause = match self.write_pending().await {
                true => FIRST_PAUSE,
                false => pause.saturating_mul(2).min(LONGEST_PAUSE),
            };
            if self.pending.task_may_end() {
                return;
            }
        }
    }

    /// Writes the entries that wait, one after the other, until one fails. Returns whether all were written.
    pub(super) async fn write_pending(self: &Arc<Self>) -> bool {
        while let Some((key, time, keep_for)) = self.pending.first(self.now()) {
            if !keep_for.is_zero() && self.write(key, time, keep_for).await.is_err() {
                return false;
            }
            self.pending.written(&key, time, self.now());
            if self.pending.len() == 0 {
                tracing::info!("the revocation store has all revocations that waited for it");
            }
        }
        true
    }
}
