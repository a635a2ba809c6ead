//! What the cookie of a session holds whose content is in a store: a key, and no more than is needed to find the record.

use std::sync::Arc;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::Session;
use super::body::PROVIDER_KEY;
use super::fields::{Buffers, Content, FieldReader, FieldWriter, write_fields};
use super::frame::{Frame, FrameError, ProviderRef, ResolverKey, pad};
use super::unknown_fields::{CRITICAL, UnknownFields};
use crate::format::codec::{Malformed, Writer, measure, set_once};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;

/// Critical: without the record there is no session. It is the first field, in the place where a session names the
/// encoding of its block, so one look tells what a cookie holds.
const RECORD_KEY: u8 = CRITICAL | 16;

/// The reference to the record that holds a session's content.
#[derive(Clone)]
pub(crate) struct RecordReference {
    /// That of the cookie: a renewal seals the cookie again and leaves the record alone.
    pub(crate) frame: Frame,
    pub(crate) provider_key: Option<ResolverKey>,
    /// Opens the record. It is the same for the whole life of the session.
    pub(crate) key: Zeroizing<[u8; 32]>,
    /// What a newer version of this crate stored in the cookie.
    pub(crate) unknown: UnknownFields,
}

impl RecordReference {
    /// The provider at which the session began.
    pub(crate) fn provider(&self) -> ProviderRef {
        ProviderRef {
            id: self.frame.provider,
            key: self.provider_key.clone(),
        }
    }

    /// The plaintext to seal at `now`.
    pub(crate) fn plaintext(&self, now: UnixMillis) -> Wiped {
        let fields = write_fields(|writer| self.write_fields(writer));
        let write = |writer: &mut Writer| {
            self.frame.sealed(now).write(writer);
            writer.bytes(fields.block());
            pad(writer);
        };
        let mut writer = Writer::with_capacity(measure(write));
        write(&mut writer);
        writer.finish()
    }

    fn write_fields(&self, writer: &mut FieldWriter) {
        writer.field(RECORD_KEY, &*self.key);
        if let Some(key) = &self.provider_key {
            writer.field(PROVIDER_KEY, key.as_str().as_bytes());
        }
        self.unknown.write(writer);
    }

    fn read(frame: Frame, body: Bytes) -> Result<Self, FrameError> {
        let (mut key, mut provider_key) = (None, None);
        let mut unknown = UnknownFields::default();
        // All fields are in one part, because nothing here is packed.
        let buffers = Buffers {
            block: body,
            outside: Bytes::new(),
        };
        let mut reader = FieldReader::new(Content::all_of(&buffers));
        while let Some((tag, content)) = reader.field()? {
            match tag {
                RECORD_KEY => {
                    let bytes: [u8; 32] = content.in_block()?.try_into().map_err(|_| Malformed)?;
                    set_once(&mut key, Zeroizing::new(bytes))?;
                }
                PROVIDER_KEY => {
                    let read = ResolverKey::read(content.in_block()?)?;
                    set_once(&mut provider_key, read)?;
                }
                _ => unknown.read(tag, content)?,
            }
        }
        Ok(Self {
            frame,
            provider_key,
            key: key.ok_or(Malformed)?,
            unknown,
        })
    }
}

/// What a session cookie holds.
pub(crate) enum CookieContent {
    /// A session is large, so it is not moved again.
    Session(Arc<Session>),
    Reference(RecordReference),
}

impl CookieContent {
    pub(crate) fn frame(&self) -> &Frame {
        match self {
            Self::Session(session) => &session.frame,
            Self::Reference(reference) => &reference.frame,
        }
    }

    pub(crate) fn decode(plaintext: Bytes) -> Result<Self, FrameError> {
        let (frame, body) = Frame::read(plaintext)?;
        match body.first() {
            Some(&RECORD_KEY) => RecordReference::read(frame, body).map(Self::Reference),
            _ => Session::decode_body(frame, body).map(|session| Self::Session(Arc::new(session))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::room::Compression;
    use super::super::sample;
    use super::super::unknown_fields::COPIED;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn reference(provider_key: Option<&str>) -> RecordReference {
        RecordReference {
            frame: sample::session("token", 0, NOW).frame,
            provider_key: provider_key.and_then(ResolverKey::parse),
            key: Zeroizing::new([7; 32]),
            unknown: UnknownFields::default(),
        }
    }

    fn sealed(reference: &RecordReference) -> Bytes {
        Bytes::copy_from_slice(&reference.plaintext(NOW))
    }

    #[test]
    fn a_reference_is_read_with_its_key_and_its_provider() {
        for provider_key in [None, Some("acme")] {
            let content = CookieContent::decode(sealed(&reference(provider_key))).unwrap();

            let CookieContent::Reference(read) = content else {
                panic!("a reference was written");
            };
            assert_eq!(*read.key, [7; 32]);
            assert_eq!(
                read.provider_key.as_ref().map(|key| key.as_str()),
                provider_key
            );
        }
    }

    #[test]
    fn a_session_is_read_as_a_session() {
        let session = sample::session("token", 0, NOW);
        let plaintext = Bytes::copy_from_slice(&session.encode(NOW, Compression::On));

        let content = CookieContent::decode(plaintext).unwrap();
        assert!(matches!(content, CookieContent::Session(_)));
    }

    /// It must not take the cookie for a session without claims, or for a damaged one.
    #[test]
    fn an_instance_that_knows_no_references_takes_one_for_a_newer_version() {
        let refused = Session::decode(sealed(&reference(None))).err();

        assert_eq!(refused, Some(FrameError::UnknownCriticalField));
    }

    /// What is read from a reference with these fields of a later version behind the known ones.
    fn read_with(fields: &[(u8, &[u8])]) -> Result<RecordReference, FrameError> {
        let mut written = reference(Some("acme")).plaintext(NOW).to_vec();
        let mark = written.iter().rposition(|&byte| byte != 0).unwrap();
        written.truncate(mark);
        let mut writer = Writer::with_capacity(8192);
        writer.bytes(&written);
        for (tag, content) in fields {
            writer.field(*tag, content);
        }
        pad(&mut writer);
        match CookieContent::decode(Bytes::copy_from_slice(writer.as_ref()))? {
            CookieContent::Reference(reference) => Ok(reference),
            CookieContent::Session(_) => panic!("a reference was written"),
        }
    }

    /// The copied fields of a reference, as they are when the cookie is written again.
    fn copied(reference: &RecordReference) -> Vec<u8> {
        let fields = |reference: &RecordReference| {
            write_fields(|writer| reference.write_fields(writer))
                .block()
                .to_vec()
        };
        let mut known = reference.clone();
        known.unknown.clear();
        fields(reference).split_off(fields(&known).len())
    }

    #[test]
    fn fields_of_a_later_version_are_copied_in_their_order_when_a_reference_is_written_again() {
        let first = COPIED | 3;
        let second = COPIED | 1;
        let fields: [(u8, &[u8]); 3] = [(first, b"one"), (31, b"dropped"), (second, b"two")];
        let expected = [&[first, 3][..], b"one", &[second, 3], b"two"].concat();

        let read = read_with(&fields).unwrap();
        assert_eq!(copied(&read), expected);

        // The next instance reads them again.
        let CookieContent::Reference(again) = CookieContent::decode(sealed(&read)).unwrap() else {
            panic!("a reference was written");
        };
        assert_eq!(copied(&again), expected);
        assert_eq!(*again.key, [7; 32]);
        let provider_key = again.provider_key.as_ref().map(ResolverKey::as_str);
        assert_eq!(provider_key, Some("acme"));
    }

    #[test]
    fn a_reference_copies_no_more_of_a_later_version_than_a_session() {
        for (length, is_copied) in [(4093, true), (4094, false)] {
            let read = read_with(&[(COPIED, &vec![1; length])]).unwrap();

            assert_eq!(!copied(&read).is_empty(), is_copied, "{length}");
        }
    }

    #[test]
    fn a_reference_with_an_unknown_critical_field_is_of_a_newer_version() {
        let refused = read_with(&[(CRITICAL | 17, b"")]).err();

        assert_eq!(refused, Some(FrameError::UnknownCriticalField));
    }

    #[test]
    fn a_key_of_another_length_and_a_second_key_are_refused() {
        for keys in [&[&[7; 31][..]][..], &[&[7; 33]], &[&[7; 32], &[8; 32]]] {
            let mut writer = Writer::with_capacity(256);
            sample::session("token", 0, NOW).frame.write(&mut writer);
            for key in keys {
                writer.field(RECORD_KEY, key);
            }
            pad(&mut writer);

            assert!(CookieContent::decode(Bytes::copy_from_slice(writer.as_ref())).is_err());
        }
    }
}
