//! Hashes that are Rust alone.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::HashFunction;

/// Returns the hash of the input.
pub(crate) fn hash(function: HashFunction, input: &[u8]) -> Vec<u8> {
    match function {
        HashFunction::Sha256 => Sha256::digest(input).to_vec(),
        HashFunction::Sha384 => Sha384::digest(input).to_vec(),
        HashFunction::Sha512 => Sha512::digest(input).to_vec(),
    }
}

/// Returns the HMAC of the input (RFC 2104).
pub(crate) fn hmac(function: HashFunction, key: &[u8], input: &[u8]) -> Vec<u8> {
    match function {
        HashFunction::Sha256 => mac::<Hmac<Sha256>>(key, input)
            .finalize()
            .into_bytes()
            .to_vec(),
        HashFunction::Sha384 => mac::<Hmac<Sha384>>(key, input)
            .finalize()
            .into_bytes()
            .to_vec(),
        HashFunction::Sha512 => mac::<Hmac<Sha512>>(key, input)
            .finalize()
            .into_bytes()
            .to_vec(),
    }
}

/// Returns whether `tag` is the HMAC of the input, in constant time. A tag of another length is not.
pub(crate) fn is_hmac(function: HashFunction, key: &[u8], input: &[u8], tag: &[u8]) -> bool {
    match function {
        HashFunction::Sha256 => mac::<Hmac<Sha256>>(key, input).verify_slice(tag).is_ok(),
        HashFunction::Sha384 => mac::<Hmac<Sha384>>(key, input).verify_slice(tag).is_ok(),
        HashFunction::Sha512 => mac::<Hmac<Sha512>>(key, input).verify_slice(tag).is_ok(),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> M {
    <M as KeyInit>::new_from_slice(key)
        .expect("HMAC takes any key")
        .chain_update(input)
}

/// HKDF-SHA256 (RFC 5869) that has read the secret.
pub(crate) struct HkdfSha256(Hkdf<Sha256>);

impl HkdfSha256 {
    pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Self {
        Self(Hkdf::new(Some(salt), secret))
    }

    pub(crate) fn expand(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut output = Zeroizing::new([0; 32]);
        #[expect(
            clippy::expect_used,
            reason = "HKDF-SHA256 gives up to 255 blocks, and this is one"
        )]
        self.0
            .expand(info, output.as_mut())
            .expect("32 bytes are one block");
        output
    }
}
