//! Revocations that the store did not take: this instance keeps them, and tries again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;
use crate::runtime::Task;

/// About 100 bytes each. When more wait, the one that expires first is given up.
pub(super) const CAPACITY: usize = 4_096;

/// The same for entries by requests that prove nothing: more than people sign out while a store is down, in most
/// applications, and few enough that a flood of them does not delay the recovery of the store.
pub(super) const UNPROVEN_CAPACITY: usize = 1_024;

/// Whether somebody has proven that they may end the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Proven,
    Unproven,
}

#[derive(Default)]
pub(super) struct PendingRevocations(Mutex<Queue>);

struct Queue {
    proven: ExpiringMap<RevocationKey, Waiting>,
    /// In a separate map, so that a flood of them displaces no other entry.
    unproven: ExpiringMap<RevocationKey, Waiting>,
    /// Tries them again; it ends when none is left.
    task: Option<Task<()>>,
    /// Whether some were added since they were last tried.
    has_new: bool,
}

#[derive(Clone, Copy)]
struct Waiting {
    /// The time of the entry.
    time: u64,
    /// How often the store did not take it since it waits.
    refusals: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            proven: ExpiringMap::new(CAPACITY),
            unproven: ExpiringMap::new(UNPROVEN_CAPACITY),
            task: None,
            has_new: false,
        }
    }
}

impl Queue {
    /// The map that has this key. Keys of unproven entries are never those of others.
    fn map_of(&mut self, key: &RevocationKey) -> &mut ExpiringMap<RevocationKey, Waiting> {
        match self.unproven.contains(key) {
            true => &mut self.unproven,
            false => &mut self.proven,
        }
    }

    fn len(&self) -> usize {
        self.proven.len().saturating_add(self.unproven.len())
    }
}

impl PendingRevocations {
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry, and starts the task with `start` unless it runs. Returns whether another entry was given up
    /// for it.
    pub(super) fn add(
        &self,
        (key, time): (RevocationKey, u64),
        proof: Proof,
        now: UnixMillis,
        keep_for: Duration,
        start: impl FnOnce() -> Task<()>,
    ) -> bool {
        let mut queue = self.lock();
        let waiting = match proof {
            Proof::Proven => &mut queue.proven,
            Proof::Unproven => &mut queue.unproven,
        };
        let known = waiting.get(&key, now).copied();
        let gives_up = known.is_none() && !waiting.has_room(now);
        let entry = Waiting {
            time: time.max(known.map_or(0, |known| known.time)),
            refusals: known.map_or(0, |known| known.refusals),
        };
        waiting.insert(key, entry, now, keep_for);
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

    /// All that wait, in the order in which they are tried now: first those that the store refused least often, so that
    /// one that it never takes does not block the others, and last those that are not proven.
    pub(super) fn begin_round(&self) -> Vec<RevocationKey> {
        let mut queue = self.lock();
        queue.has_new = false;
        let mut keys = Vec::with_capacity(queue.len());
        for waiting in [&queue.proven, &queue.unproven] {
            let mut entries: Vec<_> = waiting.iter().collect();
            // The sort is stable, and begins with those that expire first.
            entries.sort_by_key(|(_, entry)| entry.refusals);
            keys.extend(entries.into_iter().map(|(key, _)| *key));
        }
        keys
    }

    /// The time of an entry, and for how long it is still needed. One that no session needs any more is removed.
    pub(super) fn still_needed(
        &self,
        key: &RevocationKey,
        now: UnixMillis,
    ) -> Option<(u64, Duration)> {
        let mut queue = self.lock();
        let waiting = queue.map_of(key);
        let needed = waiting.get(key, now).map(|entry| entry.time);
        if needed.is_none() {
            waiting.remove(key);
        }
        Some((needed?, waiting.rest(key, now)))
    }

    /// The store did not take the entry again, so that the others come first.
    pub(super) fn refused(&self, key: &RevocationKey) {
        if let Some(entry) = self.lock().map_of(key).get_mut(key) {
            entry.refusals = entry.refusals.saturating_add(1);
        }
    }

    /// Removes an entry that the store has, unless a later one of the same key came in the meantime.
    pub(super) fn written(&self, key: &RevocationKey, time: u64, now: UnixMillis) {
        let mut queue = self.lock();
        let waiting = queue.map_of(key);
        if waiting.get(key, now).is_none_or(|entry| entry.time <= time) {
            waiting.remove(key);
        }
    }

    /// Whether none waits, so that the task may end. Forgets the task under the same lock, so that a new entry
    /// finds either a running task or none.
    pub(super) fn task_may_end(&self) -> bool {
        let mut queue = self.lock();
        let may_end = queue.len() == 0;
        if may_end {
            queue.task = None;
        }
        may_end
    }
}
