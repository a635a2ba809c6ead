//! The client secret as the key of an HMAC.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

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
