//! Writes sessions into cookies, and ends sessions.

use std::fmt;
use std::sync::Arc;

use sealed_cookie::{ReceivedCookie, SealError, SetCookies};

use super::SessionPersistence;
use super::records::RecordError;
use super::sessions::WrittenSession;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::shrink::{Droppable, Fitted, shrink_to_fit};
use crate::session::size::{REMEDY, SessionSize};

/// A longer access token is not kept in memory: with 8,192 sessions, this is at most 256 MiB.
const MAX_KEPT_TOKEN: usize = 32 * 1024;

/// Why a session was not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// It was signed out or replaced in the meantime, and must not be restored.
    Ended,
    /// Even without all parts that may be dropped, it does not fit into the cookies.
    TooLarge(Box<SessionSize>),
    NotSealed(SealError),
    /// The store did not answer, or has something else under its name.
    NotStored(RecordError),
    /// Other requests changed its record again and again.
    TooManyConflicts,
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the session has ended"),
            Self::TooLarge(size) => write!(
                f,
                "the session has at least {} bytes, and its cookies hold at most {}",
                size.total,
                size.allowed.unwrap_or_default()
            ),
            Self::NotSealed(error) => error.fmt(f),
            Self::NotStored(error) => error.fmt(f),
            Self::TooManyConflicts => {
                f.write_str("other requests changed the session's record at the same time")
            }
        }
    }
}

impl SessionPersistence {
    /// Makes the cookies that store `session` in the browser and replace those that were `received`. Parts
    /// that do not fit are dropped, if `droppable` allows it; the log and an event name each.
    ///
    /// # Errors
    ///
    /// [`NotWritten`] if the session has ended, is too large, or cannot be sealed.
    pub(crate) fn write(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
        droppable: Droppable,
    ) -> Result<WrittenSession, NotWritten> {
        let now = self.now();
        if self.has_ended(session, now) {
            return Err(NotWritten::Ended);
        }
        let fitted = shrink_to_fit(session, &self.cookie_room(), droppable, now);
        let Some(Fitted {
            session: smaller,
            plaintext,
            dropped,
        }) = fitted
        else {
            return Err(NotWritten::TooLarge(Box::new(self.size_of(session))));
        };
        self.report_dropped(session, &smaller, &dropped);
        let max_age = self.lifetimes.end(&smaller.frame.sealed(now)).since(now);
        let cookies = self
            .cookie
            .seal(&plaintext, Some(max_age), received, self.entropy.as_ref())
            .map_err(NotWritten::NotSealed)?;
        self.has_written(session, &smaller, now);
        Ok(WrittenSession {
            cookies,
            session: Arc::new(smaller),
        })
    }

    /// Records that the cookies carry `kept` of the session `full`. If that is all but the default access token, it would
    /// be refreshed at every request that uses it, so it stays in memory.
    fn has_written(&self, full: &Session, kept: &Session, now: UnixMillis) {
        let token = |session: &Session| {
            let token = session.body.access_token(&Target::DEFAULT)?;
            Some(token.token.stored_len())
        };
        let can_be_kept = token(full).is_some_and(|length| length <= MAX_KEPT_TOKEN);
        if !can_be_kept || token(kept).is_some() {
            return self.refresher.written(full, now);
        }
        limited!(
            warn,
            self,
            ("session", "token_in_memory"),
            size = %self.size_of(full),
            "no cookie has room for the access token of a session: this instance keeps it in memory until it expires, \
             and a request that reaches another instance refreshes the session; {REMEDY}"
        );
        self.refresher.written_without_token(full, now);
    }

    /// Logs each part of `full` for which there was no room, and emits an event. Call it only for a session
    /// that is stored, not for one that is only measured.
    pub(crate) fn report_dropped(&self, full: &Session, kept: &Session, dropped: &[&'static str]) {
        for part in dropped {
            limited!(
                warn,
                self,
                ("session.dropped", part),
                part,
                size = %self.size_of(full),
                "the session is too large for its cookies: a part of it is dropped; {REMEDY}"
            );
            let reason = Some(AuthEventReason::Dropped(part));
            self.events
                .emit(AuthEventKind::SessionTruncated, Some(kept), reason);
        }
    }

    pub(crate) fn size_of(&self, session: &Session) -> SessionSize {
        SessionSize::new(session, &self.room(), self.now())
    }

    /// Whether `session` was signed out or replaced, as far as this instance knows.
    pub(crate) fn has_ended(&self, session: &Session, now: UnixMillis) -> bool {
        self.revoked.has_ended(session, now)
    }

    /// Deletes every session cookie that the browser may have from this origin.
    pub(crate) fn delete(&self) -> SetCookies {
        self.cookie.delete()
    }
}
