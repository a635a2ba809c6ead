//! Sessions that ended on this instance: a response in flight must not bring one back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;
use crate::session::frame::SessionId;
use crate::session::lifetime::CLOCK_SKEW;

/// About forty bytes per entry, so 3 MiB at most. When it is full, the earliest entries are removed.
const CAPACITY: usize = 65_536;

pub(crate) struct RevokedSessions {
    /// Sessions that ended longer ago are refused because of their age.
    lifetime: Duration,
    ended: RwLock<BoundedMemory<SessionId>>,
    /// The time of the last entry: requests skip the list once every entry has expired.
    latest: AtomicU64,
}

impl RevokedSessions {
    /// For sessions whose absolute lifetime is `absolute`.
    pub(crate) fn new(absolute: Duration) -> Self {
        // Another instance, whose clock is ahead, may have made the session.
        let lifetime = absolute.saturating_add(CLOCK_SKEW);
        Self {
            lifetime,
            ended: RwLock::new(BoundedMemory::new(CAPACITY, lifetime)),
            latest: AtomicU64::default(),
        }
    }

    /// Returns whether the session was not revoked before: of two sign-outs at once, one ends it.
    pub(crate) fn insert(&self, session: SessionId, now: UnixMillis) -> bool {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = ended.insert(session, (), now);
        self.latest.fetch_max(now.0, Ordering::SeqCst);
        is_new
    }

    pub(crate) fn contains(&self, session: SessionId, now: UnixMillis) -> bool {
        let latest = UnixMillis(self.latest.load(Ordering::SeqCst));
        now.since(latest) < self.lifetime
            && self
                .ended
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    #[test]
    fn a_session_is_remembered_for_as_long_as_it_could_open() {
        let revoked = RevokedSessions::new(WEEK);
        revoked.insert(SessionId([1; 12]), NOW);

        assert!(revoked.contains(SessionId([1; 12]), NOW.plus(WEEK)));
        assert!(!revoked.contains(SessionId([2; 12]), NOW.plus(WEEK)));
        let gone = NOW.plus(WEEK).plus(CLOCK_SKEW);
        assert!(!revoked.contains(SessionId([1; 12]), gone));
        revoked.insert(SessionId([2; 12]), gone);
        assert_eq!(revoked.ended.read().unwrap().len(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_earliest_entry_is_evicted_first() {
        let revoked = RevokedSessions::new(WEEK);
        let id = |number: usize| {
            let mut id = [0; 12];
            id[..8].copy_from_slice(&number.to_le_bytes());
            SessionId(id)
        };
        for number in 0..=CAPACITY {
            revoked.insert(id(number), NOW);
        }

        assert_eq!(revoked.ended.read().unwrap().len(), CAPACITY);
        assert!(!revoked.contains(id(0), NOW));
        assert!(revoked.contains(id(CAPACITY), NOW));
    }
}
