//! Trying revocations again that the store did not take.

use std::sync::Arc;
use std::time::Duration;

use super::key::RevocationKey;
use super::shared::SharedRevocations;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::runtime;

/// The first pause before a try. The pauses double up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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

    /// The same as [`write_pending`](Self::write_pending), if some entries were added since the last try.
    pub(super) async fn write_new(&self) {
        if self.pending.has_new() {
            self.write_pending().await;
        }
    }

    /// Writes the entries that wait, one after the other, until one fails. Returns whether all were written.
    pub(super) async fn write_pending(&self) -> bool {
        self.pending.none_is_new();
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
