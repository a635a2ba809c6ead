//! Sessions that ended in this process: a response that was under way must not bring one back.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::format::time::UnixMillis;
use crate::session::frame::SessionId;
use crate::session::lifetime::CLOCK_SKEW;

/// Some forty bytes an entry, so 3 MiB at the most; the earliest go first.
const CAPACITY: usize = 65_536;

pub(crate) struct Tombstones {
    /// After so long the session would be refused without it.
    lifetime: Duration,
    ended: RwLock<Ended>,
    /// When the last entry came: a request looks at the list only while that can matter.
    latest: AtomicU64,
}

#[derive(Default)]
struct Ended {
    sessions: HashSet<SessionId>,
    order: VecDeque<(UnixMillis, SessionId)>,
}

impl Tombstones {
    /// For sessions that live for so long at most.
    pub(crate) fn new(absolute: Duration) -> Self {
        Self {
            // Another machine, whose clock is ahead, may have made the session.
            lifetime: absolute.saturating_add(CLOCK_SKEW),
            ended: RwLock::default(),
            latest: AtomicU64::default(),
        }
    }

    /// Says whether it is there only now: of two sign-outs at once, one ends the session.
    pub(crate) fn enter(&self, session: SessionId, now: UnixMillis) -> bool {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        while let Some(&(at, earliest)) = ended.order.front()
            && (ended.order.len() >= CAPACITY || now.since(at) >= self.lifetime)
        {
            ended.order.pop_front();
            ended.sessions.remove(&earliest);
        }
        let is_new = ended.sessions.insert(session);
        if is_new {
            ended.order.push_back((now, session));
        }
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
                .sessions
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
        let tombstones = Tombstones::new(WEEK);
        tombstones.enter(SessionId([1; 12]), NOW);

        assert!(tombstones.contains(SessionId([1; 12]), NOW.plus(WEEK)));
        assert!(!tombstones.contains(SessionId([2; 12]), NOW.plus(WEEK)));
        let gone = NOW.plus(WEEK).plus(CLOCK_SKEW);
        assert!(!tombstones.contains(SessionId([1; 12]), gone));
        tombstones.enter(SessionId([2; 12]), gone);
        assert_eq!(tombstones.ended.read().unwrap().order.len(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_earliest_goes_first() {
        let tombstones = Tombstones::new(WEEK);
        let id = |number: usize| {
            let mut id = [0; 12];
            id[..8].copy_from_slice(&number.to_le_bytes());
            SessionId(id)
        };
        for number in 0..=CAPACITY {
            tombstones.enter(id(number), NOW);
        }

        assert_eq!(tombstones.ended.read().unwrap().order.len(), CAPACITY);
        assert!(!tombstones.contains(id(0), NOW));
        assert!(tombstones.contains(id(CAPACITY), NOW));
    }
}
