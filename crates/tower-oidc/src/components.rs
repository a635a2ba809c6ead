//! The components of one origin, held together; built once, never changed.

use std::sync::Arc;

use relying_party::Clock;
use sealed_cookie::{Entropy, ReceivedCookie, ReceivedCookieSet, SealError, SetCookies};

use crate::event::{AuthEventKind, AuthEventReason, Events};
use crate::format::time::UnixMillis;
use crate::hooks::Hooks;
use crate::log_limit::LogLimiter;
use crate::origin::Origin;
use crate::persistence::SessionPersistence;
use crate::provider::Registration;
use crate::random::Random;
use crate::refresh::{Families, RefreshSettings};
use crate::session::Session;
use crate::session::budget::{self, Shedding};
use crate::sign_in::Attempts;
use crate::web::hints::Hints;

pub(crate) struct Components {
    pub(crate) registration: Registration,
    pub(crate) origin: Origin,
    pub(crate) attempts: Attempts,
    pub(crate) persistence: SessionPersistence,
    pub(crate) refresh: RefreshSettings,
    pub(crate) families: Arc<Families>,
    pub(crate) hooks: Hooks,
    pub(crate) events: Arc<Events>,
    pub(crate) random: Arc<Random>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
    pub(crate) hints: Arc<Hints>,
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
        shedding: Shedding,
    ) -> Result<SetCookies, SealError> {
        let fitted = budget::fitted(self, session, shedding);
        if let Some(fitted) = &fitted {
            budget::report(self, session, &fitted.session, &fitted.left_out);
        }
        let session = fitted.as_ref().map_or(session, |fitted| &fitted.session);
        let renewed = session.frame.sealed(now);
        let max_age = self.persistence.lifetimes.end(&renewed).since(now);
        self.persistence.cookie.seal(
            &session.encode(now),
            Some(max_age),
            received,
            self.entropy.as_ref(),
        )
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
            .enter(session.frame.session_id, self.now())
        {
            self.events.emit(kind, Some(session), reason);
        }
    }

    /// Deletes every cookie of ours that this browser can have.
    pub(crate) fn delete_cookies(&self, signing_in: &ReceivedCookieSet) -> SetCookies {
        let mut cookies = self.persistence.cookie.delete();
        cookies.extend(self.attempts.cookies.delete_received(signing_in));
        cookies
    }
}
