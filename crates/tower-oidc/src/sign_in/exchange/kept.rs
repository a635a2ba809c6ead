//! Results of code exchanges that wait for a second submit of their callback.

use std::collections::VecDeque;
use std::time::Duration;

use super::submitted::{Id, Submitted};
use crate::format::time::UnixMillis;
use crate::runtime::Instant;

/// How long a result waits for a second submit.
pub(super) const EXCHANGE_RESULT_TTL: Duration = Duration::from_secs(60);

/// More sign-ins in a minute than this, and the earliest results are dropped before their time: a
/// second submit then finds its transaction used, and is answered from the session that the first one
/// made.
pub(super) const CAPACITY: usize = 1024;

/// In the order in which they came. No [`BoundedMemory`](crate::format::bounded_memory::BoundedMemory):
/// results are tokens, so they also expire without an insertion, and a failure makes room before older
/// sessions do.
pub(super) struct KeptResults<T, E>(VecDeque<Kept<T, E>>);

struct Kept<T, E> {
    id: Id,
    at: UnixMillis,
    /// By the runtime's clock, which drops results of an idle server.
    until: Instant,
    submitted: Submitted<T, E>,
}

impl<T, E> Default for KeptResults<T, E> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone, E: Clone> KeptResults<T, E> {
    /// A failure makes room for any newer result, so that made-up codes do not displace sessions.
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

    /// Drops what has expired by the runtime's clock, and returns when to look again; `None` if nothing
    /// is left.
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
