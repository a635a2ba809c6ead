//! `Refresher`: refreshes the sessions of one origin, and owns all that this needs.

use std::sync::{Arc, Weak};
use std::time::Duration;

use relying_party::Clock;

use super::coordination::Coordination;
use super::endpoint::{RefreshHook, TokenEndpoint};
use super::handle::SessionHandle;
use super::remembered_sessions::RefreshMemory;
use super::revoke_at_sign_out::RevokeAtSignOut;
use super::times::RefreshTimes;
use crate::event::{AuthEventKind, AuthEventReason, Events};
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::revocation::{RevokedSessions, StoreWrite};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::AtOrigin;
use crate::session::frame::Frame;
use crate::session::lifetime::Lifetimes;

/// The parts of a [`Refresher`].
pub(crate) struct RefresherParts {
    /// The origin of the sessions that are refreshed here.
    pub(crate) origin: AtOrigin,
    /// Retries the revocations of this one that wait; `None` if this one does. An origin that a request named
    /// may be dropped long before the provider answers, and then it retries nothing.
    pub(crate) retried_by: Option<Weak<Refresher>>,
    /// One for all origins: a session has the same id on each of them.
    pub(crate) memory: Arc<RefreshMemory>,
    pub(crate) endpoint: Arc<dyn TokenEndpoint>,
    pub(crate) hook: Arc<dyn RefreshHook>,
    pub(crate) coordination: Option<Coordination>,
    pub(crate) revoked: Arc<RevokedSessions>,
    pub(crate) events: Arc<Events>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) times: RefreshTimes,
    /// How long before its expiry an access token is refreshed.
    pub(crate) leeway: Duration,
    /// Whether the host may freeze this instance after each response.
    pub(crate) freezes_between_requests: bool,
    /// Which tokens are revoked when a session ends.
    pub(crate) revoke_at_sign_out: RevokeAtSignOut,
}

/// Refreshes the sessions of one origin: one token request at a time for each refresh token. Its result is
/// for all requests that still have an older cookie.
pub(crate) struct Refresher {
    pub(super) origin: AtOrigin,
    pub(super) retried_by: Option<Weak<Self>>,
    pub(super) memory: Arc<RefreshMemory>,
    pub(super) endpoint: Arc<dyn TokenEndpoint>,
    pub(super) hook: Arc<dyn RefreshHook>,
    pub(super) coordination: Option<Coordination>,
    pub(super) revoked: Arc<RevokedSessions>,
    pub(super) events: Arc<Events>,
    clock: Arc<dyn Clock>,
    pub(super) log: Arc<LogLimiter>,
    pub(super) lifetimes: Lifetimes,
    pub(super) times: RefreshTimes,
    leeway: Duration,
    pub(crate) freezes_between_requests: bool,
    pub(super) revoke_at_sign_out: RevokeAtSignOut,
}

impl Refresher {
    pub(crate) fn new(parts: RefresherParts) -> Self {
        Self {
            origin: parts.origin,
            retried_by: parts.retried_by,
            memory: parts.memory,
            endpoint: parts.endpoint,
            hook: parts.hook,
            coordination: parts.coordination,
            revoked: parts.revoked,
            events: parts.events,
            clock: parts.clock,
            log: parts.log,
            lifetimes: parts.lifetimes,
            times: parts.times,
            leeway: parts.leeway,
            freezes_between_requests: parts.freezes_between_requests,
            revoke_at_sign_out: parts.revoke_at_sign_out,
        }
    }

    pub(super) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    /// How long before its expiry an access token is refreshed.
    pub(crate) const fn leeway(&self) -> Duration {
        self.leeway
    }

    /// How long a request of the application waits for a refresh.
    pub(crate) const fn wait(&self) -> Duration {
        self.times.wait
    }

    /// The session's handle. Its refresh state is kept for as long as a request holds the handle, because a
    /// response may take longer than a refreshed session is otherwise kept.
    pub(crate) fn hold(&self, session: &Arc<Session>) -> Arc<SessionHandle> {
        let (handle, evicted) = self.memory.hold(session, &self.clock);
        for evicted in evicted {
            let kind = AuthEventKind::RefreshedSessionEvicted;
            self.events.emit(kind, Some(&evicted), None);
        }
        handle
    }

    /// The session to write if a request did not change `session`: a newer one, or the same generation with
    /// other data.
    pub(crate) fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        let handle = self.memory.existing(session.frame.session_id)?;
        let now = self.now();
        let state = handle.state();
        state.newest_for(session).filter(|_| state.is_kept(now))
    }

    /// The newest version of `session` that this instance knows, if it is newer.
    pub(crate) fn newer_than(&self, session: &Session) -> Option<Arc<Session>> {
        let handle = self.memory.existing(session.frame.session_id)?;
        let now = self.now();
        let state = handle.state();
        state.newer_than(session).filter(|_| state.is_kept(now))
    }

    /// The newest version of a session whose record was loaded, if it is newer: this instance refreshed it, and the
    /// store did not take that. It has what other instances stored in the meantime.
    pub(crate) fn newer_than_stored(&self, stored: &Arc<Session>) -> Option<Arc<Session>> {
        let handle = self.memory.existing(stored.frame.session_id)?;
        let now = self.now();
        let mut state = handle.state();
        state.observe_stored(stored, now);
        state.newer_than(stored).filter(|_| state.is_kept(now))
    }

    /// Records that a response head carried this session, sealed at `now`. Requests may still bring older
    /// cookies for a while.
    pub(crate) fn written(&self, session: &Session, now: UnixMillis) {
        if let Some(handle) = self.memory.existing(session.frame.session_id) {
            handle.state().written(session, now);
        }
    }

    /// Records that cookies carry `session` without its default access token. The token is kept in memory until it
    /// expires or the session ends, or until another version of the session replaces this one.
    pub(crate) fn written_without_token(&self, session: &Session, now: UnixMillis) {
        let Some(token) = session.body.access_token(&Target::DEFAULT) else {
            return self.written(session, now);
        };
        let end = self.lifetimes.end(&session.frame.sealed(now));
        let keep_until = token.expires_at.map_or(end, |expiry| expiry.min(end));
        let whole = Arc::new(session.with_body(session.body.clone()));
        let handle = self.hold(&whole);
        let mut state = handle.state();
        state.written_without_token(session, keep_until, now);
    }

    /// `session` with its default access token, if its cookies had no room for the token and this instance has it in
    /// memory.
    pub(crate) fn with_kept_token(&self, session: &Session) -> Option<Arc<Session>> {
        if session.body.access_token(&Target::DEFAULT).is_some() {
            return None;
        }
        let handle = self.memory.existing(session.frame.session_id)?;
        let now = self.now();
        let state = handle.state();
        let token = state.token_without_room(session)?;
        let is_valid = state.is_kept(now) && token.is_alive(now, Duration::ZERO);
        is_valid.then(|| Arc::new(session.with_access_token(token.clone())))
    }

    /// Records that the store has this session, saved at `now`.
    pub(crate) fn stored(&self, session: &Arc<Session>, now: UnixMillis) {
        if let Some(handle) = self.memory.existing(session.frame.session_id) {
            handle.state().stored(session, now);
        }
    }

    /// The token endpoint gave this session tokens, at a refresh or at its sign-in.
    pub(crate) fn served(&self, session: &Frame) {
        let (provider, id) = (session.provider, session.session_id);
        self.memory.blocked().served(provider, id, self.now());
    }

    /// From now on this instance refuses `session`, and with a revocation store all instances do when the returned
    /// write has ended. Emits an event, unless it was refused before.
    pub(crate) fn refuse_from_now_on(
        &self,
        session: &Session,
        kind: AuthEventKind,
        reason: Option<AuthEventReason>,
    ) -> Option<StoreWrite> {
        let (is_new, task) = self.revoked.end(&session.frame, self.now());
        if is_new {
            self.events.emit(kind, Some(session), reason);
        }
        task
    }
}
