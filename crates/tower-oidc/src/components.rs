//! The components of one origin, held together; built once, never changed.

use std::sync::Arc;

use relying_party::Clock;
use sealed_cookie::{Entropy, ReceivedCookie, ReceivedCookieSet, SealError, SetCookies};

use crate::event::{AuthEventKind, AuthEventReason, Events};
use crate::format::time::UnixMillis;
use crate::hooks::Hooks;
use crate::log_limit::{LogLimiter, limited};
use crate::origin::Origin;
use crate::persistence::SessionPersistence;
use crate::provider::Registration;
use crate::random::Random;
use crate::refresh::Refresher;
use crate::session::Session;
use crate::session::shrink::{Droppable, shrink_to_fit};
use crate::session::size::{REMEDY, SessionSize};
use crate::sign_in::Attempts;

pub(crate) struct Components {
    pub(crate) registration: Registration,
    pub(crate) origin: Origin,
    pub(crate) attempts: Attempts,
    pub(crate) persistence: SessionPersistence,
    pub(crate) refresher: Arc<Refresher>,
    pub(crate) hooks: Hooks,
    pub(crate) events: Arc<Events>,
    pub(crate) random: Arc<Random>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
    #[cfg(feature = "testing")]
    pub(crate) counters: Arc<sealed_cookie::Counters>,
}

impl Components {
    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    /// The session's cookies, sealed at `now`, without what does not fit.
    pub(crate) fn seal(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
        now: UnixMillis,
        droppable: Droppable,
    ) -> Result<SetCookies, SealError> {
        let limit = self.persistence.max_plaintext();
        let renewed = session.frame.sealed(now);
        let max_age = self.persistence.lifetimes.end(&renewed).since(now);
        let plaintext = match shrink_to_fit(session, limit, droppable, now) {
            Some(fitted) => {
                self.report_dropped(session, &fitted.session, &fitted.dropped);
                fitted.plaintext
            }
            // The error of the seal says how much there is.
            None => session.encode(now),
        };
        let entropy = self.entropy.as_ref();
        let cookie = &self.persistence.cookie;
        cookie.seal(&plaintext, Some(max_age), received, entropy)
    }

    /// Logs the parts of `full` that there was no room for, and emits an event for each: where a session
    /// is written, and not each time that it is measured.
    pub(crate) fn report_dropped(&self, full: &Session, kept: &Session, dropped: &[&'static str]) {
        for part in dropped {
            limited!(
                warn,
                self,
                ("session.left_out", part),
                part,
                size = %self.session_size(full),
                "the session is too large for its cookies: a part of it is left out; {REMEDY}"
            );
            let reason = AuthEventReason::Dropped(part);
            self.events
                .emit(AuthEventKind::SessionTruncated, Some(kept), Some(reason));
        }
    }

    pub(crate) fn session_size(&self, session: &Session) -> SessionSize {
        SessionSize::new(session, self.persistence.max_plaintext(), self.now())
    }

    /// Refuses `session` from now on, and tells the application unless it has been told.
    pub(crate) fn bury(
        &self,
        session: &Session,
        kind: AuthEventKind,
        reason: Option<AuthEventReason>,
    ) {
        if self
            .persistence
            .revoked
            .insert(session.frame.session_id, self.now())
        {
            self.events.emit(kind, Some(session), reason);
        }
    }

    /// Deletes every cookie of ours that this browser can have.
    pub(crate) fn delete_cookies(&self, signing_in: &ReceivedCookieSet) -> SetCookies {
        let mut cookies = self.persistence.cookie.delete();
        cookies.extend(self.attempts.delete_received(signing_in));
        cookies
    }
}
