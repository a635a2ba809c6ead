//! Sessions whose refreshes get nothing but answers that no token endpoint gives.
//!
//! A firewall's 403 or 404, a redirect, or a success without tokens says nothing of the user: it may
//! be gone in a minute, or stay for as long as this session has this refresh token. The difference
//! shows in time, and in what others get.

use std::time::Duration;

use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;
use crate::session::frame::SessionId;

/// Longer than a deployment at the provider, or a limit of requests, blocks anybody.
const BLOCKED_AFTER: Duration = Duration::from_secs(300);

/// Some eighty bytes each, so 640 KiB at the most. The one that was blocked first is forgotten first,
/// and begins anew.
const CAPACITY: usize = 8_192;

pub(super) struct BlockedSessions {
    /// Since when each session got nothing else. Only another answer ends that, so nothing expires.
    since: BoundedMemory<SessionId, UnixMillis>,
    /// The latest success of the token endpoint, and whose it was.
    served: Option<(UnixMillis, SessionId)>,
}

impl Default for BlockedSessions {
    fn default() -> Self {
        Self {
            since: BoundedMemory::new(CAPACITY, Duration::MAX),
            served: None,
        }
    }
}

impl BlockedSessions {
    /// The token endpoint served this session.
    pub(super) fn served(&mut self, session: SessionId, now: UnixMillis) {
        self.since.remove(&session);
        self.served = Some((now, session));
    }

    /// The token endpoint answered this session with a refusal or another OAuth error.
    pub(super) fn answered(&mut self, session: SessionId) {
        self.since.remove(&session);
    }

    /// This session got such an answer. Whether it got nothing else for five minutes, in which the
    /// provider served another session.
    pub(super) fn blocked(&mut self, session: SessionId, now: UnixMillis) -> bool {
        self.since.insert(session, now, now);
        let since = self.since.get(&session).copied().unwrap_or(now);
        let others_are_served = self
            .served
            .is_some_and(|(at, whose)| at >= since && whose != session);
        now.since(since) >= BLOCKED_AFTER && others_are_served
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn id(number: usize) -> SessionId {
        let mut id = [0; 12];
        id[..8].copy_from_slice(&number.to_le_bytes());
        SessionId(id)
    }

    #[test]
    fn a_session_is_blocked_after_five_minutes_in_which_another_one_was_served() {
        let mut sessions = BlockedSessions::default();
        assert!(!sessions.blocked(id(1), NOW));
        sessions.served(id(2), NOW.plus(SECOND));

        assert!(!sessions.blocked(id(1), NOW.plus(BLOCKED_AFTER - SECOND)));
        assert!(sessions.blocked(id(1), NOW.plus(BLOCKED_AFTER)));
        assert!(!sessions.blocked(id(3), NOW.plus(BLOCKED_AFTER)));
    }

    #[test]
    fn where_nobody_is_served_no_session_is_blocked() {
        let mut sessions = BlockedSessions::default();
        sessions.served(id(2), NOW);
        sessions.served(id(1), NOW.plus(SECOND));

        assert!(!sessions.blocked(id(1), NOW.plus(SECOND)));
        assert!(!sessions.blocked(id(1), NOW.plus(BLOCKED_AFTER * 2)));
    }

    #[test]
    fn another_answer_begins_the_time_anew() {
        let mut sessions = BlockedSessions::default();
        sessions.blocked(id(1), NOW);
        sessions.answered(id(1));
        sessions.served(id(2), NOW.plus(SECOND));

        assert!(!sessions.blocked(id(1), NOW.plus(BLOCKED_AFTER)));
    }

    #[test]
    fn memory_is_bounded_and_the_session_that_was_blocked_first_is_forgotten() {
        let mut sessions = BlockedSessions::default();
        for number in 0..=CAPACITY {
            let later = Duration::from_millis(u64::try_from(number).unwrap());
            sessions.blocked(id(number), NOW.plus(later));
        }

        assert_eq!(sessions.since.len(), CAPACITY);
        assert!(!sessions.since.contains(&id(0)));
        assert!(sessions.since.contains(&id(CAPACITY)));
    }
}
