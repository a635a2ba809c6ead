//! The records of sessions in the application's store: their names, their keys, and what a store may answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sealed_cookie::{Entropy, KeyRing, RecordKey, SealError};
use zeroize::Zeroizing;

use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::reference::RecordReference;
use crate::session::unknown_fields::UnknownFields;
use crate::store::call::call;
use crate::store::questions::Questions;
use crate::store::{SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord};

/// The application's store of sessions.
pub(crate) struct SessionRecords {
    pub(crate) store: Arc<dyn SessionStore>,
    /// How long a request waits for a write.
    pub(crate) timeout: Duration,
    /// One for all keys and origins, so that it is one outage for all of them.
    pub(crate) questions: Arc<Questions>,
    /// Whether every session is in the store, and not only those that are too large for cookies.
    pub(crate) always: bool,
    /// Makes the keys of new records.
    pub(crate) key_ring: KeyRing,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// The content of a session, as the store had it.
pub(crate) struct LoadedRecord {
    pub(crate) session: Arc<Session>,
    pub(crate) version: u64,
}

/// Why a record is not available.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The store has none: the session was signed out elsewhere, or the store has lost it.
    NotFound,
    /// This layer did not seal it for this session.
    Invalid,
    /// The store did not answer.
    Store(StoreError),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("the store has no record of this session"),
            Self::Invalid => f.write_str("the record is not the one that was saved"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl SessionRecords {
    /// A reference for a session that has no record yet. Every instance that seals with this cookie secret makes the
    /// same key, so two requests that begin the record at the same time share it.
    pub(crate) fn new_reference(&self, session: &Session) -> RecordReference {
        let key = self.key_ring.record_key(&contexts(&session.frame));
        reference(session, &key)
    }

    pub(super) async fn load(
        &self,
        reference: &RecordReference,
    ) -> Result<LoadedRecord, RecordError> {
        let record = self.fetch(&reference.frame).await?;
        open(reference, &record)
    }

    /// Loads the record that another request began for `session`, perhaps at an instance that seals with another of the
    /// cookie secrets. Returns the reference that opens it.
    pub(super) async fn load_begun(
        &self,
        session: &Session,
    ) -> Result<(RecordReference, LoadedRecord), RecordError> {
        let frame = &session.frame;
        let record = self.fetch(frame).await?;
        let contexts = contexts(frame);
        let mut keys = self.key_ring.record_keys(&contexts);
        keys.find_map(|key| {
            let reference = reference(session, &key);
            let opened = open(&reference, &record).ok()?;
            Some((reference, opened))
        })
        .ok_or(RecordError::Invalid)
    }

    async fn fetch(&self, frame: &Frame) -> Result<StoredRecord, RecordError> {
        let (store, id) = (Arc::clone(&self.store), id(frame));
        let loaded = self.questions.ask(move || store.load(id)).await;
        loaded
            .map_err(RecordError::Store)?
            .ok_or(RecordError::NotFound)
    }

    /// Seals the plaintext of a session.
    pub(super) fn seal(
        &self,
        reference: &RecordReference,
        plaintext: &[u8],
    ) -> Result<Bytes, SealError> {
        let sealed = key(reference).seal(plaintext, self.entropy.as_ref())?;
        Ok(sealed.into())
    }

    pub(super) async fn save(
        &self,
        reference: &RecordReference,
        expected_version: Option<u64>,
        value: Bytes,
        keep_for: Duration,
    ) -> Result<SaveOutcome, StoreError> {
        let store = Arc::clone(&self.store);
        let request = SaveRequest::new(id(&reference.frame), expected_version, value, keep_for);
        call(self.timeout, move || store.save(request)).await
    }

    pub(super) async fn delete(&self, frame: &Frame) -> Result<(), StoreError> {
        let (store, id) = (Arc::clone(&self.store), id(frame));
        call(self.timeout, move || store.delete(id)).await
    }
}

/// What the key of a new record is derived from, beside a cookie secret.
const fn contexts(frame: &Frame) -> [&[u8]; 2] {
    [&frame.session_id.0, &frame.provider.0]
}

fn reference(session: &Session, key: &RecordKey) -> RecordReference {
    RecordReference {
        frame: session.frame,
        provider_key: session.body.provider_key.clone(),
        key: Zeroizing::new(*key.as_bytes()),
        unknown: UnknownFields::default(),
    }
}

/// Opens a record, which may be anything.
fn open(reference: &RecordReference, record: &StoredRecord) -> Result<LoadedRecord, RecordError> {
    let opened = key(reference).open(&record.value);
    let opened = opened.map_err(|_| RecordError::Invalid)?;
    let session = Session::decode(opened.into_bytes());
    let session = session.map_err(|_| RecordError::Invalid)?;
    let (frame, expected) = (&session.frame, &reference.frame);
    if frame.session_id != expected.session_id
        || frame.provider != expected.provider
        || session.body.provider_key != reference.provider_key
    {
        return Err(RecordError::Invalid);
    }
    Ok(LoadedRecord {
        session: Arc::new(session),
        version: record.version,
    })
}

/// The name of a session's record.
fn id(frame: &Frame) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(frame.pseudonym("tower-oidc/record"))
}

fn key(reference: &RecordReference) -> RecordKey {
    RecordKey::from_bytes(*reference.key)
}

#[cfg(test)]
mod tests {
    use sealed_cookie::{CookieSecret, OsEntropy};

    use super::*;
    use crate::MemoryStore;
    use crate::format::manual_clock::ManualClock;
    use crate::format::time::UnixMillis;
    use crate::log_limit::LogLimiter;
    use crate::session::frame::{ProviderId, ProviderRef};
    use crate::session::room::Compression;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn records() -> SessionRecords {
        let secret = CookieSecret::new(b"q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
        let log = Arc::new(LogLimiter::new(Arc::new(ManualClock::at(NOW))));
        SessionRecords {
            store: Arc::new(MemoryStore::new()),
            timeout: HOUR,
            questions: Arc::new(Questions::new("session_store", HOUR, log)),
            always: false,
            key_ring: KeyRing::new([secret]).unwrap(),
            entropy: Arc::new(OsEntropy),
        }
    }

    /// What `records` load for a reference after the content of `session` was sealed with its key.
    async fn loaded(
        records: &SessionRecords,
        reference: &RecordReference,
        session: &Session,
    ) -> Result<u64, RecordError> {
        let value = records
            .seal(reference, &session.encode(NOW, Compression::On))
            .unwrap();
        records.save(reference, None, value, HOUR).await.unwrap();
        let loaded = records.load(reference).await;
        loaded.map(|record| record.session.frame.generation)
    }

    #[tokio::test]
    async fn a_record_of_another_session_is_refused_even_if_the_key_opens_it() {
        let ours = sample::numbered(1, "token", 7, NOW);
        let others = [
            sample::numbered(2, "token", 7, NOW),
            sample::at_provider(
                &ours,
                &ProviderRef {
                    id: ProviderId([3; 8]),
                    key: None,
                },
            ),
        ];
        let records_of_ours = records();
        let reference = records_of_ours.new_reference(&ours);
        let own = loaded(&records_of_ours, &reference, &ours).await;
        assert_eq!(own.ok(), Some(7));

        for other in others {
            let refused = loaded(&records(), &reference, &other).await;
            assert!(matches!(refused, Err(RecordError::Invalid)));
        }
    }

    #[tokio::test]
    async fn a_record_opens_with_the_key_of_its_own_cookie_alone() {
        let records = records();
        let ours = sample::numbered(1, "token", 7, NOW);
        let reference = records.new_reference(&ours);
        loaded(&records, &reference, &ours).await.unwrap();
        let other_key = records
            .new_reference(&sample::numbered(2, "token", 7, NOW))
            .key;

        // Whoever has the cookie secret and the store still lacks the session id, which is secret.
        for key in [other_key, Zeroizing::new([0; 32])] {
            let other = RecordReference {
                key,
                ..reference.clone()
            };
            let refused = records.load(&other).await.err();
            assert!(matches!(refused, Some(RecordError::Invalid)));
        }
    }

    #[test]
    fn the_name_of_a_record_reveals_neither_the_session_id_nor_the_key() {
        let session = sample::numbered(1, "token", 7, NOW);
        let reference = records().new_reference(&session);
        let name = id(&session.frame);

        assert_eq!(name.len(), 43);
        let name = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&name).unwrap();
        let contains = |part: &[u8]| name.windows(part.len()).any(|it| it == part);
        assert!(!contains(&session.frame.session_id.0[..8]));
        assert!(!contains(&reference.key[..8]));
    }
}
