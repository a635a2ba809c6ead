//! Revocations that the store did not take: this instance keeps them, and tries again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use super::shared::SharedRevocations;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::runtime;

/// About 100 bytes each. When more wait, the one that expires first is given up.
const CAPACITY: usize = 4_096;

/// The first pause before a try. The pauses double up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) struct PendingRevocations {
    /// The time of each entry.
    waiting: Mutex<ExpiringMap<RevocationKey, u64>>,
    is_retried: AtomicBool,
}

impl Default for PendingRevocations {
    fn default() -> Self {
        Self {
            waiting: Mutex::new(ExpiringMap::new(CAPACITY)),
            is_retried: AtomicBool::default(),
        }
    }
}

impl PendingRevocations {
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, ExpiringMap<RevocationKey, u64>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry. Returns whether another one was given up for it.
    fn add(&self, key: RevocationKey, time: u64, now: UnixMillis, keep_for: Duration) -> bool {
        let mut waiting = self.lock();
        let known = waiting.get(&key, now).copied();
        let gives_up = known.is_none() && waiting.is_full();
        waiting.insert(key, time.max(known.unwrap_or_default()), now, keep_for);
        gives_up
    }

    /// The entry that expires first, with the time for which it is still needed.
    fn first(&self, now: UnixMillis) -> Option<(RevocationKey, u64, Duration)> {
        let waiting = self.lock();
        let (key, time) = waiting.first()?;
        Some((*key, *time, waiting.rest(key, now)))
    }

    /// Removes an entry that the store has, unless a later one of the same key came in the meantime.
    fn written(&self, key: &RevocationKey, time: u64, now: UnixMillis) {
        let mut waiting = self.lock();
        if waiting.get(key, now).is_none_or(|waiting| *waiting <= time) {
            waiting.remove(key);
        }
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
        if self.pending.add(key, time, now, keep_for) {
            limited!(
                error,
                self,
                ("revocation_store", "full"),
                "too many revocations wait for the revocation store: one is given up, and the sessions \
                 that it ended still open on other instances"
            );
        }
        if self.pending.is_retried.swap(true, Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(self);
        runtime::spawn(async move { shared.retry().await });
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
            if self.pending.len() > 0 {
                continue;
            }
            self.pending.is_retried.store(false, Ordering::SeqCst);
            // One that came before the flag was cleared started no task.
            if self.pending.len() == 0 || self.pending.is_retried.swap(true, Ordering::SeqCst) {
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
