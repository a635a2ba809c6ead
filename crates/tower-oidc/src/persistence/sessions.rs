//! The traits by which one request's session uses the persistence and the refresh state.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sealed_cookie::{ReceivedCookie, SetCookies};

use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::not_signed_in::NotSignedIn;

/// Opens and writes the session of a request. A trait, so that a test can implement it in a few lines.
pub(crate) trait Sessions: Send + Sync {
    fn now(&self) -> UnixMillis;

    /// The session in these cookies, in the newest version that this instance knows. Not available if the stores of
    /// the application have to be asked.
    fn open_now(&self, received: &ReceivedCookie) -> Result<OpenedSession, NotSignedIn>;

    /// Whether the stores of the application have to be asked before a session counts.
    fn asks_stores(&self) -> bool;

    /// The same as `open_now`, after asking the stores.
    fn open<'a>(
        &'a self,
        received: &'a ReceivedCookie,
    ) -> Pin<Box<dyn Future<Output = Result<OpenedSession, NotSignedIn>> + Send + 'a>>;

    /// The version of `session` that this instance knows, if it is as new or newer.
    fn newest_for(&self, session: &Session) -> Option<Arc<Session>>;

    /// Whether `session` was signed out or replaced in this instance.
    fn has_ended(&self, session: &Session) -> bool;

    /// Whether the cookies will carry the token for `target` when `session` is written.
    fn has_room_for_token(&self, session: &Session, target: &Target) -> bool;

    /// Whether a request at `now` that uses `session` should renew its cookie.
    fn renewal_due(&self, session: &Session, now: UnixMillis) -> bool;

    /// Returns the cookies that store `session` in the browser and replace those that were `received`. `None`
    /// if the session has ended in the meantime, or cannot be written, which is logged.
    fn write_refreshed(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
    ) -> Option<WrittenSession>;
}

/// The refresh state of a session. It is not evicted while a request holds it.
pub(crate) trait RefreshState: Send + Sync {
    /// The newest version of `session`, if it is as new or newer.
    fn newest_for(&self, session: &Session) -> Option<Arc<Session>>;
}

/// The session of a request.
pub(crate) struct OpenedSession {
    /// The newest version of it that this instance knows.
    pub(crate) session: Arc<Session>,
    /// Whether the browser should get the session again, because an additional secret opened its cookie, or
    /// this instance knows a newer version.
    pub(crate) is_outdated: bool,
    /// From this time on, the browser may have a newer session than this one: another request may have
    /// refreshed it, and this instance may no longer have that in memory.
    pub(crate) may_be_superseded_at: UnixMillis,
}

impl OpenedSession {
    /// Whether the browser may have a newer session by now. Then a renewal must not write this one: it would
    /// replace the browser's refresh token with one that was already used.
    pub(crate) fn may_be_superseded(&self, now: UnixMillis) -> bool {
        now >= self.may_be_superseded_at
    }
}

/// A session that was written into cookies.
pub(crate) struct WrittenSession {
    pub(crate) cookies: SetCookies,
    /// The session in the cookies, without the parts for which there was no room.
    pub(crate) session: Arc<Session>,
}
