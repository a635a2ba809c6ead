//! Sessions that ended on this instance: a response in flight must not bring one back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::key::RevocationKey;
use super::shared::{Checked, SharedRevocations, StoreWrite};
use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;
use crate::runtime;
use crate::session::Session;
use crate::session::frame::{Frame, SessionId};
use crate::session::lifetime::CLOCK_SKEW;

/// About forty bytes per entry, so 3 MiB at most. When it is full, the earliest entries are removed.
const CAPACITY: usize = 65_536;

pub(crate) struct RevokedSessions {
    /// Sessions that ended longer ago are refused because of their age.
    lifetime: Duration,
    ended: RwLock<BoundedMemory<SessionId>>,
    /// The time of the last entry: requests skip the list once every entry has expired.
    latest: AtomicU64,
    /// What all instances know, if the application has a store for it.
    shared: Option<Arc<SharedRevocations>>,
}

impl RevokedSessions {
    /// For sessions whose absolute lifetime is `absolute`.
    pub(crate) fn new(absolute: Duration, shared: Option<Arc<SharedRevocations>>) -> Self {
        // Another instance, whose clock is ahead, may have made the session.
        let lifetime = absolute.saturating_add(CLOCK_SKEW);
        Self {
            lifetime,
            ended: RwLock::new(BoundedMemory::new(CAPACITY, lifetime)),
            latest: AtomicU64::default(),
            shared,
        }
    }

    /// What all instances know; `None` if the application has no store for it.
    pub(crate) const fn shared(&self) -> Option<&Arc<SharedRevocations>> {
        self.shared.as_ref()
    }

    /// How many entries wait for the store.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.as_ref().map_or(0, |shared| shared.waiting())
    }

    /// Tries the entries that wait for the store, until one fails.
    pub(crate) async fn write_waiting(&self) {
        if let Some(shared) = &self.shared {
            shared.write_pending().await;
        }
    }

    /// The same if some were added since the last try.
    pub(crate) async fn write_new(&self) {
        if let Some(shared) = &self.shared {
            shared.write_new().await;
        }
    }

    /// Ends `session` in this instance at once, and for all instances when the write has ended. Returns whether it
    /// had not ended before.
    ///
    /// A session that had ended is written again, because the first write may still be in flight: the second of two
    /// sign-outs at the same moment must not be answered before the session has ended everywhere.
    pub(crate) fn end(&self, session: &Frame, now: UnixMillis) -> (bool, Option<StoreWrite>) {
        let is_new = self.insert(session.session_id, now);
        let shared = self.shared.as_ref();
        let shared = shared.filter(|_| runtime::is_available());
        let write = shared.map(|shared| shared.revoke(RevocationKey::for_session(session), now.0));
        (is_new, write)
    }

    /// Whether this instance knows that `session` has ended.
    pub(crate) fn has_ended(&self, session: &Session, now: UnixMillis) -> bool {
        let shared = self.shared.as_ref();
        self.has_ended_here(&session.frame, now)
            || shared.is_some_and(|shared| shared.is_known_to_have_ended(session))
    }

    /// Whether `session` has ended, by what this instance and the store know.
    pub(crate) async fn check(&self, session: &Session, now: UnixMillis) -> Checked {
        if self.has_ended_here(&session.frame, now) {
            return Checked::Ended;
        }
        match &self.shared {
            Some(shared) => shared.check(session).await,
            None => Checked::Valid,
        }
    }

    /// Returns whether the session was not revoked before: of two sign-outs at once, one ends it.
    fn insert(&self, session: SessionId, now: UnixMillis) -> bool {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = ended.insert(session, (), now);
        self.latest.fetch_max(now.0, Ordering::SeqCst);
        is_new
    }

    /// Whether the session with this frame ended in this instance.
    pub(crate) fn has_ended_here(&self, session: &Frame, now: UnixMillis) -> bool {
        let latest = UnixMillis(self.latest.load(Ordering::SeqCst));
        now.since(latest) < self.lifetime
            && self
                .ended
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&session.session_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn frame(number: usize) -> Frame {
        sample::numbered(number, "token", 0, NOW).frame
    }

    #[test]
    fn a_session_is_remembered_for_as_long_as_it_could_open() {
        let revoked = RevokedSessions::new(WEEK, None);
        revoked.insert(frame(1).session_id, NOW);

        assert!(revoked.has_ended_here(&frame(1), NOW.plus(WEEK)));
        assert!(!revoked.has_ended_here(&frame(2), NOW.plus(WEEK)));
        let gone = NOW.plus(WEEK).plus(CLOCK_SKEW);
        assert!(!revoked.has_ended_here(&frame(1), gone));
        revoked.insert(frame(2).session_id, gone);
        assert_eq!(revoked.ended.read().unwrap().len(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_earliest_entry_is_evicted_first() {
        let revoked = RevokedSessions::new(WEEK, None);
        for number in 0..=CAPACITY {
            revoked.insert(frame(number).session_id, NOW);
        }

        assert_eq!(revoked.ended.read().unwrap().len(), CAPACITY);
        assert!(!revoked.has_ended_here(&frame(0), NOW));
        assert!(revoked.has_ended_here(&frame(CAPACITY), NOW));
    }
}
