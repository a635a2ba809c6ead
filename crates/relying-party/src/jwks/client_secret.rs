//! The client secret as the key of an HMAC.

use crate::crypto;
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
    let key = secret.expose().as_bytes();
    algorithm.is_hmac() && crypto::is_hmac(algorithm.hash(), key, signing_input, signature)
}
