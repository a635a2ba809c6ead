//! Finds the session in a request's cookies, or the reason why there is none.

use std::sync::Arc;

use sealed_cookie::{OpenError, OpenErrorKind, OpenedValue, ReceivedCookie};

use super::SessionPersistence;
use super::records::RecordError;
use super::sessions::{OpenedRecord, OpenedSession};
use crate::event::AuthEventKind;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::refresh::REFRESHED_SESSION_TTL;
use crate::revocation::Checked;
use crate::session::Session;
use crate::session::choice;
use crate::session::frame::ProviderRef;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::reference::{CookieContent, RecordReference};

/// What one complete group of cookie chunks holds.
struct Candidate {
    content: CookieContent,
    needs_reseal: bool,
}

/// What can be known of a session that is to end.
pub(crate) enum SessionToEnd {
    Session(Arc<Session>),
    /// Its content is in a store that has none of it, or does not answer.
    WithoutContent(RecordReference),
}

impl SessionPersistence {
    /// Whether a session only counts after a store was asked, so that it cannot be opened at the first look of a
    /// handler.
    pub(crate) fn asks_stores(&self) -> bool {
        self.has_revocation_store() || self.records.is_some()
    }

    /// Opens the session in these cookies, and asks the stores that the application has.
    pub(crate) async fn open(
        &self,
        received: &ReceivedCookie,
    ) -> Result<OpenedSession, NotSignedIn> {
        let opened = self.open_unchecked(received).await?;
        match self.revoked.check(&opened.session, self.now()).await {
            Checked::Valid => Ok(opened),
            Checked::Ended => {
                if let Some(record) = &opened.record {
                    // It was ended without its cookie, so nobody could find the record.
                    self.delete_record(&record.reference.frame).await;
                }
                let reason = NotSignedIn::SignedOut;
                self.report_not_signed_in(reason);
                Err(reason)
            }
            Checked::Unknown => Err(NotSignedIn::Unavailable),
        }
    }

    /// The session in these cookies, to end it. A store that is down must not prevent that.
    pub(crate) async fn open_to_end(
        &self,
        received: &ReceivedCookie,
    ) -> Result<SessionToEnd, NotSignedIn> {
        let candidate = self.candidate(received)?;
        let reference = match candidate.content {
            CookieContent::Session(session) => {
                let opened = self.newest(session, candidate.needs_reseal);
                return Ok(SessionToEnd::Session(opened.session));
            }
            CookieContent::Reference(reference) => reference,
        };
        Ok(match self.load(reference.clone(), false).await {
            Ok(opened) => SessionToEnd::Session(opened.session),
            Err(_) => SessionToEnd::WithoutContent(reference),
        })
    }

    /// The provider of the session in these cookies.
    pub(crate) fn provider_of(
        &self,
        received: &ReceivedCookie,
    ) -> Result<ProviderRef, NotSignedIn> {
        Ok(match self.candidate(received)?.content {
            CookieContent::Session(session) => session.provider(),
            CookieContent::Reference(reference) => reference.provider(),
        })
    }

    /// Opens every complete group of chunks, chooses among those that are valid now, and returns the
    /// newest version of that session. Asks no store, so the session may have ended on another instance, and its
    /// content must be in the cookie.
    pub(crate) fn open_without_stores(
        &self,
        received: &ReceivedCookie,
    ) -> Result<OpenedSession, NotSignedIn> {
        let candidate = self.candidate(received)?;
        match candidate.content {
            CookieContent::Session(session) => Ok(self.newest(session, candidate.needs_reseal)),
            CookieContent::Reference(_) => {
                limited!(
                    error,
                    self,
                    ("session_store", "none"),
                    "a session's content is in a session store, and there is none: give the one in which it was \
                     stored with session_store, or its users have to sign in again"
                );
                Err(NotSignedIn::RecordNotFound)
            }
        }
    }

    /// The same, with content from the store.
    async fn open_unchecked(
        &self,
        received: &ReceivedCookie,
    ) -> Result<OpenedSession, NotSignedIn> {
        if self.records.is_none() {
            return self.open_without_stores(received);
        }
        let candidate = self.candidate(received)?;
        match candidate.content {
            CookieContent::Session(session) => Ok(self.newest(session, candidate.needs_reseal)),
            CookieContent::Reference(reference) => {
                self.load(reference, candidate.needs_reseal).await
            }
        }
    }

    fn newest(&self, content: Arc<Session>, needs_reseal: bool) -> OpenedSession {
        let newer = self.refresher.newer_than(&content);
        let with_token = match newer {
            Some(_) => None,
            None => self.refresher.with_kept_token(&content),
        };
        OpenedSession {
            is_outdated: needs_reseal || newer.is_some(),
            session: newer.unwrap_or_else(|| Arc::clone(&content)),
            with_token,
            content,
            record: None,
            may_be_superseded_at: self.may_be_superseded_at(),
        }
    }

    /// From when on the browser may have a newer session than one that is opened now.
    fn may_be_superseded_at(&self) -> UnixMillis {
        self.now().plus(REFRESHED_SESSION_TTL)
    }

    /// Loads the content to which a cookie refers.
    async fn load(
        &self,
        reference: RecordReference,
        needs_reseal: bool,
    ) -> Result<OpenedSession, NotSignedIn> {
        let Some(records) = &self.records else {
            return Err(NotSignedIn::RecordNotFound);
        };
        let loaded = records.load(&reference).await;
        let loaded = loaded.map_err(|error| self.report_record(&error))?;
        self.owners.check(&loaded.session)?;
        let content = loaded.session;
        let newer = self.refresher.newer_than_stored(&content);
        Ok(OpenedSession {
            is_outdated: needs_reseal,
            record: Some(OpenedRecord {
                reference: Arc::new(reference),
                version: loaded.version,
                is_behind: newer.is_some(),
            }),
            session: newer.unwrap_or_else(|| Arc::clone(&content)),
            with_token: None,
            content,
            may_be_superseded_at: self.may_be_superseded_at(),
        })
    }

    fn candidate(&self, received: &ReceivedCookie) -> Result<Candidate, NotSignedIn> {
        self.choose(received, self.now())
            .inspect_err(|reason| self.report_not_signed_in(*reason))
    }

    fn choose(&self, received: &ReceivedCookie, now: UnixMillis) -> Result<Candidate, NotSignedIn> {
        let mut refused = None;
        let mut valid = None;
        for group in self.cookie.open(received) {
            match self.check(group, now) {
                Ok(candidate) => {
                    let newer = choice::newer(valid, candidate, |it| it.content.frame());
                    valid = Some(newer?);
                }
                Err(reason) => {
                    refused.get_or_insert(reason);
                }
            }
        }
        valid.ok_or_else(|| refused.unwrap_or(NotSignedIn::Incomplete))
    }

    fn check(
        &self,
        group: Result<OpenedValue, OpenError>,
        now: UnixMillis,
    ) -> Result<Candidate, NotSignedIn> {
        let opened = group.map_err(|error| reason(&error))?;
        let needs_reseal = opened.needs_reseal();
        let content = CookieContent::decode(opened.into_bytes())?;
        let has_ended = match &content {
            CookieContent::Session(session) => {
                self.owners.check(session)?;
                self.has_ended(session, now)
            }
            CookieContent::Reference(reference) => {
                self.owners.owner(&reference.provider())?;
                self.revoked.has_ended_here(&reference.frame, now)
            }
        };
        self.lifetimes.check(content.frame(), now)?;
        if has_ended {
            return Err(NotSignedIn::SignedOut);
        }
        Ok(Candidate {
            content,
            needs_reseal,
        })
    }

    fn report_record(&self, error: &RecordError) -> NotSignedIn {
        match error {
            RecordError::NotFound => {
                let reason = NotSignedIn::RecordNotFound;
                self.report_not_signed_in(reason);
                reason
            }
            RecordError::Invalid => {
                limited!(
                    error,
                    self,
                    ("session_store", "invalid"),
                    "the session store returned a record that this session did not save: the user has to sign in \
                     again. Something else writes under the names of the records, or the store is damaged"
                );
                NotSignedIn::Invalid
            }
            RecordError::Store(error) => {
                limited!(
                    error,
                    self,
                    ("session_store", "load"),
                    %error,
                    "the session store does not answer: requests whose session is in it are refused with 503 where \
                     they need the user"
                );
                NotSignedIn::Unavailable
            }
        }
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
