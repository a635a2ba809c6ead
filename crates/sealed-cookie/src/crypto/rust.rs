//! The implementation that is Rust alone.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use hmac::{KeyInit, Mac};
use sha2::Sha256;

use super::{KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH};

/// HKDF-SHA256 that has read the key.
#[derive(Clone)]
pub(crate) struct Hkdf(hkdf::Hkdf<Sha256>);

impl Hkdf {
    /// Extracts a key from the secret.
    pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Self {
        Self(hkdf::Hkdf::new(Some(salt), secret))
    }

    /// Uses a key that is pseudorandom already.
    pub(crate) fn from_key(key: &[u8; KEY_LENGTH]) -> Self {
        #[expect(clippy::expect_used, reason = "HKDF-SHA256 takes a key of 32 bytes")]
        Self(hkdf::Hkdf::from_prk(key).expect("the key is as long as the hash"))
    }

    /// Fills the output with bytes that depend on the key and on the parts one after the other.
    pub(crate) fn expand<const N: usize>(&self, parts: &[&[u8]], output: &mut [u8; N]) {
        const { assert!(N <= 255 * 32, "RFC 5869 section 2.3") };
        #[expect(clippy::expect_used, reason = "the length was checked above")]
        self.0
            .expand_multi_info(parts, output)
            .expect("255 blocks are enough");
    }
}

/// HMAC-SHA-256 that has read the key and what was added.
#[derive(Clone)]
pub(crate) struct Hmac(hmac::Hmac<Sha256>);

impl Hmac {
    pub(crate) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        Self(KeyInit::new_from_slice(key).expect("HMAC takes any key"))
    }

    pub(crate) fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

/// Encrypts the body in place, and returns the tag. `None` if it is too long for AES-GCM.
pub(crate) fn encrypt(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    body: &mut [u8],
) -> Option<[u8; TAG_LENGTH]> {
    let tag = cipher(key)
        .encrypt_inout_detached(&Nonce::from(*nonce), associated_data, body.into())
        .ok()?;
    Some(tag.into())
}

/// Decrypts the body in place. `None` if it is not authentic; the body may then have any content.
pub(crate) fn decrypt(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    body: &mut [u8],
    tag: &[u8; TAG_LENGTH],
) -> Option<()> {
    cipher(key)
        .decrypt_inout_detached(
            &Nonce::from(*nonce),
            associated_data,
            body.into(),
            &Tag::from(*tag),
        )
        .ok()
}

fn cipher(key: &[u8; KEY_LENGTH]) -> Aes256Gcm {
    Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))
}
