//! Finds the session in a request's cookies, or the reason why there is none.

use std::sync::Arc;

use sealed_cookie::{OpenError, OpenErrorKind, OpenedValue, ReceivedCookie};

use super::SessionPersistence;
use super::sessions::OpenedSession;
use crate::event::AuthEventKind;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::refresh::REFRESHED_SESSION_TTL;
use crate::revocation::Checked;
use crate::session::Session;
use crate::session::choice::{self, ConflictingSessions};
use crate::session::not_signed_in::NotSignedIn;

/// The session in one complete group of cookie chunks.
struct Candidate {
    session: Session,
    needs_reseal: bool,
}

impl SessionPersistence {
    /// Whether a session is only known to be valid when a store was asked, so that it cannot be opened at the first
    /// look of a handler.
    pub(crate) fn asks_stores(&self) -> bool {
        self.has_revocation_store()
    }

    /// Opens the session in these cookies, and asks the stores that the application has.
    pub(crate) async fn open(
        &self,
        received: &ReceivedCookie,
    ) -> Result<OpenedSession, NotSignedIn> {
        let opened = self.open_without_stores(received)?;
        match self.revoked.check(&opened.session, self.now()).await {
            Checked::Valid => Ok(opened),
            Checked::Ended => {
                let reason = NotSignedIn::SignedOut;
                self.report_not_signed_in(reason);
                Err(reason)
            }
            Checked::Unknown => Err(NotSignedIn::Unavailable),
        }
    }

    /// Opens every complete group of chunks, chooses among those that are valid now, and returns the
    /// newest version of that session. Asks no store, so the session may have ended on another instance.
    pub(crate) fn open_without_stores(
        &self,
        received: &ReceivedCookie,
    ) -> Result<OpenedSession, NotSignedIn> {
        let now = self.now();
        let chosen = self
            .choose(received, now)
            .inspect_err(|reason| self.report_not_signed_in(*reason))?;
        let newer = self.refresher.newer_than(&chosen.session);
        Ok(OpenedSession {
            is_outdated: chosen.needs_reseal || newer.is_some(),
            session: newer.unwrap_or_else(|| Arc::new(chosen.session)),
            may_be_superseded_at: now.plus(REFRESHED_SESSION_TTL),
        })
    }

    fn choose(&self, received: &ReceivedCookie, now: UnixMillis) -> Result<Candidate, NotSignedIn> {
        let mut refused = None;
        let mut valid = Vec::new();
        for group in self.cookie.open(received) {
            match self.check(group, now) {
                Ok(candidate) => valid.push(candidate),
                Err(reason) => {
                    refused.get_or_insert(reason);
                }
            }
        }
        match choice::newest(valid, |candidate| &candidate.session.frame) {
            Ok(Some(candidate)) => Ok(candidate),
            Ok(None) => Err(refused.unwrap_or(NotSignedIn::Incomplete)),
            Err(ConflictingSessions) => Err(NotSignedIn::ConflictingSessions),
        }
    }

    fn check(
        &self,
        group: Result<OpenedValue, OpenError>,
        now: UnixMillis,
    ) -> Result<Candidate, NotSignedIn> {
        let opened = group.map_err(|error| reason(&error))?;
        let needs_reseal = opened.needs_reseal();
        let session = Session::decode(opened.into_bytes())?;
        self.owners.check(&session)?;
        self.lifetimes.check(&session.frame, now)?;
        if self.has_ended(&session, now) {
            return Err(NotSignedIn::SignedOut);
        }
        Ok(Candidate {
            session,
            needs_reseal,
        })
    }

    fn report_not_signed_in(&self, reason: NotSignedIn) {
        tracing::debug!(%reason, "the session cookie is ignored");
        if reason == NotSignedIn::UnknownKey {
            limited!(
                warn,
                self,
                ("cookie", "session.other_secret"),
                cookie_secret = self.fingerprints.sealing(),
                "a session's cookie opens with none of the cookie secrets. Likely another instance \
                 seals with another secret, base_url or cookie_name (compare the fingerprints in \
                 their first log lines), or a secret was removed too early; a forged cookie looks \
                 the same"
            );
        }
        if reason == NotSignedIn::ConflictingSessions {
            let kind = AuthEventKind::ConflictingSessions;
            self.events.emit(kind, None, None);
        }
    }
}

fn reason(error: &OpenError) -> NotSignedIn {
    match error.kind() {
        OpenErrorKind::UnknownVersion => NotSignedIn::UnknownVersion,
        OpenErrorKind::NoMatchingSecret => NotSignedIn::UnknownKey,
        OpenErrorKind::Incomplete => NotSignedIn::Incomplete,
        _ => NotSignedIn::Invalid,
    }
}
