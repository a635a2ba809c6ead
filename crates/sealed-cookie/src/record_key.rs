//! The key of one record that is kept outside of cookies.

use std::fmt;

use zeroize::Zeroizing;

#[cfg(feature = "testing")]
use crate::counters::Counters;
use crate::crypto::Hkdf;
use crate::entropy::Entropy;
use crate::error::{OpenError, SealError};
use crate::opened_value::OpenedValue;
use crate::purpose::Purpose;
use crate::purpose_keys::{EXTRACT_SALT, PurposeKeys};
use crate::sealer::{self, Sealer};

/// Seals and opens one record that is kept outside of cookies, such as in a database.
///
/// Its 32 bytes are in a cookie, and the record is sealed with a key that is derived from them alone. A copy
/// of the database is then worthless without the cookies, and replacing the cookie secret changes no record.
///
/// [`KeyRing::record_key`](crate::KeyRing::record_key) makes one. `Debug` does not show it, and its memory is
/// overwritten with zeros when it is dropped.
///
/// ```
/// # use sealed_cookie::{CookieSecret, Entropy, KeyRing, OsEntropy, RecordKey};
/// # let mut random = [0; 32];
/// # OsEntropy.fill(&mut random)?;
/// # let secret = format!("{random:x?}");
/// let ring = KeyRing::new([CookieSecret::new(secret)?])?;
/// let key = ring.record_key(&[b"a name of the record that nobody can guess"]);
/// let text = key.seal(b"plaintext", &OsEntropy)?;
///
/// let from_cookie = RecordKey::from_bytes(*key.as_bytes());
/// assert_eq!(from_cookie.open(text.as_bytes())?.plaintext(), b"plaintext");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RecordKey(Zeroizing<[u8; 32]>);

impl RecordKey {
    /// The most bytes that a record may have.
    pub const MAX_PLAINTEXT: usize = sealer::MAX_RECORD;

    /// The key with these bytes, which were in a cookie.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for a cookie.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a record, and returns it as base64url text.
    ///
    /// # Errors
    ///
    /// Returns [`SealErrorKind::Entropy`](crate::SealErrorKind::Entropy) if random bytes are not available, and
    /// [`SealErrorKind::TooLarge`](crate::SealErrorKind::TooLarge) if it has more than
    /// [`MAX_PLAINTEXT`](Self::MAX_PLAINTEXT) bytes.
    pub fn seal(&self, plaintext: &[u8], entropy: &dyn Entropy) -> Result<String, SealError> {
        self.sealer().seal_record(plaintext, entropy)
    }

    /// Opens a record that this key sealed.
    ///
    /// # Errors
    ///
    /// Returns an error for the same reasons as [`Sealer::open`].
    pub fn open(&self, text: &[u8]) -> Result<OpenedValue, OpenError> {
        self.sealer().open_record(text)
    }

    fn sealer(&self) -> Sealer {
        let secret = Hkdf::extract(EXTRACT_SALT, &*self.0);
        let purpose: &[u8] = Purpose::RECORD.name().as_bytes();
        Sealer::new(
            PurposeKeys::derive(&secret, &[], &[purpose]),
            #[cfg(feature = "testing")]
            std::sync::Arc::<Counters>::default(),
        )
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CookieSecret, KeyRing, OsEntropy, SealErrorKind};

    fn ring(secret: &[u8]) -> KeyRing {
        KeyRing::new([CookieSecret::new(secret).unwrap()]).unwrap()
    }

    const SECRET: &[u8] = b"q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";

    #[test]
    fn a_record_opens_with_its_own_key_alone() {
        let key = ring(SECRET).record_key(&[b"first"]);
        let text = key.seal(b"plaintext", &OsEntropy).unwrap();

        let opened = RecordKey::from_bytes(*key.as_bytes()).open(text.as_bytes());
        assert_eq!(opened.unwrap().plaintext(), b"plaintext");
        for other in [
            ring(SECRET).record_key(&[b"second"]),
            ring(b"xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA").record_key(&[b"first"]),
            RecordKey::from_bytes([7; 32]),
        ] {
            assert!(other.open(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn one_secret_makes_the_same_key_for_the_same_name() {
        let key = |contexts: &[&[u8]]| *ring(SECRET).record_key(contexts).as_bytes();

        assert_eq!(key(&[b"a"]), key(&[b"a"]));
        assert_ne!(key(&[b"a", b"bc"]), key(&[b"ab", b"c"]));
    }

    /// The specification gives the derivation, so that another implementation can read the records.
    #[test]
    fn a_record_is_a_value_of_the_format_under_its_key_as_the_secret() {
        let bytes: [u8; 32] = *SECRET.first_chunk().unwrap();
        let text = RecordKey::from_bytes(bytes)
            .seal(b"plaintext", &OsEntropy)
            .unwrap();

        let sealer = ring(SECRET).sealer(Purpose::RECORD, &[]);
        let opened = sealer.open(text.as_bytes(), b"").unwrap();
        assert_eq!(opened.plaintext(), b"plaintext");
    }

    #[test]
    fn a_record_may_have_a_mebibyte_and_no_more() {
        let key = RecordKey::from_bytes([7; 32]);
        let largest = vec![0; RecordKey::MAX_PLAINTEXT];
        let text = key.seal(&largest, &OsEntropy).unwrap();
        assert_eq!(key.open(text.as_bytes()).unwrap().plaintext(), largest);

        let longer = vec![0; RecordKey::MAX_PLAINTEXT + 1];
        let refused = key.seal(&longer, &OsEntropy).unwrap_err();
        assert!(matches!(refused.kind(), SealErrorKind::TooLarge { .. }));
        assert!(key.open(format!("{text}AAAA").as_bytes()).is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", RecordKey::from_bytes([7; 32]));

        assert_eq!(shown, "RecordKey([redacted])");
    }
}
