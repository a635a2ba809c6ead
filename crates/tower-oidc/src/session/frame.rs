//! The frame of a session's body: ids and times in at most 40 bytes before it, and padding after it.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::unknown_fields::UnknownCritical;
use crate::format::codec::{Malformed, Reader, Writer, utf8};
use crate::format::time::UnixMillis;

/// The first byte of every session. A session of another schema is ignored.
pub(crate) const SCHEMA: u8 = 1;

/// The length of a sealed session only changes in these steps, so that it reveals little about the claims.
const PADDING_STEP: usize = 64;

/// The id of one sign-in. Each sign-in gets a new one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(pub(crate) [u8; 12]);

/// The id of the issuer and client to which a session belongs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ProviderId(pub(crate) [u8; 8]);

impl ProviderId {
    /// The first eight bytes of SHA-256 over issuer and client, each preceded by its length: enough to
    /// distinguish providers that share a cookie secret, an origin and a cookie name.
    pub(crate) fn of(issuer: &str, client_id: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [issuer, client_id] {
            hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(id)
    }
}

/// Which provider a session, a token or a sign-in in progress belongs to. No other one may see anything of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct ProviderRef {
    pub(crate) id: ProviderId,
    /// How the application's resolver finds it again; `None` for a registered provider.
    pub(crate) key: Option<ResolverKey>,
}

impl ProviderRef {
    /// A provider that is registered in the layer.
    pub(crate) const fn registered(id: ProviderId) -> Self {
        Self { id, key: None }
    }
}

/// The origin at which a provider is looked for: a resolver may allow it at one and not at another.
#[derive(Clone, Debug)]
pub(crate) struct AtOrigin {
    pub(crate) origin: Arc<str>,
    /// Whether the origin is configured; otherwise the client chose it.
    pub(crate) is_configured: bool,
}

/// The key under which a resolver knows a provider. It is a segment of paths, so it has only characters that
/// stand in a path as they are, and is no `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ResolverKey(Arc<str>);

/// Room enough for a host's name.
const MAX_KEY: usize = 255;

impl ResolverKey {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_key = (1..=MAX_KEY).contains(&text.len())
            && text.bytes().all(is_allowed)
            && !text.starts_with('.');
        is_key.then(|| Self(text.into()))
    }

    /// Reads what a cookie holds.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Malformed> {
        Self::parse(utf8(content)?).ok_or(Malformed)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) session_id: SessionId,
    pub(crate) provider: ProviderId,
    /// The number of refreshes. Of two sessions of one sign-in, the one with the higher generation is newer.
    pub(crate) generation: u64,
    /// When the user signed in. It never changes.
    pub(crate) created_at: UnixMillis,
    pub(crate) sealed_at: UnixMillis,
    /// The absolute end, by the configuration or by the provider, as set at the sign-in.
    pub(crate) not_after: UnixMillis,
    /// `iat` of the sign-in's ID token, by the provider's clock, in seconds.
    pub(crate) id_token_issued_at: u64,
}

/// Why a plaintext is not a session, although its seal is authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    UnknownSchema,
    /// A newer version of this crate wrote a field without which the session is not what it was.
    UnknownCriticalField,
    Malformed,
}

impl From<Malformed> for FrameError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<UnknownCritical> for FrameError {
    fn from(UnknownCritical: UnknownCritical) -> Self {
        Self::UnknownCriticalField
    }
}

impl Frame {
    /// This frame, sealed at `now`. The time of a seal is never earlier than that of the previous one, even if
    /// the clock of another instance is ahead.
    pub(crate) fn sealed(&self, now: UnixMillis) -> Self {
        Self {
            sealed_at: now.max(self.sealed_at),
            ..*self
        }
    }

    /// Of two sessions of one sign-in, the one with the greater version counts.
    pub(crate) const fn version(&self) -> (u64, UnixMillis) {
        (self.generation, self.sealed_at)
    }

    /// The frame of the next generation, made at `now`.
    pub(crate) fn next(&self, now: UnixMillis) -> Self {
        Self {
            generation: self.generation.saturating_add(1),
            ..self.sealed(now)
        }
    }

    /// A name of the sign-in for one purpose. It is a hash, because the id of a session is secret.
    pub(crate) fn pseudonym(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(purpose);
        hash.update(self.provider.0);
        hash.update(self.session_id.0);
        hash.finalize().into()
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.byte(SCHEMA);
        writer.bytes(&self.session_id.0);
        writer.bytes(&self.provider.0);
        writer.number(self.generation);
        writer.number(self.created_at.0);
        writer.number(self.sealed_at.0.saturating_sub(self.created_at.0));
        writer.number(
            self.not_after
                .seconds()
                .saturating_sub(self.created_at.seconds()),
        );
        writer.number(zigzag(self.created_at.seconds(), self.id_token_issued_at));
    }

    /// Splits a session's plaintext into its frame and its body.
    pub(crate) fn read(plaintext: Bytes) -> Result<(Self, Bytes), FrameError> {
        let mut reader = Reader::new(unpadded(&plaintext)?);
        if reader.byte()? != SCHEMA {
            return Err(FrameError::UnknownSchema);
        }
        let session_id = SessionId(reader.array()?);
        let provider = ProviderId(reader.array()?);
        let generation = reader.number()?;
        let created_at = UnixMillis(reader.number()?);
        let sealed_after = reader.number()?;
        let lives_for = reader.number()?;
        let issued_at_difference = reader.number()?;
        let frame = Self {
            session_id,
            provider,
            generation,
            created_at,
            sealed_at: UnixMillis(created_at.0.saturating_add(sealed_after)),
            not_after: UnixMillis::from_seconds(created_at.seconds().saturating_add(lives_for)),
            id_token_issued_at: unzigzag(created_at.seconds(), issued_at_difference),
        };
        let body = plaintext.slice_ref(reader.rest());
        Ok((frame, body))
    }
}

/// ISO/IEC 7816-4: one byte 0x80, then zeros to the next step.
pub(crate) fn pad(writer: &mut Writer) {
    writer.byte(0x80);
    while !writer.len().is_multiple_of(PADDING_STEP) {
        writer.byte(0);
    }
}

fn unpadded(plaintext: &[u8]) -> Result<&[u8], Malformed> {
    let end = plaintext
        .iter()
        .rposition(|&byte| byte != 0)
        .filter(|&end| plaintext.get(end) == Some(&0x80))
        .ok_or(Malformed)?;
    plaintext.get(..end).ok_or(Malformed)
}

/// `base - value` with its sign in the lowest bit: the provider's clock may be ahead.
pub(super) const fn zigzag(base: u64, value: u64) -> u64 {
    if value <= base {
        base.saturating_sub(value).saturating_mul(2)
    } else {
        value
            .saturating_sub(base)
            .saturating_mul(2)
            .saturating_sub(1)
    }
}

pub(super) const fn unzigzag(base: u64, difference: u64) -> u64 {
    if difference.is_multiple_of(2) {
        base.saturating_sub(difference / 2)
    } else {
        base.saturating_add(difference.div_ceil(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame {
            session_id: SessionId([7; 12]),
            provider: ProviderId([9; 8]),
            generation: 3,
            created_at: UnixMillis(1_795_000_000_123),
            sealed_at: UnixMillis(1_795_000_900_456),
            not_after: UnixMillis(1_795_604_800_000),
            id_token_issued_at: 1_795_000_007,
        }
    }

    fn plaintext(frame: &Frame, body: &[u8]) -> Bytes {
        let mut writer = Writer::with_capacity(256);
        frame.write(&mut writer);
        writer.bytes(body);
        pad(&mut writer);
        Bytes::copy_from_slice(writer.as_ref())
    }

    #[test]
    fn a_frame_comes_back_with_its_body() {
        let (read, body) = Frame::read(plaintext(&frame(), b"body\x00")).unwrap();

        assert_eq!(body.as_ref(), b"body\x00");
        assert!(read.session_id == frame().session_id && read.provider == frame().provider);
        assert_eq!(read.generation, 3);
        assert_eq!(read.created_at, frame().created_at);
        assert_eq!(read.sealed_at, frame().sealed_at);
        assert_eq!(read.not_after, frame().not_after);
        assert_eq!(read.id_token_issued_at, 1_795_000_007);
    }

    #[test]
    fn the_frame_takes_at_most_forty_bytes() {
        let mut oldest = frame();
        oldest.generation = 16_383;
        oldest.sealed_at = UnixMillis(oldest.created_at.0 + 400 * 86_400_000);
        oldest.not_after = UnixMillis(oldest.created_at.0 + 14 * 86_400_000);
        let mut writer = Writer::with_capacity(64);
        oldest.write(&mut writer);

        assert!(writer.len() <= 40, "{}", writer.len());
    }

    #[test]
    fn the_length_changes_in_steps_of_64_bytes() {
        for length in 0..200 {
            assert_eq!(plaintext(&frame(), &vec![1; length]).len() % 64, 0);
        }
    }

    #[test]
    fn another_schema_is_distinguished_from_damage() {
        let mut bytes = plaintext(&frame(), b"").to_vec();
        bytes[0] = 99;

        assert_eq!(
            Frame::read(bytes.into()).err(),
            Some(FrameError::UnknownSchema)
        );
    }

    /// Everything but the padding's mark is valid, so that nothing else can refuse it.
    #[test]
    fn padding_without_its_mark_is_refused() {
        let whole = plaintext(&frame(), b"body");
        let mark = whole.iter().rposition(|&byte| byte != 0).unwrap();
        for byte in (0..=u8::MAX).filter(|&byte| byte != 0x80) {
            let mut changed = whole.to_vec();
            changed[mark] = byte;

            let refused = Frame::read(changed.into()).err();
            assert_eq!(refused, Some(FrameError::Malformed), "{byte:#x}");
        }
        assert!(Frame::read(whole).is_ok());
        for bytes in [&[][..], &[0; 64], &[0x80; 1]] {
            assert!(Frame::read(Bytes::copy_from_slice(bytes)).is_err());
        }
    }

    #[test]
    fn the_largest_times_are_read_without_a_panic() {
        let mut last = frame();
        last.created_at = UnixMillis(u64::MAX);
        last.sealed_at = UnixMillis(u64::MAX);
        last.not_after = UnixMillis(u64::MAX);
        last.id_token_issued_at = u64::MAX;
        last.generation = u64::MAX;

        assert!(Frame::read(plaintext(&last, b"")).is_ok());
    }

    /// The plaintext inside of a seal must withstand the same cuts as the seal itself.
    #[test]
    fn a_frame_cut_anywhere_is_refused() {
        let mut writer = Writer::with_capacity(64);
        frame().write(&mut writer);
        for end in 0..writer.len() {
            let mut cut = writer.as_ref()[..end].to_vec();
            cut.push(0x80);

            assert!(Frame::read(cut.into()).is_err());
        }
    }

    #[test]
    fn a_key_stands_in_a_path_as_it_is() {
        let longest = "a".repeat(255);
        for key in [
            "a",
            "acme",
            "Acme-1",
            "acme.example",
            "a_b",
            "0",
            longest.as_str(),
        ] {
            assert!(ResolverKey::parse(key).is_some(), "{key}");
        }
        let too_long = "a".repeat(256);
        for key in [
            "",
            ".",
            "..",
            ".a",
            "a/b",
            "a b",
            "a%2fb",
            "ä",
            "a\n",
            "a?b",
            too_long.as_str(),
        ] {
            assert!(ResolverKey::parse(key).is_none(), "{key:?}");
        }
        assert!(ResolverKey::read(&[0xff]).is_err());
    }
}
