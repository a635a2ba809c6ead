//! Writes sessions whose content is in a store: the record first, and then the cookie that refers to it.

use std::sync::Arc;

use sealed_cookie::{ReceivedCookie, RecordKey, SetCookies};

use super::SessionPersistence;
use super::records::{RecordError, SessionRecords};
use super::sessions::{ToStore, WrittenSession};
use super::writing::NotWritten;
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::reference::RecordReference;
use crate::session::shrink::{Droppable, Fitted, shrink_to_fit};
use crate::store::SaveOutcome;

/// How often a change is applied to a record that another request changed in the meantime.
const MAX_CONFLICTS: usize = 3;

impl SessionPersistence {
    /// The maximum length of a session's plaintext, in the cookies or in the store.
    pub(crate) const fn max_plaintext(&self) -> usize {
        match self.records {
            Some(_) => RecordKey::MAX_PLAINTEXT,
            None => self.cookie.max_plaintext(),
        }
    }

    /// Whether the content of `session` belongs into the store: it is there already, or it does not fit into cookies.
    pub(crate) fn belongs_into_store(&self, session: &Session, has_record: bool) -> bool {
        let Some(records) = &self.records else {
            return false;
        };
        let fits = || session.plaintext_len(self.now()) <= self.cookie.max_plaintext();
        has_record || records.always || !fits()
    }

    /// Writes a session into the store if its content belongs there, and otherwise into cookies that replace those that
    /// were `received`.
    ///
    /// # Errors
    ///
    /// [`NotWritten`] if the session has ended, is too large, or cannot be sealed or saved.
    pub(crate) async fn write_or_store(
        &self,
        to_store: ToStore,
        received: Option<&ReceivedCookie>,
    ) -> Result<WrittenSession, NotWritten> {
        let has_record = to_store.record.is_some();
        match &self.records {
            Some(records) if self.belongs_into_store(&to_store.session, has_record) => {
                self.store(records, to_store, received).await
            }
            _ => self.write(&to_store.session, received, to_store.droppable),
        }
    }

    async fn store(
        &self,
        records: &SessionRecords,
        to_store: ToStore,
        received: Option<&ReceivedCookie>,
    ) -> Result<WrittenSession, NotWritten> {
        let (reference, mut expected, writes_cookie) = match &to_store.record {
            Some(record) => (
                (*record.reference).clone(),
                Some(record.version),
                to_store.renews_cookie,
            ),
            None => (records.new_reference(&to_store.session), None, true),
        };
        let mut session = Arc::clone(&to_store.session);
        for _ in 0..=MAX_CONFLICTS {
            let now = self.now();
            if self.has_ended(&session, now) {
                return Err(NotWritten::Ended);
            }
            match self
                .save(records, &reference, expected, &session, to_store.droppable)
                .await?
            {
                // The user signed out while the store worked, and the deletion found no record.
                SaveOutcome::Saved if self.has_ended(&session, self.now()) => {
                    self.delete_record(&reference.frame).await;
                    return Err(NotWritten::Ended);
                }
                SaveOutcome::Saved => {
                    self.refresher.written(&session, now);
                    return self.stored(session, &reference, writes_cookie, received);
                }
                SaveOutcome::Conflict => {}
            }
            let stored = match records.load(&reference).await {
                Ok(stored) => stored,
                // It was deleted: the user signed out.
                Err(RecordError::NotFound) if expected.is_some() => return Err(NotWritten::Ended),
                // It expired between the two questions.
                Err(RecordError::NotFound) => continue,
                Err(error) => return Err(NotWritten::NotStored(error)),
            };
            let Some(merged) = session.merged_with(&stored.session, to_store.data.as_ref(), now)
            else {
                let stored = Arc::new(stored.session);
                self.refresher.written(&stored, now);
                return self.stored(stored, &reference, writes_cookie, received);
            };
            (session, expected) = (Arc::new(merged), Some(stored.version));
        }
        Err(NotWritten::TooManyConflicts)
    }

    async fn save(
        &self,
        records: &SessionRecords,
        reference: &RecordReference,
        expected: Option<u64>,
        session: &Session,
        droppable: Droppable,
    ) -> Result<SaveOutcome, NotWritten> {
        let now = self.now();
        let Some(Fitted {
            session: smaller,
            plaintext,
            dropped,
        }) = shrink_to_fit(session, RecordKey::MAX_PLAINTEXT, droppable, now)
        else {
            return Err(NotWritten::TooLarge(Box::new(self.size_of(session))));
        };
        self.report_dropped(session, &smaller, &dropped);
        let value = records
            .seal(reference, &plaintext)
            .map_err(NotWritten::NotSealed)?;
        // A renewal of the cookie does not reach the store, so the record stays to the absolute end.
        let keep_for = self.lifetimes.absolute_end(&session.frame).since(now);
        let saved = records.save(reference, expected, value, keep_for).await;
        saved.map_err(|error| NotWritten::NotStored(RecordError::Store(error)))
    }

    fn stored(
        &self,
        session: Arc<Session>,
        reference: &RecordReference,
        writes_cookie: bool,
        received: Option<&ReceivedCookie>,
    ) -> Result<WrittenSession, NotWritten> {
        let cookies = match writes_cookie {
            true => self.write_reference(reference, received)?,
            false => SetCookies::default(),
        };
        Ok(WrittenSession { cookies, session })
    }

    /// Seals the cookie of a session whose content is in the store.
    pub(super) fn write_reference(
        &self,
        reference: &RecordReference,
        received: Option<&ReceivedCookie>,
    ) -> Result<SetCookies, NotWritten> {
        let now: UnixMillis = self.now();
        // A late response must not bring back the cookie of a session that was signed out.
        if self.revoked.has_ended_here(&reference.frame, now) {
            return Err(NotWritten::Ended);
        }
        let end = self.lifetimes.end(&reference.frame.sealed(now));
        let plaintext = reference.plaintext(now);
        let entropy = self.entropy.as_ref();
        self.cookie
            .seal(&plaintext, Some(end.since(now)), received, entropy)
            .map_err(NotWritten::NotSealed)
    }
}
