//! The client secret as the key of an HMAC.

use base64_simd::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::provider::SigningAlgorithm;
use crate::secret::Secret;

/// Returns whether `signature` is the HMAC of the input with the bytes of the secret (RFC 7518 section
/// 3.2, OpenID Connect Core 1.0 section 10.1), in constant time. A signature of another length is none.
pub(super) fn verifies(
    secret: &Secret,
    algorithm: SigningAlgorithm,
    signing_input: &[u8],
    signature: &[u8],
) -> bool {
    macro_rules! verifies {
        ($hash:ty) => {
            Hmac::<$hash>::new_from_slice(secret.expose().as_bytes()).is_ok_and(|mac| {
                let mac = mac.chain_update(signing_input);
                mac.verify_slice(signature).is_ok()
            })
        };
    }
    match algorithm {
        SigningAlgorithm::Hs256 => verifies!(Sha256),
        SigningAlgorithm::Hs384 => verifies!(Sha384),
        SigningAlgorithm::Hs512 => verifies!(Sha512),
        _ => false,
    }
}

/// Returns the `at_hash` of a token whose ID token is signed with this algorithm, an HMAC (OpenID
/// Connect Core 1.0 section 3.1.3.6).
pub(super) fn at_hash(algorithm: SigningAlgorithm, text: &str) -> Option<String> {
    let hash = match algorithm {
        SigningAlgorithm::Hs256 => Sha256::digest(text).to_vec(),
        SigningAlgorithm::Hs384 => Sha384::digest(text).to_vec(),
        SigningAlgorithm::Hs512 => Sha512::digest(text).to_vec(),
        _ => return None,
    };
    let (left, _) = hash.split_at_checked(hash.len() / 2)?;
    Some(URL_SAFE_NO_PAD.encode_to_string(left))
}
