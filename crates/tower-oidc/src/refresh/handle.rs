//! Refresh state of one session: its newest version in this instance, and hashes of the refresh tokens
//! that it replaced.

mod kept_token;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::in_flight::InFlight;
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::lifetime::Lifetimes;
use crate::session::token::StoredToken;

/// How long a refreshed session is kept for requests that still bring an older cookie, after the last
/// response head that carried it.
pub(crate) const REFRESHED_SESSION_TTL: Duration = Duration::from_secs(60);

/// A session is not refreshed more often than this while a response to one request is in progress.
const MAX_SUPERSEDED_TOKENS: usize = 256;

/// No session needs tokens for more targets than this.
const MAX_FAILURES: usize = 64;

/// The refresh state of one session, shared by its requests.
pub(crate) struct SessionHandle {
    state: Mutex<State>,
    /// Held during a token request: a provider that rotates refresh tokens accepts each of them once.
    pub(super) refresh_lock: tokio::sync::Mutex<()>,
}

pub(crate) struct State {
    pub(crate) newest: Arc<Session>,
    /// What the browser or the store has of it, as far as this instance knows: the newest one before its changes.
    base: Arc<Session>,
    /// Hashes of the refresh tokens that the newest one replaced.
    superseded_tokens: VecDeque<TokenHash>,
    pub(crate) in_flight: HashMap<Target, InFlight>,
    failures: HashMap<Target, Remembered>,
    /// When this instance last wrote the newest session into a cookie; if it has not, when the session
    /// was sealed.
    written_at: UnixMillis,
    kept_until: UnixMillis,
    /// When the newest session expires, if no response has carried it yet.
    unwritten_until: Option<UnixMillis>,
    /// Until when the newest session's default access token is kept here, because no cookie has room for it.
    token_kept_until: Option<UnixMillis>,
    /// The session was signed out: it is not returned to any request.
    ended: bool,
}

struct Remembered {
    failure: Failure,
    until: UnixMillis,
}

/// Distinguishes the refresh tokens of one session, and does not reveal them.
pub(super) type TokenHash = [u8; 16];

impl SessionHandle {
    pub(crate) fn new(session: Arc<Session>, now: UnixMillis) -> Self {
        Self {
            state: Mutex::new(State {
                written_at: session.frame.sealed_at,
                base: Arc::clone(&session),
                newest: session,
                superseded_tokens: VecDeque::new(),
                in_flight: HashMap::new(),
                failures: HashMap::new(),
                kept_until: now.plus(REFRESHED_SESSION_TTL),
                unwritten_until: None,
                token_kept_until: None,
                ended: false,
            }),
            refresh_lock: tokio::sync::Mutex::new(()),
        }
    }

    /// Applies the change that a request made to `session` to the newest session, so that a refresh in
    /// flight does not undo it.
    pub(crate) fn change(&self, session: &Arc<Session>, change: impl FnOnce(&Session) -> Session) {
        self.change_if(session, |newest| Some(change(newest)));
    }

    /// The same, unless `change` returns `None`: then the newest session is unchanged.
    pub(crate) fn change_if(
        &self,
        session: &Arc<Session>,
        change: impl FnOnce(&Session) -> Option<Session>,
    ) {
        let mut state = self.state();
        state.merge(session);
        if let Some(changed) = change(&state.newest) {
            state.replace(Arc::new(changed));
        }
    }

    /// The newest version of `session`; see [`State::newest_for`].
    pub(crate) fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        self.state().newest_for(session)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_needed_by_older_cookies(&self, now: UnixMillis) -> bool {
        !self.in_flight.is_empty() || now < self.needed_until()
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.unwritten_until = None;
        self.token_kept_until = None;
    }

    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Until when a request may still need this state.
    fn needed_until(&self) -> UnixMillis {
        let unwritten_until = self.unwritten_until.unwrap_or(self.kept_until);
        self.kept_until.max(unwritten_until)
    }

    /// The newest session, if it is newer than the `session` of a request. `None` unless the request
    /// has a refresh token that the newest session has or replaced.
    pub(crate) fn newer_than(&self, session: &Session) -> Option<Arc<Session>> {
        self.newest_of_lineage(session)
            .filter(|newest| newest.frame.generation > session.frame.generation)
    }

    /// The newest session, if it is as new as the `session` of a request or newer; one that is as new may
    /// have other data. `None` unless the request has a refresh token that the newest session has or
    /// replaced.
    pub(crate) fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        let is_older = self.version() < session.frame.version();
        self.newest_of_lineage(session).filter(|_| !is_older)
    }

    fn newest_of_lineage(&self, session: &Session) -> Option<Arc<Session>> {
        (!self.ended && self.is_descendant(session)).then(|| Arc::clone(&self.newest))
    }

    /// A refresh in flight whose refresh token does not belong to `session`, so its result does not
    /// apply to this session.
    pub(crate) fn in_flight_of_another_lineage(&self, session: &Session) -> Option<InFlight> {
        let mut in_flight = self.in_flight.values();
        in_flight
            .next()
            .filter(|_| !self.is_descendant(session))
            .cloned()
    }

    /// Merges the session of a request. If its refresh token is unknown here (another instance received
    /// it, or this one restarted), it replaces ours, because it is what the browser holds.
    pub(crate) fn observe(&mut self, session: &Arc<Session>) {
        if !self.is_descendant(session) {
            // A higher generation was refreshed from ours, so our refresh token is rotated too.
            if session.frame.generation > self.newest.frame.generation {
                self.mark_rotated(hash(&self.newest));
            }
            self.receive(session);
            self.unwritten_until = None;
            self.failures.clear();
        }
        self.merge(session);
    }

    /// Continues with the later version of a session that another instance wrote with the same refresh
    /// token.
    fn merge(&mut self, session: &Arc<Session>) {
        let is_later = self.version() < session.frame.version();
        if is_later && hash(session) == hash(&self.newest) {
            self.receive(session);
        }
    }

    /// Merges the session of a record, which another instance may have changed. The application's data are those of
    /// the record: a change that the store did not take is lost.
    pub(crate) fn observe_stored(&mut self, stored: &Arc<Session>, now: UnixMillis) {
        if self.ended || !self.is_descendant(stored) {
            return;
        }
        // It was loaded before this instance stored a later one, which the caller may not know yet.
        if stored.frame.version() < self.base.frame.version() {
            return;
        }
        let is_stored_later = stored.frame.version() > self.newest.frame.version();
        if is_stored_later && hash(stored) != hash(&self.newest) {
            return;
        }
        if Arc::ptr_eq(stored, &self.newest) {
            self.base = Arc::clone(stored);
            return;
        }
        let is_known = stored.frame.version() == self.base.frame.version();
        if is_known && stored.body.data == self.newest.body.data {
            return;
        }
        let merged = self.newest.merged_with(stored, &self.base, None, now);
        self.replace(merged.map_or_else(|| Arc::clone(stored), Arc::new));
        self.base = Arc::clone(stored);
    }

    /// The version of the newest session. A cookie that this instance only renewed counts as the same
    /// version.
    fn version(&self) -> (u64, UnixMillis) {
        let (generation, sealed_at) = self.newest.frame.version();
        (generation, sealed_at.max(self.written_at))
    }

    fn is_descendant(&self, session: &Session) -> bool {
        match (hash(session), hash(&self.newest)) {
            (Some(theirs), Some(newest)) => {
                theirs == newest || self.superseded_tokens.contains(&theirs)
            }
            // Sessions without refresh tokens have only one lineage.
            (None, None) => true,
            _ => false,
        }
    }

    /// Continues with a new refresh token, although the rest of the provider's response cannot be used.
    pub(super) fn keep_refresh_token(
        &mut self,
        refresh_token: StoredToken,
        lifetimes: &Lifetimes,
        now: UnixMillis,
    ) {
        let refreshed = self.newest.with_refresh_token(refresh_token, now);
        self.publish(Arc::new(refreshed), lifetimes, now);
    }

    /// Continues with a refreshed session, which no response has carried yet.
    pub(super) fn publish(
        &mut self,
        refreshed: Arc<Session>,
        lifetimes: &Lifetimes,
        now: UnixMillis,
    ) {
        let old = hash(&self.newest);
        if old.is_some() && old != hash(&refreshed) {
            self.mark_rotated(old);
            // The response that asked for it may have sent its head already, and the next request may
            // come much later.
            self.unwritten_until = Some(lifetimes.end(&refreshed.frame));
        }
        self.token_kept_until = None;
        self.replace(refreshed);
        self.keep(now);
    }

    fn mark_rotated(&mut self, refresh_token: Option<TokenHash>) {
        if self.superseded_tokens.len() >= MAX_SUPERSEDED_TOKENS {
            self.superseded_tokens.pop_front();
        }
        self.superseded_tokens.extend(refresh_token);
    }

    /// Continues with a session that a request brought.
    fn receive(&mut self, session: &Arc<Session>) {
        self.replace(Arc::clone(session));
        self.base = Arc::clone(session);
        self.token_kept_until = None;
    }

    fn replace(&mut self, newest: Arc<Session>) {
        self.written_at = newest.frame.sealed_at;
        self.newest = newest;
    }

    /// A response head carried `session`. Requests may still bring older cookies for a while.
    pub(super) fn written(&mut self, session: &Session, now: UnixMillis) {
        self.carried(session, now);
        if hash(session) == hash(&self.newest) {
            self.base = Arc::clone(&self.newest);
            self.token_kept_until = None;
        }
    }

    /// The store has `session`, and perhaps changes of other instances with it.
    pub(super) fn stored(&mut self, session: &Arc<Session>, now: UnixMillis) {
        self.carried(session, now);
        self.observe_stored(session, now);
    }

    fn carried(&mut self, session: &Session, now: UnixMillis) {
        if hash(session) == hash(&self.newest) {
            // Of two requests that changed the data, the one that answers later wins.
            if session.body.data != self.newest.body.data {
                let mut body = self.newest.body.clone();
                body.data.clone_from(&session.body.data);
                self.newest = Arc::new(self.newest.with_body(body));
            }
            self.written_at = session.frame.sealed(now).sealed_at;
            self.unwritten_until = None;
        }
        self.keep(now);
    }

    /// Until when requests with an older cookie are expected.
    pub(super) const fn kept_until(&self) -> UnixMillis {
        self.kept_until
    }

    /// Whether requests with older refresh tokens may need this state.
    pub(super) fn has_superseded_tokens(&self) -> bool {
        !self.superseded_tokens.is_empty()
    }

    /// Hashes of the refresh tokens that the newest session replaced.
    pub(super) fn rotated_tokens(&self) -> impl Iterator<Item = TokenHash> + '_ {
        self.superseded_tokens.iter().copied()
    }

    pub(crate) fn keep(&mut self, now: UnixMillis) {
        self.kept_until = self.kept_until.max(now.plus(REFRESHED_SESSION_TTL));
    }

    pub(crate) fn remember(&mut self, target: Target, failure: Failure, now: UnixMillis) {
        self.failures.retain(|_, remembered| now < remembered.until);
        // A user may name any number of organizations, but each entry costs a token request.
        if self.failures.len() >= MAX_FAILURES {
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
    use super::super::failure::Revalidation;
    use super::*;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: DAY,
        absolute: DAY,
        sessions_since: UnixMillis(0),
    };

    fn session(refresh_token: &str, generation: u64) -> Arc<Session> {
        sample::session(refresh_token, generation, NOW)
    }

    #[test]
    fn every_older_refresh_token_leads_to_the_newest_session() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("two", 1), &LIFETIMES, NOW);
        state.publish(session("three", 2), &LIFETIMES, NOW);

        for (token, generation) in [("one", 0), ("two", 1)] {
            let newer = state.newer_than(&session(token, generation)).unwrap();
            assert_eq!(newer.frame.generation, 2);
        }
        assert!(state.newer_than(&session("three", 2)).is_none());
        assert!(state.newer_than(&session("foreign", 0)).is_none());
    }

    #[test]
    fn a_refreshed_session_is_kept_for_a_minute_after_the_last_head_that_carried_it() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("two", 1), &LIFETIMES, NOW);
        state.written(&session("two", 1), NOW);
        let almost = NOW.plus(REFRESHED_SESSION_TTL - Duration::from_millis(1));
        assert!(state.is_kept(almost));
        assert!(!state.is_kept(NOW.plus(REFRESHED_SESSION_TTL)));

        state.written(&session("two", 1), almost);

        assert!(state.is_kept(NOW.plus(REFRESHED_SESSION_TTL)));
        assert!(!state.is_kept(almost.plus(REFRESHED_SESSION_TTL)));
    }

    /// Only this entry has the new refresh token until a response carries it to the browser.
    #[test]
    fn a_refreshed_session_that_no_head_carried_is_kept_until_it_expires() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("two", 1), &LIFETIMES, NOW);
        // A response that began earlier.
        state.written(&session("one", 0), NOW);

        assert!(state.is_kept(NOW.plus(DAY - Duration::from_millis(1))));
        assert!(!state.is_kept(NOW.plus(DAY)));
        state.end();
        assert!(!state.is_kept(NOW.plus(REFRESHED_SESSION_TTL)));
    }

    /// Without rotation the next request can send the refresh token again.
    #[test]
    fn a_refreshed_session_with_the_same_refresh_token_is_kept_for_a_minute() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("one", 1), &LIFETIMES, NOW);

        assert!(!state.is_kept(NOW.plus(REFRESHED_SESSION_TTL)));
    }

    #[test]
    fn nothing_is_handed_out_after_the_end() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("two", 1), &LIFETIMES, NOW);
        state.end();

        assert!(state.newer_than(&session("one", 0)).is_none());
    }

    #[test]
    fn a_session_of_another_instance_replaces_ours() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.remember(Target::DEFAULT, Failure::SignInRequired, NOW);

        state.observe(&session("theirs", 4));

        assert_eq!(state.newest.frame.generation, 4);
        assert_eq!(state.remembered(&Target::DEFAULT, NOW), None);
    }

    #[test]
    fn a_failure_is_remembered_for_its_time() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        let later = Failure::Later {
            retry_after: Duration::from_secs(7),
            revalidation: Revalidation::Unanswered,
        };
        state.remember(Target::DEFAULT, later, NOW);

        let almost = NOW.plus(Duration::from_millis(6_999));
        assert_eq!(state.remembered(&Target::DEFAULT, almost), Some(later));
        let after = NOW.plus(Duration::from_secs(7));
        assert_eq!(state.remembered(&Target::DEFAULT, after), None);
    }

    fn changed(session: &Session, data: &'static [u8], at: UnixMillis) -> Arc<Session> {
        Arc::new(session.with_data(Some(data.into()), at))
    }

    /// Another instance changed the session's data, but not its refresh token.
    #[test]
    fn within_one_generation_the_later_seal_counts() {
        let later = NOW.plus(Duration::from_secs(1));
        let handle = SessionHandle::new(changed(&session("one", 0), b"ours", NOW), NOW);
        let theirs = changed(&session("one", 0), b"theirs", later);
        let mut state = handle.state();
        assert!(state.newest_for(&theirs).is_none());

        state.observe(&theirs);

        assert_eq!(state.newest.body.data.as_deref(), Some(&b"theirs"[..]));
        state.observe(&session("one", 0));
        assert_eq!(state.newest.body.data.as_deref(), Some(&b"theirs"[..]));
    }

    /// The claims that did not fit into the cookie are still in memory.
    #[test]
    fn a_cookie_that_this_instance_renewed_counts_as_the_same_version() {
        let later = NOW.plus(Duration::from_secs(1));
        let mut body = session("one", 0).body.clone();
        body.user_info = Some("{}".into());
        let whole = Arc::new(session("one", 0).with_body(body));
        let handle = SessionHandle::new(Arc::clone(&whole), NOW);
        let mut state = handle.state();
        state.written(&whole, later);

        state.observe(&sample::session("one", 0, later));

        assert!(state.newest.body.user_info.is_some());
    }

    #[test]
    fn the_data_of_the_later_response_stay() {
        let handle = SessionHandle::new(changed(&session("one", 0), b"quick", NOW), NOW);
        let mut state = handle.state();

        state.written(&changed(&session("one", 0), b"slow", NOW), NOW);
        state.written(&session("older", 0), NOW);

        assert_eq!(state.newest.body.data.as_deref(), Some(&b"slow"[..]));
    }

    /// Another instance refreshed and its cookie came here; then a late request brings the oldest cookie.
    #[test]
    fn an_older_cookie_does_not_replace_the_newer_session_of_another_instance() {
        let handle = SessionHandle::new(session("one", 0), NOW);
        let mut state = handle.state();
        state.publish(session("two", 1), &LIFETIMES, NOW);
        state.observe(&session("theirs", 2));

        state.observe(&session("one", 0));

        assert_eq!(state.newest.frame.generation, 2);
        assert!(state.newer_than(&session("two", 1)).is_some());
    }

    #[test]
    fn the_superseded_tokens_and_the_failures_of_a_session_are_bounded() {
        let handle = SessionHandle::new(session("0", 0), NOW);
        let mut state = handle.state();
        for generation in 1..=MAX_SUPERSEDED_TOKENS as u64 + 8 {
            let refreshed = session(&generation.to_string(), generation);
            state.publish(refreshed, &LIFETIMES, NOW);
        }
        for organization in 0..MAX_FAILURES + 8 {
            let target = Target {
                resource: None,
                organization: Some(organization.to_string()),
            };
            state.remember(target, Failure::Denied, NOW);
        }

        assert_eq!(state.superseded_tokens.len(), MAX_SUPERSEDED_TOKENS);
        assert!(state.failures.len() <= MAX_FAILURES);
        assert!(state.newer_than(&session("0", 0)).is_none());
        assert!(state.newer_than(&session("9", 9)).is_some());
    }

    /// Of two requests that load the record at once, one may refresh and store it before the other continues.
    #[test]
    fn a_record_that_was_loaded_before_this_instance_stored_a_later_one_changes_nothing() {
        let loaded = Arc::new(session("one", 0));
        let handle = SessionHandle::new(Arc::clone(&loaded), NOW);
        let mut state = handle.state();
        let refreshed = Arc::new(session("one", 1));
        state.publish(Arc::clone(&refreshed), &LIFETIMES, NOW);
        state.stored(&refreshed, NOW);

        state.observe_stored(&loaded, NOW);

        assert!(Arc::ptr_eq(&state.newest, &refreshed));
        assert!(Arc::ptr_eq(&state.base, &refreshed));
    }
}
