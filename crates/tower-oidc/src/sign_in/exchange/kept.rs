//! Results of code exchanges, kept in case a callback is submitted twice.

use std::collections::VecDeque;
use std::time::Duration;

use super::submitted::{Id, Submitted};
use crate::format::time::UnixMillis;
use crate::runtime::Instant;

/// How long a result is kept for a second submit.
pub(super) const EXCHANGE_RESULT_TTL: Duration = Duration::from_secs(60);

/// With more sign-ins per minute than this, the earliest results are dropped early. A second submit then finds
/// that its transaction was used, and is answered from the session of the first one.
pub(super) const CAPACITY: usize = 1024;

/// Results in the order in which they arrived. This is not a
/// [`BoundedMemory`](crate::format::bounded_memory::BoundedMemory), for two reasons: results hold tokens, so
/// they must expire even if no other result arrives; and failures are evicted before older sessions.
pub(super) struct KeptResults<T, E>(VecDeque<Kept<T, E>>);

struct Kept<T, E> {
    id: Id,
    at: UnixMillis,
    /// By the runtime's clock, because a timer drops the results of an idle server.
    until: Instant,
    submitted: Submitted<T, E>,
}

impl<T, E> Default for KeptResults<T, E> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone, E: Clone> KeptResults<T, E> {
    /// Keeps a result. If there is no room, the earliest failure is dropped first, so that invented codes do
    /// not evict the results of other users.
    pub(super) fn insert(&mut self, id: Id, now: UnixMillis, submitted: Submitted<T, E>) {
        self.0.retain(|kept| kept.is_fresh(now));
        if self.0.len() >= CAPACITY {
            let failure = self
                .0
                .iter()
                .position(|kept| kept.submitted.result.is_err());
            self.0.remove(failure.unwrap_or_default());
        }
        self.0.push_back(Kept {
            id,
            at: now,
            until: Instant::now()
                .checked_add(EXCHANGE_RESULT_TTL)
                .unwrap_or_else(Instant::now),
            submitted,
        });
    }

    pub(super) fn find(&self, id: &Id, now: UnixMillis) -> Option<Submitted<T, E>> {
        let kept = self.0.iter().find(|kept| kept.id == *id)?;
        kept.is_fresh(now).then(|| kept.submitted.clone())
    }

    /// Drops the results that have expired by the runtime's clock. Returns when the next one expires; `None`
    /// if there is none.
    pub(super) fn drop_expired(&mut self) -> Option<Instant> {
        let now = Instant::now();
        while self.0.front().is_some_and(|kept| kept.until <= now) {
            self.0.pop_front();
        }
        self.0.front().map(|kept| kept.until)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T, E> Kept<T, E> {
    fn is_fresh(&self, now: UnixMillis) -> bool {
        now.since(self.at) < EXCHANGE_RESULT_TTL
    }
}
