//! The traits by which one request's session uses the persistence and the refresh state.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use sealed_cookie::{CookieFields, ReceivedCookie, SetCookies};

use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::Frame;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::reference::RecordReference;
use crate::session::shrink::Droppable;

/// Opens and writes the session of a request. A trait, so that a test can implement it in a few lines.
pub(crate) trait Sessions: Send + Sync {
    fn now(&self) -> UnixMillis;

    /// The session's cookie in the fields of a request.
    fn receive(&self, fields: &CookieFields) -> Option<ReceivedCookie>;

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

    /// Whether the content of `session` belongs into the store of the application.
    fn belongs_into_store(&self, session: &Session, has_record: bool) -> bool;

    /// Whether a request at `now` should renew the cookie that has this frame.
    fn renewal_due(&self, frame: &Frame, now: UnixMillis) -> bool;

    /// Returns the cookies that store `session` in the browser and replace those that were `received`. `None`
    /// if the session has ended in the meantime, or cannot be written, which is logged.
    fn write_refreshed(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
    ) -> Option<WrittenSession>;

    /// Seals the cookie of a session whose content is in the store, and does not change.
    fn renew_reference(
        &self,
        record: &OpenedRecord,
        received: Option<&ReceivedCookie>,
    ) -> Option<SetCookies>;

    /// Writes the content of a session into the store.
    fn store<'a>(
        &'a self,
        to_store: ToStore,
        received: Option<&'a ReceivedCookie>,
    ) -> Pin<Box<dyn Future<Output = Result<WrittenSession, StoreFailed>> + Send + 'a>>;
}

/// A session to store, and what the request knows of its record.
pub(crate) struct ToStore {
    pub(crate) session: Arc<Session>,
    /// The application's data, if this request changed them.
    pub(crate) data: Option<Option<Bytes>>,
    /// The record as this request found it; `None` if the session has none so far.
    pub(crate) record: Option<OpenedRecord>,
    /// The session before the changes of this request: the content of its record, or that of its cookie.
    pub(crate) base: Arc<Session>,
    pub(crate) droppable: Droppable,
    /// Whether the cookie is written although it refers to this record already.
    pub(crate) renews_cookie: bool,
}

/// The store did not take a session, which is logged. The change is lost unless this instance remembers it.
pub(crate) struct StoreFailed;

/// The refresh state of a session. It is not evicted while a request holds it.
pub(crate) trait RefreshState: Send + Sync {
    /// The newest version of `session`, if it is as new or newer.
    fn newest_for(&self, session: &Session) -> Option<Arc<Session>>;
}

/// The session of a request.
pub(crate) struct OpenedSession {
    /// The newest version of it that this instance knows.
    pub(crate) session: Arc<Session>,
    /// The same with the default access token, if no cookie had room for it and this instance has it in memory.
    pub(crate) with_token: Option<Arc<Session>>,
    /// The session as its cookie or its record has it.
    pub(crate) content: Arc<Session>,
    /// Whether the browser should get the session again, because an additional secret opened its cookie, or
    /// this instance knows a newer version.
    pub(crate) is_outdated: bool,
    /// The record with the session's content; `None` if the cookie holds it.
    pub(crate) record: Option<OpenedRecord>,
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

/// The record of a session's content, as a request found it.
#[derive(Clone)]
pub(crate) struct OpenedRecord {
    /// What the cookie holds.
    pub(crate) reference: Arc<RecordReference>,
    pub(crate) version: u64,
    /// Whether this instance knows a newer version of the session, which the store does not have.
    pub(crate) is_behind: bool,
}

/// A session that was written into cookies, or into the store.
pub(crate) struct WrittenSession {
    /// None if the browser's cookie need not change.
    pub(crate) cookies: SetCookies,
    /// The session as it was written, without the parts for which there was no room.
    pub(crate) session: Arc<Session>,
}
