//! One request's session: received, opened at the first look, changed by the handler, and written with
//! the response's head.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use sealed_cookie::{CookieFields, ReceivedCookie, SetCookies};

use crate::format::time::UnixMillis;
use crate::persistence::sessions::{
    OpenedRecord, OpenedSession, RefreshState, Sessions, StoreFailed, ToStore, WrittenSession,
};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::Frame;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::shrink::Droppable;

/// The session of one request. Sessions change rarely, so a look at an unchanged one takes no lock.
pub(crate) struct RequestSession {
    sessions: Arc<dyn Sessions>,
    /// Why nobody is signed in, whatever the cookies say.
    refused: Option<NotSignedIn>,
    /// The fields of the request in which our cookies may be.
    cookie_fields: CookieFields,
    /// The session's cookie in them, once somebody looked for it.
    received: OnceLock<Option<ReceivedCookie>>,
    /// Whether the request asks for an upgrade: a browser need not keep the cookies of such a response.
    is_upgrade: bool,
    /// What the stores said, until somebody looks at the session.
    asked: Mutex<Option<Result<OpenedSession, NotSignedIn>>>,
    opened: OnceLock<Result<OpenedSession, NotSignedIn>>,
    /// Whether there may be a change.
    may_be_changed: AtomicBool,
    /// Nothing can be written to the browser any more, whether or not anything was.
    response_started: AtomicBool,
    /// The session in the cookies of the response's head, if it has some.
    written: OnceLock<Arc<Session>>,
    change: Mutex<Change>,
}

/// The response's head was written before, so the browser would not get the change.
pub(crate) struct ResponseStarted;

/// Whether a session that did not change is written if its cookie is old enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    IfDue,
    Never,
}

/// What a response's head has to write.
pub(crate) enum HeadWrite {
    Nothing,
    Cookies(SetCookies),
    /// The store has to take the session before the head is sent.
    Store(ToStore),
}

enum ToWrite {
    Session(Arc<Session>),
    /// Only the cookie of a session whose content is in the store, and does not change.
    Reference(OpenedRecord),
}

#[derive(Default)]
struct Change {
    session: Option<Arc<Session>>,
    /// The data that the application set or removed; a newer session that a refresh brings must not
    /// undo it.
    data: Option<Option<Bytes>>,
    /// Held until the response is written, so that it can write the newest session however late.
    handle: Option<Arc<dyn RefreshState>>,
}

impl RequestSession {
    /// The session of a request with these `Cookie` fields. If there is a reason in `refused`, the cookie is not
    /// opened.
    pub(crate) fn new(
        sessions: Arc<dyn Sessions>,
        cookie_fields: CookieFields,
        refused: Option<NotSignedIn>,
        is_upgrade: bool,
    ) -> Self {
        Self {
            sessions,
            refused,
            cookie_fields,
            received: OnceLock::new(),
            is_upgrade,
            asked: Mutex::default(),
            opened: OnceLock::new(),
            may_be_changed: AtomicBool::default(),
            response_started: AtomicBool::default(),
            written: OnceLock::new(),
            change: Mutex::default(),
        }
    }

    /// Whether stores have to be asked before anybody looks at the session.
    pub(crate) fn asks_stores(&self) -> bool {
        self.refused.is_none() && self.sessions.asks_stores() && self.received().is_some()
    }

    /// Opens the cookie and asks the stores, before anybody looks at the session. It is no look by itself: the
    /// response of a handler that never looks stays unchanged.
    pub(crate) async fn ask_stores(&self) {
        if self.asks_stores()
            && let Some(received) = self.received()
        {
            let opened = self.sessions.open(received).await;
            *self.asked() = Some(opened);
        }
    }

    /// Opens the cookie, if that was not done before.
    pub(crate) fn open(&self) -> Result<&OpenedSession, NotSignedIn> {
        let opened = self
            .opened
            .get_or_init(|| match (self.refused, self.received()) {
                (Some(reason), _) => Err(reason),
                (None, None) => Err(NotSignedIn::NoCookie),
                (None, Some(received)) => {
                    let asked = self.asked().take();
                    asked.unwrap_or_else(|| self.sessions.open_now(received))
                }
            });
        opened.as_ref().map_err(|reason| *reason)
    }

    /// What was found, if anyone looked.
    pub(crate) fn if_opened(&self) -> Option<Result<&OpenedSession, NotSignedIn>> {
        let opened = self.opened.get()?;
        Some(opened.as_ref().map_err(|reason| *reason))
    }

    /// Whether it is clear, without a look at the session, that nobody can say who is signed in.
    #[cfg(feature = "axum")]
    pub(crate) fn is_known_unavailable(&self) -> bool {
        let unavailable = NotSignedIn::Unavailable;
        self.refused == Some(unavailable)
            || matches!(self.if_opened(), Some(Err(reason)) if reason == unavailable)
            || matches!(&*self.asked(), Some(Err(reason)) if *reason == unavailable)
    }

    /// Why nobody is signed in whatever the cookies say.
    pub(crate) const fn refused(&self) -> Option<NotSignedIn> {
        self.refused
    }

    /// The session cookies that the browser sent, valid or not.
    pub(crate) fn received(&self) -> Option<&ReceivedCookie> {
        let found = || self.sessions.receive(&self.cookie_fields);
        self.received.get_or_init(found).as_ref()
    }

    /// The fields of the request in which our cookies may be.
    pub(crate) const fn cookie_fields(&self) -> &CookieFields {
        &self.cookie_fields
    }

    /// The frame whose times decide how long the session lasts: that of the cookie, if the content is in a store.
    pub(crate) fn lasting_frame(&self) -> Option<Frame> {
        match self.record() {
            Some(record) => Some(record.reference.frame),
            None => Some(self.current()?.frame),
        }
    }

    /// The session now: as it was opened, or as this request changed it.
    pub(crate) fn current(&self) -> Option<Arc<Session>> {
        let opened = self.open().ok()?;
        Some(
            self.changed()
                .unwrap_or_else(|| Arc::clone(&opened.session)),
        )
    }

    /// The session now, with its default access token also if no cookie had room for that and this instance has it in
    /// memory.
    pub(crate) fn current_with_token(&self) -> Option<Arc<Session>> {
        let opened = self.open().ok()?;
        let unchanged = opened.with_token.as_ref().unwrap_or(&opened.session);
        Some(self.changed().unwrap_or_else(|| Arc::clone(unchanged)))
    }

    /// The changed session, if there is one.
    fn changed(&self) -> Option<Arc<Session>> {
        if !self.may_be_changed.load(Ordering::SeqCst) {
            return None;
        }
        self.lock().session.clone()
    }

    /// Whether nothing can be written to the browser any more: the response's head is on its way or was
    /// given up, or the request is for an upgrade.
    pub(crate) fn cannot_be_written(&self) -> bool {
        self.is_upgrade || self.response_started.load(Ordering::SeqCst)
    }

    /// Whether the user's next request brings the token for `target` of `session`.
    ///
    /// A promise, so in doubt it is `false`: in a request for an upgrade, whose response may be one
    /// that sets no cookie, and for a session that has ended in the meantime.
    pub(crate) fn will_persist(&self, session: &Session, target: &Target) -> bool {
        if self.sessions.has_ended(session) {
            return false;
        }
        if let Some(written) = self.written.get() {
            return written.frame.generation == session.frame.generation
                && written.body.access_token(target).is_some();
        }
        if self.is_as_received() {
            // The token may be in this instance's memory alone, because no cookie had room for it.
            let opened = self.open();
            return opened.is_ok_and(|opened| opened.content.body.access_token(target).is_some());
        }
        !self.cannot_be_written() && self.sessions.has_room_for_token(session, target)
    }

    /// Whether the session is the one that the browser sent.
    fn is_as_received(&self) -> bool {
        let is_outdated = self.open().is_ok_and(|opened| {
            let record = opened.record.as_ref();
            record.map_or(opened.is_outdated, |record| record.is_behind)
        });
        !is_outdated && self.changed().is_none()
    }

    /// Continues with a newer session, and returns it with the data that this request set.
    pub(crate) fn replace_session(
        &self,
        newer: &Arc<Session>,
        handle: Arc<dyn RefreshState>,
    ) -> Arc<Session> {
        let now = self.sessions.now();
        let mut change = self.lock();
        let session = change.with_data(newer, now);
        change.handle = Some(handle);
        change.session = Some(Arc::clone(&session));
        drop(change);
        // A caller that finds the response not started after this can rely on it: the head sets that
        // flag first and looks for changes then, so it sees this change.
        self.may_be_changed.store(true, Ordering::SeqCst);
        session
    }

    /// Continues with a session that has these data, unless the response has started.
    pub(crate) fn set_data(
        &self,
        with: Arc<Session>,
        data: Option<Bytes>,
        handle: Arc<dyn RefreshState>,
    ) -> Result<(), ResponseStarted> {
        let mut change = self.lock();
        // In this order: a head that is written after this look waits for the lock.
        self.may_be_changed.store(true, Ordering::SeqCst);
        if self.response_started.load(Ordering::SeqCst) {
            return Err(ResponseStarted);
        }
        change.handle = Some(handle);
        change.session = Some(with);
        change.data = Some(data);
        Ok(())
    }

    /// Keeps the refresh state until the head is written, though this request changed nothing that it
    /// knows of.
    pub(crate) fn keep_alive(&self, handle: Arc<dyn RefreshState>) {
        self.lock().handle = Some(handle);
    }

    /// The response's head is written now, or never will be: no later change reaches the browser.
    pub(crate) fn close(&self) {
        self.response_started.store(true, Ordering::SeqCst);
    }

    /// What the response's head has to write of the session. Nothing can be written later.
    pub(crate) fn write(&self, renewal: Renewal) -> HeadWrite {
        self.close();
        let Some(to_write) = self.to_write(renewal, self.sessions.now()) else {
            return HeadWrite::Nothing;
        };
        let received = self.received();
        let cookies = match to_write {
            ToWrite::Reference(record) => self.sessions.renew_reference(&record, received),
            ToWrite::Session(session) => {
                let record = self.record();
                if self.sessions.belongs_into_store(&session, record.is_some()) {
                    return HeadWrite::Store(self.to_store(session, record.cloned(), renewal));
                }
                let written = self.sessions.write_refreshed(&session, received);
                written.map(|written| self.has_written(written))
            }
        };
        cookies.map_or(HeadWrite::Nothing, HeadWrite::Cookies)
    }

    /// Stores what [`write`](Self::write) returned. Returns the cookies for the head.
    pub(crate) async fn store(&self, to_store: ToStore) -> Result<SetCookies, StoreFailed> {
        let received = self.received();
        let written = self.sessions.store(to_store, received).await?;
        Ok(self.has_written(written))
    }

    /// Whether this request changed the application's data, so that the response must not say that all is well if
    /// they are not written.
    pub(crate) fn has_changed_data(&self) -> bool {
        self.may_be_changed.load(Ordering::SeqCst) && self.lock().data.is_some()
    }

    fn has_written(&self, written: WrittenSession) -> SetCookies {
        // A response has one head; if it were written twice, the first one would count.
        let _ = self.written.set(written.session);
        written.cookies
    }

    fn record(&self) -> Option<&OpenedRecord> {
        self.if_opened()?.ok()?.record.as_ref()
    }

    fn to_store(
        &self,
        session: Arc<Session>,
        record: Option<OpenedRecord>,
        renewal: Renewal,
    ) -> ToStore {
        let now = self.sessions.now();
        let opened = self.open().ok();
        let is_outdated = opened.is_some_and(|opened| opened.is_outdated);
        let base = Arc::clone(opened.map_or(&session, |opened| &opened.content));
        let is_due = record
            .as_ref()
            .is_some_and(|record| self.sessions.renewal_due(&record.reference.frame, now));
        ToStore {
            session,
            data: self.lock().data.clone(),
            record,
            base,
            droppable: Droppable::AllButRefreshToken,
            renews_cookie: is_outdated || (renewal == Renewal::IfDue && is_due),
        }
    }

    /// The newest session, if the browser or the store has to get it.
    fn to_write(&self, renewal: Renewal, now: UnixMillis) -> Option<ToWrite> {
        let opened = self.if_opened()?.ok()?;
        // Another request may have refreshed since: an older refresh token is no longer valid.
        if let Some(changed) = self.changed() {
            let newest = self.newest_held(&changed, now);
            return Some(ToWrite::Session(newest.unwrap_or(changed)));
        }
        let newest = self
            .newest_held(&opened.session, now)
            .or_else(|| self.sessions.newest_for(&opened.session))
            .unwrap_or_else(|| Arc::clone(&opened.session));
        let is_newer = newest.frame.generation > opened.session.frame.generation;
        let Some(record) = &opened.record else {
            let is_due =
                || renewal == Renewal::IfDue && self.sessions.renewal_due(&newest.frame, now);
            let must_repeat = !opened.may_be_superseded(now) && (opened.is_outdated || is_due());
            return (is_newer || must_repeat).then_some(ToWrite::Session(newest));
        };
        if is_newer || record.is_behind {
            return Some(ToWrite::Session(newest));
        }
        let frame = &record.reference.frame;
        let is_due = renewal == Renewal::IfDue && self.sessions.renewal_due(frame, now);
        (opened.is_outdated || is_due).then(|| ToWrite::Reference(record.clone()))
    }

    /// The newest version of `session` in the refresh state that this request holds.
    fn newest_held(&self, session: &Session, now: UnixMillis) -> Option<Arc<Session>> {
        let change = self.lock();
        let newest = change.handle.as_ref()?.newest_for(session)?;
        Some(change.with_data(&newest, now))
    }

    fn asked(&self) -> MutexGuard<'_, Option<Result<OpenedSession, NotSignedIn>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change {
    fn with_data(&self, newer: &Arc<Session>, now: UnixMillis) -> Arc<Session> {
        match &self.data {
            Some(data) => Arc::new(newer.with_data(data.clone(), now)),
            None => Arc::clone(newer),
        }
    }
}

#[cfg(test)]
#[path = "request_session_tests.rs"]
mod tests;
