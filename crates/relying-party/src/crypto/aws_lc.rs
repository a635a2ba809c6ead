//! The hashes of AWS-LC.

use aws_lc_rs::{digest, hkdf, hmac as mac};
use zeroize::Zeroizing;

use super::HashFunction;

/// Returns the hash of the input.
pub(crate) fn hash(function: HashFunction, input: &[u8]) -> Vec<u8> {
    let algorithm = match function {
        HashFunction::Sha256 => &digest::SHA256,
        HashFunction::Sha384 => &digest::SHA384,
        HashFunction::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, input).as_ref().to_vec()
}

/// Returns the HMAC of the input (RFC 2104).
pub(crate) fn hmac(function: HashFunction, key: &[u8], input: &[u8]) -> Vec<u8> {
    mac::sign(&hmac_key(function, key), input).as_ref().to_vec()
}

/// Returns whether `tag` is the HMAC of the input, in constant time. A tag of another length is not.
pub(crate) fn is_hmac(function: HashFunction, key: &[u8], input: &[u8], tag: &[u8]) -> bool {
    mac::verify(&hmac_key(function, key), input, tag).is_ok()
}

fn hmac_key(function: HashFunction, key: &[u8]) -> mac::Key {
    let algorithm = match function {
        HashFunction::Sha256 => mac::HMAC_SHA256,
        HashFunction::Sha384 => mac::HMAC_SHA384,
        HashFunction::Sha512 => mac::HMAC_SHA512,
    };
    mac::Key::new(algorithm, key)
}

/// HKDF-SHA256 (RFC 5869) that has read the secret.
pub(crate) struct HkdfSha256(hkdf::Prk);

impl HkdfSha256 {
    pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret))
    }

    pub(crate) fn expand(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut output = Zeroizing::new([0; 32]);
        #[expect(
            clippy::expect_used,
            reason = "HKDF-SHA256 gives up to 255 blocks, and this is one"
        )]
        self.0
            .expand(&[info], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(output.as_mut()))
            .expect("32 bytes are one block");
        output
    }
}
