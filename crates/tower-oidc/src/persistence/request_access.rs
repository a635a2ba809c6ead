//! Implements for `SessionPersistence` the traits that one request's session uses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sealed_cookie::{CookieFields, ReceivedCookie, SetCookies};

use super::SessionPersistence;
use super::sessions::{
    OpenedRecord, OpenedSession, RefreshState, Sessions, StoreFailed, ToStore, WrittenSession,
};
use super::writing::NotWritten;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::refresh::SessionHandle;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::Frame;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::shrink::{Droppable, has_room_for_token};

impl Sessions for SessionPersistence {
    fn now(&self) -> UnixMillis {
        self.now()
    }

    fn receive(&self, fields: &CookieFields) -> Option<ReceivedCookie> {
        self.cookie.receive_from(fields)
    }

    fn open_now(&self, received: &ReceivedCookie) -> Result<OpenedSession, NotSignedIn> {
        // Nobody may count as signed in because a store was forgotten.
        if self.asks_stores() {
            return Err(NotSignedIn::Unavailable);
        }
        self.open_without_stores(received)
    }

    fn asks_stores(&self) -> bool {
        self.asks_stores()
    }

    fn open<'a>(
        &'a self,
        received: &'a ReceivedCookie,
    ) -> Pin<Box<dyn Future<Output = Result<OpenedSession, NotSignedIn>> + Send + 'a>> {
        Box::pin(self.open(received))
    }

    fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        self.refresher.newest_for(session)
    }

    fn has_ended(&self, session: &Session) -> bool {
        self.has_ended(session, self.now())
    }

    fn has_room_for_token(&self, session: &Session, target: &Target) -> bool {
        has_room_for_token(session, target, &self.room(), self.now())
    }

    fn renewal_due(&self, frame: &Frame, now: UnixMillis) -> bool {
        self.lifetimes.renewal_due(frame, now)
    }

    fn write_refreshed(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
    ) -> Option<WrittenSession> {
        match self.write(session, received, Droppable::AllButRefreshToken) {
            Ok(written) => Some(written),
            // The session was signed out while the handler ran, and must not be restored.
            Err(NotWritten::Ended) => None,
            Err(error) => {
                let key = ("session", "not_written");
                limited!(warn, self, key, %error, "the session's cookie is not written");
                None
            }
        }
    }

    fn belongs_into_store(&self, session: &Session, has_record: bool) -> bool {
        self.belongs_into_store(session, has_record)
    }

    fn renew_reference(
        &self,
        record: &OpenedRecord,
        received: Option<&ReceivedCookie>,
    ) -> Option<SetCookies> {
        match self.write_reference(&record.reference, received) {
            Ok(cookies) => Some(cookies),
            Err(NotWritten::Ended) => None,
            Err(error) => {
                let key = ("session", "not_written");
                limited!(warn, self, key, %error, "the session's cookie is not written");
                None
            }
        }
    }

    fn store<'a>(
        &'a self,
        to_store: ToStore,
        received: Option<&'a ReceivedCookie>,
    ) -> Pin<Box<dyn Future<Output = Result<WrittenSession, StoreFailed>> + Send + 'a>> {
        Box::pin(async move {
            let session = Arc::clone(&to_store.session);
            let written = self.write_or_store(to_store, received).await;
            match written {
                Ok(written) => Ok(written),
                // The session was signed out while the handler ran, and must not be restored.
                Err(NotWritten::Ended) => Ok(WrittenSession {
                    cookies: SetCookies::default(),
                    session,
                }),
                Err(error) => {
                    limited!(
                        warn,
                        self,
                        ("session_store", "save"),
                        %error,
                        "the session store did not take a session: changed application data are lost, and refreshed \
                         tokens stay in this instance's memory"
                    );
                    Err(StoreFailed)
                }
            }
        })
    }
}

impl RefreshState for SessionHandle {
    fn newest_for(&self, session: &Session) -> Option<Arc<Session>> {
        self.newest_for(session)
    }
}
