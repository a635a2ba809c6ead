//! All that one refresh token became: the newest session of a sign-in that this process knows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::failure::Failure;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::time::UnixMillis;

/// How long a successor waits for requests that still bring an older cookie, after the last response
/// head that carried it.
pub(crate) const KEPT: Duration = Duration::from_secs(60);

/// More generations than this do not fit into the time that a response takes.
const ANCESTORS: usize = 256;

/// More targets than this no session has.
const FAILURES: usize = 64;

/// What a token request came to; shared by all who wait for it.
pub(crate) type Flown = Result<Arc<Session>, Failure>;

pub(crate) struct Family {
    state: Mutex<State>,
    /// Held during a token request: a provider that rotates refresh tokens takes each of them once.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

pub(crate) struct State {
    pub(crate) newest: Arc<Session>,
    /// Hashes of the refresh tokens that the newest one took the place of.
    ancestors: VecDeque<TokenHash>,
    pub(crate) flights: HashMap<Target, watch::Receiver<Option<Flown>>>,
    failures: HashMap<Target, Remembered>,
    pub(crate) kept_until: UnixMillis,
    /// Signed out: nothing is handed out any more.
    pub(crate) ended: bool,
}

struct Remembered {
    failure: Failure,
    until: UnixMillis,
}

/// Enough to tell refresh tokens of one session apart, and no token.
pub(super) type TokenHash = [u8; 16];

impl Family {
    pub(crate) fn new(session: Arc<Session>, now: UnixMillis) -> Self {
        Self {
            state: Mutex::new(State {
                newest: session,
                ancestors: VecDeque::new(),
                flights: HashMap::new(),
                failures: HashMap::new(),
                kept_until: now.plus(KEPT),
                ended: false,
            }),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn clear_access_tokens(&self) {
        self.change(Session::without_access_tokens);
    }

    /// Changes the newest session, so that a refresh under way does not bring the old one back.
    pub(crate) fn change(&self, change: impl FnOnce(&Session) -> Session) {
        let mut state = self.state();
        state.newest = Arc::new(change(&state.newest));
    }

    /// Goes on with a new refresh token alone, where the rest of an answer cannot be used.
    pub(super) fn keep_refresh_token(&self, refresh_token: &str, now: UnixMillis) {
        self.state().keep_refresh_token(refresh_token, now);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn is_kept(&self, now: UnixMillis) -> bool {
        !self.flights.is_empty() || now < self.kept_until
    }

    /// The newest session, for a request that brought `session`: only to the owner of a refresh
    /// token that this one came from.
    pub(crate) fn newer_than(&self, session: &Session) -> Option<Arc<Session>> {
        self.newest_for(session)
            .filter(|newest| newest.frame.generation > session.frame.generation)
    }

    /// The newest session, likewise, or the same one, which may have other data by now.
    pub(crate) fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        let is_older = self.newest.frame.generation < session.frame.generation;
        (!is_older && !self.ended && self.is_of_this_line(session))
            .then(|| Arc::clone(&self.newest))
    }

    /// A token request under way that has nothing to do with `session`: what it brings, or its refusal,
    /// belongs to another refresh token.
    pub(crate) fn flight_of_another_line(
        &self,
        session: &Session,
    ) -> Option<watch::Receiver<Option<Flown>>> {
        let mut flights = self.flights.values();
        flights
            .next()
            .filter(|_| !self.is_of_this_line(session))
            .cloned()
    }

    /// Takes notice of a session that a request brought. One that is not of this line comes from
    /// another machine, or from before a restart: it is what the browser has, so it counts.
    pub(crate) fn meet(&mut self, session: &Arc<Session>) {
        if !self.is_of_this_line(session) {
            self.newest = Arc::clone(session);
            self.ancestors.clear();
            self.failures.clear();
        }
    }

    fn is_of_this_line(&self, session: &Session) -> bool {
        match (hash(session), hash(&self.newest)) {
            (Some(theirs), Some(newest)) => theirs == newest || self.ancestors.contains(&theirs),
            // Without refresh tokens there is but one line.
            (None, None) => true,
            _ => false,
        }
    }

    pub(super) fn keep_refresh_token(&mut self, refresh_token: &str, now: UnixMillis) {
        let successor = self.newest.with_refresh_token(refresh_token, now);
        self.publish(Arc::new(successor), now);
    }

    pub(crate) fn publish(&mut self, successor: Arc<Session>, now: UnixMillis) {
        let (old, new) = (hash(&self.newest), hash(&successor));
        if let Some(old) = old.filter(|_| old != new) {
            if self.ancestors.len() >= ANCESTORS {
                self.ancestors.pop_front();
            }
            self.ancestors.push_back(old);
        }
        self.newest = successor;
        self.keep(now);
    }

    /// The refresh tokens that were used up in this family.
    pub(super) fn spent(&self) -> impl Iterator<Item = TokenHash> + '_ {
        self.ancestors.iter().copied()
    }

    pub(crate) fn keep(&mut self, now: UnixMillis) {
        self.kept_until = self.kept_until.max(now.plus(KEPT));
    }

    pub(crate) fn remember(&mut self, target: Target, failure: Failure, now: UnixMillis) {
        self.failures.retain(|_, remembered| now < remembered.until);
        // Organizations may be named by the user, and each costs a token request to get here.
        if self.failures.len() >= FAILURES {
            self.failures.clear();
        }
        let until = now.plus(failure.remembered_for());
        self.kept_until = self.kept_until.max(until);
        self.failures.insert(target, Remembered { failure, until });
    }

    pub(crate) fn forget_failure(&mut self, target: &Target) {
        self.failures.remove(target);
    }

    pub(crate) fn remembered(&self, target: &Target, now: UnixMillis) -> Option<Failure> {
        let remembered = self.failures.get(target)?;
        (now < remembered.until).then_some(remembered.failure)
    }
}

pub(super) fn hash(session: &Session) -> Option<TokenHash> {
    let text = session.body.refresh_token.as_ref()?.text();
    let hash = Sha256::digest(text.as_bytes());
    hash.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::body::{Body, Identity};
    use crate::session::frame::{Frame, ProviderId, SessionId};
    use crate::session::token::StoredToken;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn session(refresh_token: &str, generation: u64) -> Arc<Session> {
        let frame = Frame {
            session_id: SessionId([1; 12]),
            provider: ProviderId([2; 8]),
            generation,
            created_at: NOW,
            sealed_at: NOW,
            not_after: NOW.plus(Duration::from_secs(86_400)),
            id_token_issued_at: 0,
        };
        let body = Body {
            identity: Identity::Claims(r#"{"iss":"https://id.example","sub":"alice"}"#.into()),
            refresh_token: Some(StoredToken::new(refresh_token)),
            access_tokens: Vec::new(),
            scope: None,
            user_info: None,
            added: None,
            data: None,
            refreshed_at: None,
            after_refusal: false,
        };
        Arc::new(Session::new(frame, body))
    }

    #[test]
    fn every_older_refresh_token_leads_to_the_newest_session() {
        let family = Family::new(session("one", 0), NOW);
        let mut state = family.state();
        state.publish(session("two", 1), NOW);
        state.publish(session("three", 2), NOW);

        for (token, generation) in [("one", 0), ("two", 1)] {
            let newer = state.newer_than(&session(token, generation)).unwrap();
            assert_eq!(newer.frame.generation, 2);
        }
        assert!(state.newer_than(&session("three", 2)).is_none());
        assert!(state.newer_than(&session("foreign", 0)).is_none());
    }

    #[test]
    fn a_successor_is_kept_for_a_minute_after_the_last_head_that_carried_it() {
        let family = Family::new(session("one", 0), NOW);
        let mut state = family.state();
        state.publish(session("two", 1), NOW);
        let almost = NOW.plus(KEPT - Duration::from_millis(1));
        assert!(state.is_kept(almost));
        assert!(!state.is_kept(NOW.plus(KEPT)));

        state.keep(almost);

        assert!(state.is_kept(NOW.plus(KEPT)));
        assert!(!state.is_kept(almost.plus(KEPT)));
    }

    #[test]
    fn nothing_is_handed_out_after_the_end() {
        let family = Family::new(session("one", 0), NOW);
        let mut state = family.state();
        state.publish(session("two", 1), NOW);
        state.ended = true;

        assert!(state.newer_than(&session("one", 0)).is_none());
    }

    #[test]
    fn a_session_from_another_machine_takes_over() {
        let family = Family::new(session("one", 0), NOW);
        let mut state = family.state();
        state.remember(Target::DEFAULT, Failure::SignInRequired, NOW);

        state.meet(&session("theirs", 4));

        assert_eq!(state.newest.frame.generation, 4);
        assert_eq!(state.remembered(&Target::DEFAULT, NOW), None);
    }

    #[test]
    fn a_failure_is_remembered_for_its_time() {
        let family = Family::new(session("one", 0), NOW);
        let mut state = family.state();
        let later = Failure::Later {
            retry_after: Duration::from_secs(7),
        };
        state.remember(Target::DEFAULT, later, NOW);

        let almost = NOW.plus(Duration::from_millis(6_999));
        assert_eq!(state.remembered(&Target::DEFAULT, almost), Some(later));
        let after = NOW.plus(Duration::from_secs(7));
        assert_eq!(state.remembered(&Target::DEFAULT, after), None);
    }
}
