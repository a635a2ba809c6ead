//! Sealing and opening text of version 1. `FORMAT.md` is the specification.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::chunk;
#[cfg(feature = "testing")]
use crate::counters::Counters;
use crate::crypto::TAG_LENGTH;
use crate::encoding;
use crate::entropy::Entropy;
use crate::error::{OpenError, OpenErrorKind, SealError, SealErrorKind};
use crate::opened_value::OpenedValue;
use crate::plaintext::Plaintext;
use crate::purpose_keys::{COMMITMENT_LENGTH, PurposeKeys, RANDOM_LENGTH, SALT_LENGTH, SealKeys};

/// Seals and opens values of one purpose, in one list of contexts.
///
/// [`KeyRing::sealer`](crate::KeyRing::sealer) makes it. Clones share the keys.
///
/// ```
/// # use sealed_cookie::{CookieSecret, Entropy, KeyRing, OsEntropy, Purpose};
/// # let mut random = [0; 32];
/// # OsEntropy.fill(&mut random)?;
/// # let secret = format!("{random:x?}");
/// let ring = KeyRing::new([CookieSecret::new(secret)?])?;
/// let sealer = ring.sealer(Purpose::SESSION, &[b"https://shop.example", b"auth"]);
///
/// let text = sealer.seal(b"plaintext", b"", &OsEntropy)?;
/// assert_eq!(sealer.open(text.as_bytes(), b"")?.plaintext(), b"plaintext");
///
/// let elsewhere = ring.sealer(Purpose::SESSION, &[b"https://staging.shop.example", b"auth"]);
/// assert!(elsewhere.open(text.as_bytes(), b"").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    keys: PurposeKeys,
    #[cfg(feature = "testing")]
    counters: Arc<Counters>,
}

impl Sealer {
    pub(crate) fn new(
        keys: PurposeKeys,
        #[cfg(feature = "testing")] counters: Arc<Counters>,
    ) -> Self {
        Self(Arc::new(Inner {
            keys,
            #[cfg(feature = "testing")]
            counters,
        }))
    }

    /// Seals a value with the first secret, and returns it as base64url text.
    ///
    /// `extra` is authenticated but not part of the text: the value only opens with the same
    /// `extra`. Sealing adds 57 bytes, before the encoding makes the text longer by a third.
    ///
    /// # Errors
    ///
    /// Returns [`SealErrorKind::Entropy`] if random bytes are not available, and
    /// [`SealErrorKind::TooLarge`] if the text would not fit into nine cookies.
    pub fn seal(
        &self,
        plaintext: &[u8],
        extra: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        self.seal_within(chunk::MAX_TEXT, plaintext, extra, entropy)
    }

    /// Seals a value that is kept outside of cookies, such as in a store that several instances share.
    ///
    /// # Errors
    ///
    /// Returns an error for the same reasons as [`seal`](Self::seal), but only a plaintext of more than
    /// [`RecordKey::MAX_PLAINTEXT`](crate::RecordKey::MAX_PLAINTEXT) bytes is too large.
    pub fn seal_record(
        &self,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        self.seal_within(MAX_RECORD_TEXT, plaintext, b"", entropy)
    }

    /// Opens a value that [`seal_record`](Self::seal_record) sealed.
    ///
    /// # Errors
    ///
    /// Returns an error for the same reasons as [`open`](Self::open).
    pub fn open_record(&self, text: &[u8]) -> Result<OpenedValue, OpenError> {
        if !(MIN_TEXT..=MAX_RECORD_TEXT).contains(&text.len()) {
            return Err(OpenError::new(OpenErrorKind::Malformed));
        }
        self.open_in_place(Plaintext::copy_of(text), b"")
    }

    /// Counts bytes of a request that were searched for our cookies.
    #[cfg(feature = "testing")]
    pub(crate) fn count_scanned(&self, bytes: usize) {
        self.0.counters.scanned_bytes.add(bytes);
    }

    /// Counts a chunk whose value was read.
    #[cfg(feature = "testing")]
    pub(crate) fn count_chunk_read(&self) {
        self.0.counters.chunks_read.increment();
    }

    /// Does the same as [`seal`](Self::seal), with another limit for the length of the text.
    pub(crate) fn seal_within(
        &self,
        characters: usize,
        plaintext: &[u8],
        extra: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let too_large = SealError::new(SealErrorKind::TooLarge {
            length: plaintext.len(),
            allowed: max_plaintext(characters),
        });
        if plaintext.len() > max_plaintext(characters) {
            return Err(too_large);
        }
        let mut random = Zeroizing::new([0; RANDOM_LENGTH]);
        entropy
            .fill(&mut *random)
            .map_err(|_| SealError::new(SealErrorKind::Entropy))?;
        #[cfg(feature = "testing")]
        self.0.counters.seals.increment();
        let salt = self.0.keys.hedged_salt(&random, extra, plaintext);
        let keys = self.0.keys.for_sealing(VERSION, &salt);

        let mut blob = Plaintext::with_capacity(plaintext.len().saturating_add(OVERHEAD));
        blob.extend(&[VERSION]);
        blob.extend(&salt);
        blob.extend(&keys.commitment);
        blob.extend(plaintext);
        let (header, body) = blob.as_mut_slice().split_at_mut(HEADER_LENGTH);
        let tag = keys
            .encrypt(&associated_data(header, extra), body)
            .ok_or(too_large)?;
        blob.extend(&tag);
        Ok(encoding::encode(blob.as_slice()))
    }

    /// Opens a value that one of the secrets sealed.
    ///
    /// # Errors
    ///
    /// Returns an error, in this order, if
    ///
    /// 1. the text is too short, too long, or not canonical base64url;
    /// 2. its version is unknown;
    /// 3. it has the commitment of none of the secrets (compared in constant time);
    /// 4. it is not authentic: it was changed, or sealed with another `extra`.
    ///
    /// All these errors look the same, except for their [`kind`](OpenError::kind). Nothing is
    /// decrypted before step 4.
    pub fn open(&self, text: &[u8], extra: &[u8]) -> Result<OpenedValue, OpenError> {
        if !(MIN_TEXT..=chunk::MAX_TEXT).contains(&text.len()) {
            return Err(OpenError::new(OpenErrorKind::Malformed));
        }
        self.open_in_place(Plaintext::copy_of(text), extra)
    }

    /// Opens text in place, so that the plaintext is never copied.
    pub(crate) fn open_in_place(
        &self,
        mut buffer: Plaintext,
        extra: &[u8],
    ) -> Result<OpenedValue, OpenError> {
        let needs_reseal = self.decrypt_or_wipe(&mut buffer, extra)?;
        Ok(OpenedValue::new(buffer, HEADER_LENGTH, needs_reseal))
    }

    /// Does the same as [`decrypt`](Self::decrypt), and wipes the buffer on failure: a cipher may
    /// decrypt the content before it finds that it is not authentic.
    fn decrypt_or_wipe(&self, buffer: &mut Plaintext, extra: &[u8]) -> Result<bool, OpenError> {
        let result = self.decrypt(buffer, extra);
        if result.is_err() {
            buffer.wipe();
        }
        result
    }

    /// Replaces text by its header and plaintext. Returns whether a secret other than the first one
    /// sealed it.
    fn decrypt(&self, buffer: &mut Plaintext, extra: &[u8]) -> Result<bool, OpenError> {
        let malformed = OpenError::new(OpenErrorKind::Malformed);
        let length = encoding::decode_in_place(buffer.as_mut_slice()).ok_or(malformed)?;
        buffer.truncate(length);

        let (header, rest) = buffer
            .as_mut_slice()
            .split_first_chunk_mut::<HEADER_LENGTH>()
            .ok_or(malformed)?;
        let (body, tag) = rest.split_last_chunk_mut::<TAG_LENGTH>().ok_or(malformed)?;
        let [version, salt_and_commitment @ ..] = &*header;
        if *version != VERSION {
            return Err(OpenError::new(OpenErrorKind::UnknownVersion));
        }
        let (salt, commitment) = salt_and_commitment.split_first_chunk().ok_or(malformed)?;

        let is_match = |keys: &SealKeys| {
            #[cfg(feature = "testing")]
            self.0.counters.derivations.increment();
            keys.commitment.ct_eq(commitment).into()
        };
        let (position, keys) = self
            .0
            .keys
            .for_opening(VERSION, salt)
            .enumerate()
            .find(|(_, keys)| is_match(keys))
            .ok_or(OpenError::new(OpenErrorKind::NoMatchingSecret))?;

        #[cfg(feature = "testing")]
        self.0.counters.decryptions.increment();
        keys.decrypt(&associated_data(header, extra), body, tag)
            .ok_or(OpenError::new(OpenErrorKind::NotAuthentic))?;
        buffer.truncate(length.saturating_sub(TAG_LENGTH));
        Ok(position > 0)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

/// The length of the longest plaintext whose text has at most this number of characters.
pub(crate) const fn max_plaintext(characters: usize) -> usize {
    encoding::decoded_length(characters).saturating_sub(OVERHEAD)
}

/// What is authenticated with a value, besides its content.
fn associated_data<'a>(header: &'a [u8], extra: &[u8]) -> Cow<'a, [u8]> {
    match extra {
        // A session's cookie has no `extra`, so nothing is copied.
        [] => Cow::Borrowed(header),
        extra => Cow::Owned([header, extra].concat()),
    }
}

const VERSION: u8 = 0x01;
const HEADER_LENGTH: usize = 1 + SALT_LENGTH + COMMITMENT_LENGTH;
const OVERHEAD: usize = HEADER_LENGTH + TAG_LENGTH;
const MIN_TEXT: usize = encoding::encoded_length(OVERHEAD);
const MAX_RECORD_TEXT: usize = encoding::encoded_length(MAX_RECORD + OVERHEAD);

/// The length of the longest plaintext that is kept outside of cookies.
pub(crate) const MAX_RECORD: usize = 1 << 20;

const _: () = assert!(OVERHEAD == 57 && MIN_TEXT == 76);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;
    use crate::key_ring::KeyRing;
    use crate::purpose::Purpose;
    use crate::secret::CookieSecret;

    fn sealer() -> Sealer {
        let secret = CookieSecret::new("3q2+7w8Jt0ZtX7uYw2RfMh8NcLs5BdGe9PjVa4oTxQi6Uz1k").unwrap();
        let ring = KeyRing::new([secret]).unwrap();
        ring.sealer(Purpose::SESSION, &[])
    }

    #[test]
    fn a_value_that_does_not_open_leaves_nothing_in_the_buffer() {
        let sealer = sealer();
        let text = sealer.seal(b"plaintext", b"", &OsEntropy).unwrap();
        for extra in [b"".as_slice(), b"another"] {
            let mut buffer = Plaintext::copy_of(text.as_bytes());
            let result = sealer.decrypt_or_wipe(&mut buffer, extra);

            assert_eq!(result.is_ok(), extra.is_empty());
            let is_wiped = buffer.as_slice().iter().all(|&byte| byte == 0);
            assert_eq!(is_wiped, !extra.is_empty(), "{extra:?}");
        }
    }
}
