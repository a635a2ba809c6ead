//! Sessions whose refreshes only get responses that are not from a token endpoint.
//!
//! A firewall's 403 or 404, a redirect, or a success without tokens says nothing about the user. It may
//! stop in a minute, or last for as long as this session has this refresh token. Time shows which, and
//! whether other sessions of the same provider get tokens.

use std::collections::HashMap;
use std::time::Duration;

use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;
use crate::session::frame::{ProviderId, SessionId};

/// Deployments and rate limits at the provider end sooner than this.
const BLOCKED_AFTER: Duration = Duration::from_secs(300);

/// About eighty bytes each, so 640 KiB at most. When it is full, the oldest entry is evicted, and that
/// session's time starts again.
const CAPACITY: usize = 8_192;

/// About fifty bytes each. Applications register fewer providers than this. When it is full, the provider
/// whose latest success is oldest is evicted, and then none of its sessions is blocked until it serves one
/// again.
const MAX_PROVIDERS: usize = 1_024;

/// The latest success of a token endpoint.
struct Served {
    at: UnixMillis,
    session: SessionId,
}

pub(super) struct BlockedSessions {
    /// When each session got its first response that was not from a token endpoint. Entries do not
    /// expire: only a response of the token endpoint removes one.
    since: BoundedMemory<SessionId, UnixMillis>,
    /// For each provider, because its success says nothing about a firewall in front of another one.
    served: HashMap<ProviderId, Served>,
}

impl Default for BlockedSessions {
    fn default() -> Self {
        Self {
            since: BoundedMemory::new(CAPACITY, Duration::MAX),
            served: HashMap::new(),
        }
    }
}

impl BlockedSessions {
    /// Records that the token endpoint of this provider sent tokens to this session.
    pub(super) fn served(&mut self, provider: ProviderId, session: SessionId, now: UnixMillis) {
        self.since.remove(&session);
        if self.served.len() >= MAX_PROVIDERS && !self.served.contains_key(&provider) {
            let oldest = self.served.iter().min_by_key(|(_, served)| served.at);
            if let Some(oldest) = oldest.map(|(provider, _)| *provider) {
                self.served.remove(&oldest);
            }
        }
        self.served.insert(provider, Served { at: now, session });
    }

    /// Records that the token endpoint answered this session with a refusal or another OAuth error.
    pub(super) fn answered(&mut self, session: SessionId) {
        self.since.remove(&session);
    }

    /// Records a response that was not from the token endpoint of this provider. Returns true if the session
    /// got only such responses for five minutes, while the same provider served another session.
    pub(super) fn blocked(
        &mut self,
        provider: ProviderId,
        session: SessionId,
        now: UnixMillis,
    ) -> bool {
        self.since.insert(session, now, now);
        let since = self.since.get(&session).copied().unwrap_or(now);
        let served = self.served.get(&provider);
        let others_are_served =
            served.is_some_and(|served| served.at >= since && served.session != session);
        now.since(since) >= BLOCKED_AFTER && others_are_served
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const A: ProviderId = ProviderId([1; 8]);
    const B: ProviderId = ProviderId([2; 8]);
    const SECOND: Duration = Duration::from_secs(1);

    fn id(number: usize) -> SessionId {
        let mut id = [0; 12];
        id[..8].copy_from_slice(&number.to_le_bytes());
        SessionId(id)
    }

    #[test]
    fn a_session_is_blocked_after_five_minutes_in_which_another_one_was_served() {
        let mut sessions = BlockedSessions::default();
        assert!(!sessions.blocked(A, id(1), NOW));
        sessions.served(A, id(2), NOW.plus(SECOND));

        assert!(!sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER - SECOND)));
        assert!(sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER)));
        assert!(!sessions.blocked(A, id(3), NOW.plus(BLOCKED_AFTER)));
    }

    #[test]
    fn if_no_other_session_is_served_none_is_blocked() {
        let mut sessions = BlockedSessions::default();
        sessions.served(A, id(2), NOW);
        sessions.served(A, id(1), NOW.plus(SECOND));

        assert!(!sessions.blocked(A, id(1), NOW.plus(SECOND)));
        assert!(!sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER * 2)));
    }

    #[test]
    fn a_provider_that_serves_its_sessions_blocks_no_session_of_another_one() {
        let mut sessions = BlockedSessions::default();
        assert!(!sessions.blocked(A, id(1), NOW));
        sessions.served(B, id(2), NOW.plus(SECOND));

        assert!(!sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER)));
        sessions.served(A, id(3), NOW.plus(SECOND));
        sessions.served(B, id(2), NOW.plus(SECOND * 2));
        assert!(sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER)));
    }

    #[test]
    fn another_answer_restarts_the_time() {
        let mut sessions = BlockedSessions::default();
        sessions.blocked(A, id(1), NOW);
        sessions.answered(id(1));
        sessions.served(A, id(2), NOW.plus(SECOND));

        assert!(!sessions.blocked(A, id(1), NOW.plus(BLOCKED_AFTER)));
    }

    #[test]
    fn memory_is_bounded_and_the_session_that_was_blocked_first_is_evicted() {
        let mut sessions = BlockedSessions::default();
        for number in 0..=CAPACITY {
            let later = Duration::from_millis(u64::try_from(number).unwrap());
            sessions.blocked(A, id(number), NOW.plus(later));
        }

        assert_eq!(sessions.since.len(), CAPACITY);
        assert!(!sessions.since.contains(&id(0)));
        assert!(sessions.since.contains(&id(CAPACITY)));
    }

    #[test]
    fn the_provider_that_served_a_session_least_recently_is_evicted_first() {
        let mut sessions = BlockedSessions::default();
        let provider = |number: usize| ProviderId(number.to_le_bytes());
        for number in 0..=MAX_PROVIDERS {
            let later = Duration::from_millis(u64::try_from(number).unwrap());
            sessions.served(provider(number), id(1), NOW.plus(later));
        }

        assert_eq!(sessions.served.len(), MAX_PROVIDERS);
        assert!(!sessions.served.contains_key(&provider(0)));
        assert!(sessions.served.contains_key(&provider(MAX_PROVIDERS)));
    }
}
