//! Writes sessions whose content is in a store: the record first, and then the cookie that refers to it.

use std::sync::Arc;

use sealed_cookie::{ReceivedCookie, RecordKey, SealedCookie, SetCookies};

use super::SessionPersistence;
use super::records::{LoadedRecord, RecordError, SessionRecords};
use super::sessions::{ToStore, WrittenSession};
use super::writing::NotWritten;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::reference::RecordReference;
use crate::session::room::{Compression, Room};
use crate::session::shrink::{Droppable, Fitted, shrink_to_fit};
use crate::store::SaveOutcome;

/// How often a change is applied to a record that another request changed in the meantime.
const MAX_CONFLICTS: usize = 3;

/// A session on its way into the store.
struct Draft {
    session: Arc<Session>,
    /// The session before its changes.
    base: Arc<Session>,
    reference: Arc<RecordReference>,
    /// The version of the record that is replaced; `None` for a new record.
    version: Option<u64>,
    writes_cookie: bool,
}

impl Draft {
    fn of(records: &SessionRecords, to_store: &ToStore) -> Self {
        let session = Arc::clone(&to_store.session);
        let (reference, version, writes_cookie) = match &to_store.record {
            Some(record) => (
                Arc::clone(&record.reference),
                Some(record.version),
                to_store.renews_cookie,
            ),
            None => (Arc::new(records.new_reference(&session)), None, true),
        };
        Self {
            session,
            base: Arc::clone(&to_store.base),
            reference,
            version,
            writes_cookie,
        }
    }
}

/// The room for a session in a record of a store, or in cookies, of which one is preferred.
pub(crate) const fn room(cookie: &SealedCookie, has_store: bool, compression: Compression) -> Room {
    match has_store {
        // A store has room, and to compress a session with many tokens takes long.
        true => Room::of(RecordKey::MAX_PLAINTEXT, Compression::Off),
        false => Room {
            preferred: cookie.max_plaintext_of_one(),
            allowed: cookie.max_plaintext(),
            compression,
        },
    }
}

impl SessionPersistence {
    /// The room for a session in the cookies or in the store.
    pub(crate) const fn room(&self) -> Room {
        room(&self.cookie, self.records.is_some(), self.compression)
    }

    /// The room in cookies. With a store, one is not preferred: what does not fit is not dropped but stored.
    pub(super) const fn cookie_room(&self) -> Room {
        match self.records {
            Some(_) => Room::of(self.cookie.max_plaintext(), self.compression),
            None => room(&self.cookie, false, self.compression),
        }
    }

    const fn record_room(&self) -> Room {
        room(&self.cookie, true, self.compression)
    }

    /// Whether the content of `session` belongs into the store: it is there already, or it does not fit into cookies.
    pub(crate) fn belongs_into_store(&self, session: &Session, has_record: bool) -> bool {
        let Some(records) = &self.records else {
            return false;
        };
        let limit = self.cookie.max_plaintext();
        let fits = || session.fits(limit, self.now(), self.compression);
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
        let mut draft = Draft::of(records, &to_store);
        for _ in 0..=MAX_CONFLICTS {
            let now = self.now();
            if self.has_ended(&draft.session, now) {
                return Err(NotWritten::Ended);
            }
            match self.save(records, &draft, to_store.droppable).await? {
                // The user signed out while the store worked, and the deletion found no record.
                SaveOutcome::Saved if self.has_ended(&draft.session, self.now()) => {
                    self.delete_record(&draft.reference.frame).await;
                    return Err(NotWritten::Ended);
                }
                SaveOutcome::Saved => return self.stored(draft, received, now),
                SaveOutcome::Conflict => {}
            }
            let loaded = match draft.version {
                Some(_) => self.load_again(records, &draft).await?,
                None => self.load_begun(records, &mut draft).await?,
            };
            let Some(loaded) = loaded else { continue };
            let data = to_store.data.as_ref();
            let merged = draft
                .session
                .merged_with(&loaded.session, &draft.base, data, now);
            let is_stored = merged.is_none();
            draft.session = merged.map_or_else(|| Arc::clone(&loaded.session), Arc::new);
            (draft.base, draft.version) = (loaded.session, Some(loaded.version));
            if is_stored {
                return self.stored(draft, received, now);
            }
        }
        Err(NotWritten::TooManyConflicts)
    }

    /// The record that another request changed in the meantime.
    async fn load_again(
        &self,
        records: &SessionRecords,
        draft: &Draft,
    ) -> Result<Option<LoadedRecord>, NotWritten> {
        match records.load(&draft.reference).await {
            Ok(loaded) => Ok(Some(loaded)),
            // It was deleted: the user signed out.
            Err(RecordError::NotFound) => Err(NotWritten::Ended),
            Err(error) => Err(NotWritten::NotStored(error)),
        }
    }

    /// The record that another request began in the meantime; `None` if there is no such record any more.
    async fn load_begun(
        &self,
        records: &SessionRecords,
        draft: &mut Draft,
    ) -> Result<Option<LoadedRecord>, NotWritten> {
        match records.load_begun(&draft.session).await {
            Ok((reference, loaded)) => {
                draft.reference = Arc::new(reference);
                Ok(Some(loaded))
            }
            // It expired between the two questions.
            Err(RecordError::NotFound) => Ok(None),
            // The session has no other record, so nobody needs this one, and it would prevent every later save.
            Err(error @ RecordError::Invalid) => {
                limited!(
                    error,
                    self,
                    ("session_store", "replaced"),
                    %error,
                    "a session moves into the session store, and something else is there under its name: it is \
                     replaced. Either an instance has other cookie secrets, or something else writes under the names \
                     of the records"
                );
                let deleted = records.delete(&draft.reference.frame).await;
                deleted.map_err(|error| NotWritten::NotStored(RecordError::Store(error)))?;
                Ok(None)
            }
            Err(error) => Err(NotWritten::NotStored(error)),
        }
    }

    async fn save(
        &self,
        records: &SessionRecords,
        draft: &Draft,
        droppable: Droppable,
    ) -> Result<SaveOutcome, NotWritten> {
        let Draft {
            reference, session, ..
        } = draft;
        let now = self.now();
        let Some(Fitted {
            session: smaller,
            plaintext,
            dropped,
        }) = shrink_to_fit(session, &self.record_room(), droppable, now)
        else {
            return Err(NotWritten::TooLarge(Box::new(self.size_of(session))));
        };
        self.report_dropped(session, &smaller, &dropped);
        let value = records
            .seal(reference, &plaintext)
            .map_err(NotWritten::NotSealed)?;
        // A renewal of the cookie does not reach the store, so the record stays to the absolute end.
        let keep_for = self.lifetimes.absolute_end(&session.frame).since(now);
        let saved = records
            .save(reference, draft.version, value, keep_for)
            .await;
        saved.map_err(|error| NotWritten::NotStored(RecordError::Store(error)))
    }

    fn stored(
        &self,
        draft: Draft,
        received: Option<&ReceivedCookie>,
        now: UnixMillis,
    ) -> Result<WrittenSession, NotWritten> {
        self.refresher.stored(&draft.session, now);
        let cookies = match draft.writes_cookie {
            true => self.write_reference(&draft.reference, received)?,
            false => SetCookies::default(),
        };
        Ok(WrittenSession {
            cookies,
            session: draft.session,
        })
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
