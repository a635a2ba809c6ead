//! Trying revocations again that the store did not take.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::key::RevocationKey;
use super::pending::Proof;
use super::shared::SharedRevocations;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::runtime;

/// The first pause before a try. The pauses double up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// One entry that the store refuses says nothing about the others. After two in a row it is more likely down, and should
/// not get them all.
const MAX_REFUSALS_IN_A_ROW: u32 = 2;

impl SharedRevocations {
    /// Keeps an entry that the store did not take, and tries again in the background.
    pub(super) fn keep_for_later(
        self: &Arc<Self>,
        (key, time): (RevocationKey, u64),
        proof: Proof,
        now: UnixMillis,
    ) {
        let shared = Arc::downgrade(self);
        let start = || runtime::spawn(Self::retry(shared));
        let keep_for = self.lifetime;
        if self.pending.add((key, time), proof, now, keep_for, start) {
            limited!(
                error,
                self,
                ("revocation_store", "full"),
                "too many revocations wait for the revocation store: one is given up, and the sessions \
                 that it ended still open on other instances"
            );
        }
    }

    /// Tries until the store has all entries, or the layer is dropped.
    async fn retry(shared: Weak<Self>) {
        let mut pause = FIRST_PAUSE;
        loop {
            runtime::sleep(pause).await;
            let Some(shared) = shared.upgrade() else {
                return;
            };
            pause = match shared.write_pending().await {
                true => FIRST_PAUSE,
                false => pause.saturating_mul(2).min(LONGEST_PAUSE),
            };
            if shared.pending.task_may_end() {
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

    /// Writes the entries that wait, one after the other, each once, until two in a row fail. Returns whether the store
    /// took one.
    pub(super) async fn write_pending(&self) -> bool {
        let (mut has_written, mut refusals) = (false, 0_u32);
        for key in self.pending.begin_round() {
            let Some((time, keep_for)) = self.pending.still_needed(&key, self.now()) else {
                continue;
            };
            if self.write(key, time, keep_for).await.is_err() {
                self.pending.refused(&key);
                refusals = refusals.saturating_add(1);
                if refusals >= MAX_REFUSALS_IN_A_ROW {
                    break;
                }
                continue;
            }
            (has_written, refusals) = (true, 0);
            self.pending.written(&key, time, self.now());
        }
        if has_written && self.pending.len() == 0 {
            tracing::info!("the revocation store has all revocations that waited for it");
        }
        has_written
    }
}
