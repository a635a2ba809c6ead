//! Sessions that ended in this process: a response that was under way must not bring one back.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::session::frame::SessionId;
use crate::time::UnixMillis;

/// Longer than a request should take, so that all that began before the sign-out have ended.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Some forty bytes an entry, so 3 MiB at the most; the earliest go first.
const CAPACITY: usize = 65_536;

#[derive(Default)]
pub(crate) struct Tombstones {
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
    /// Says whether it is there only now: of two sign-outs at once, one ends the session.
    pub(crate) fn enter(&self, session: SessionId, now: UnixMillis) -> bool {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        while let Some(&(at, earliest)) = ended.order.front()
            && (ended.order.len() >= CAPACITY || now.since(at) >= LIFETIME)
        {
            ended.order.pop_front();
            ended.sessions.remove(&earliest);
        }
        let is_new = ended.sessions.insert(session);
        if is_new {
            ended.order.push_back((now, session));
        }
        self.latest.fetch_max(now.0, Ordering::Release);
        is_new
    }

    pub(crate) fn contains(&self, session: SessionId, now: UnixMillis) -> bool {
        let latest = UnixMillis(self.latest.load(Ordering::Acquire));
        now.since(latest) < LIFETIME
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

    #[test]
    fn a_session_is_remembered_for_an_hour() {
        let tombstones = Tombstones::default();
        tombstones.enter(SessionId([1; 12]), NOW);

        assert!(tombstones.contains(SessionId([1; 12]), NOW));
        assert!(!tombstones.contains(SessionId([2; 12]), NOW));
        assert!(!tombstones.contains(SessionId([1; 12]), NOW.plus(LIFETIME)));
    }

    /// D-07
    #[test]
    fn memory_is_bounded_and_the_earliest_goes_first() {
        let tombstones = Tombstones::default();
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
