//! What the cookie of a session holds whose content is in a store: a key, and no more than is needed to find the record.

use std::sync::Arc;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::Session;
use super::body::PROVIDER_KEY;
use super::frame::{Frame, FrameError, ProviderRef, ResolverKey, pad};
use super::unknown_fields::CRITICAL;
use crate::format::codec::{Malformed, Reader, Writer, measure, set_once};
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
        let mut writer = Writer::with_capacity(measure(|writer| self.write(now, writer)));
        self.write(now, &mut writer);
        writer.finish()
    }

    fn write(&self, now: UnixMillis, writer: &mut Writer) {
        self.frame.sealed(now).write(writer);
        writer.field(RECORD_KEY, &*self.key);
        if let Some(key) = &self.provider_key {
            writer.field(PROVIDER_KEY, key.as_str().as_bytes());
        }
        pad(writer);
    }

    fn read(frame: Frame, body: Bytes) -> Result<Self, FrameError> {
        let (mut key, mut provider_key) = (None, None);
        let mut reader = Reader::new(&body);
        while let Some((tag, content)) = reader.field()? {
            match tag {
                RECORD_KEY => {
                    let bytes: [u8; 32] = content.try_into().map_err(|_| Malformed)?;
                    set_once(&mut key, Zeroizing::new(bytes))?;
                }
                PROVIDER_KEY => set_once(&mut provider_key, ResolverKey::read(content)?)?,
                _ if tag & CRITICAL != 0 => return Err(FrameError::UnknownCriticalField),
                _ => {}
            }
        }
        Ok(Self {
            frame,
            provider_key,
            key: key.ok_or(Malformed)?,
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
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn reference(provider_key: Option<&str>) -> RecordReference {
        RecordReference {
            frame: sample::session("token", 0, NOW).frame,
            provider_key: provider_key.and_then(ResolverKey::parse),
            key: Zeroizing::new([7; 32]),
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
