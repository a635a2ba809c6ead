//! The implementation of AWS-LC.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use super::{KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH};

/// HKDF-SHA256 that has read the key.
#[derive(Clone)]
pub(crate) struct Hkdf(hkdf::Prk);

impl Hkdf {
    /// Extracts a key from the secret.
    pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret))
    }

    /// Uses a key that is pseudorandom already.
    pub(crate) fn from_key(key: &[u8; KEY_LENGTH]) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key))
    }

    /// Fills the output with bytes that depend on the key and on the parts one after the other.
    pub(crate) fn expand<const N: usize>(&self, parts: &[&[u8]], output: &mut [u8; N]) {
        const { assert!(N <= 255 * 32, "RFC 5869 section 2.3") };
        #[expect(clippy::expect_used, reason = "the length was checked above")]
        self.0
            .expand(parts, Length(N))
            .and_then(|bytes| bytes.fill(output))
            .expect("255 blocks are enough");
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HMAC-SHA-256 that has read the key and what was added.
#[derive(Clone)]
pub(crate) struct Hmac(hmac::Context);

impl Hmac {
    pub(crate) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Self(hmac::Context::with_key(&key))
    }

    pub(crate) fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut output = [0; 32];
        let tag = self.0.sign();
        output
            .iter_mut()
            .zip(tag.as_ref())
            .for_each(|(to, from)| *to = *from);
        output
    }
}

/// Encrypts the body in place, and returns the tag. `None` if it is too long for AES-GCM.
pub(crate) fn encrypt(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    body: &mut [u8],
) -> Option<[u8; TAG_LENGTH]> {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(nonce, Aad::from(associated_data), body)
        .ok()?;
    tag.as_ref().try_into().ok()
}

/// Decrypts the body in place. `None` if it is not authentic; the body may then have any content.
pub(crate) fn decrypt(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    body: &mut [u8],
    tag: &[u8; TAG_LENGTH],
) -> Option<()> {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    cipher(key)?
        .open_in_place_separate_tag(nonce, Aad::from(associated_data), tag, body)
        .ok()?;
    Some(())
}

fn cipher(key: &[u8; KEY_LENGTH]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))
}
