//! The default access token of a session, kept in memory because no cookie has room for it.

use std::collections::VecDeque;

use super::{State, TokenHash, hash};
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::{StoredAccessToken, Target};

impl State {
    /// Whether a request may still need this state.
    pub(crate) fn is_kept(&self, now: UnixMillis) -> bool {
        let keeps_token = self.token_kept_until.is_some_and(|until| now < until);
        keeps_token || self.is_needed_by_older_cookies(now)
    }

    /// A response head carried `session` without its default access token, which is kept until this time.
    pub(in crate::refresh) fn written_without_token(
        &mut self,
        session: &Session,
        keep_until: UnixMillis,
        now: UnixMillis,
    ) {
        self.written(session, now);
        if !self.ended && hash(session) == hash(&self.newest) {
            self.token_kept_until = Some(keep_until);
        }
    }

    /// The default access token for which the cookies of `session` had no room. `None` if another instance wrote
    /// them later, because it may have removed the token.
    pub(in crate::refresh) fn token_without_room(
        &self,
        session: &Session,
    ) -> Option<&StoredAccessToken> {
        let is_older = self.version() < session.frame.version();
        if self.ended || is_older || hash(session) != hash(&self.newest) {
            return None;
        }
        self.newest.body.access_token(&Target::DEFAULT)
    }

    /// Removes and returns the hashes of the replaced refresh tokens if the state is kept for its access token
    /// alone: a cookie with one of them is as old as one of a session that is no longer in memory.
    pub(in crate::refresh) fn take_superseded_tokens(
        &mut self,
        now: UnixMillis,
    ) -> VecDeque<TokenHash> {
        match self.is_needed_by_older_cookies(now) {
            true => VecDeque::new(),
            false => std::mem::take(&mut self.superseded_tokens),
        }
    }
}
