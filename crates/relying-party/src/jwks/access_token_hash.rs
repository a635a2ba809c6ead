//! The hash of an access token that an ID token contains.

use base64_simd::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::provider::SigningAlgorithm;

/// Returns the `at_hash` of an access token: the left half of its hash in base64url (OpenID Connect
/// Core 1.0 section 3.1.3.6). The hash function is that of the ID token's signature; for EdDSA with
/// Ed25519 it is SHA-512 (RFC 8032 section 5.1).
pub(super) fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    let hash = match algorithm {
        SigningAlgorithm::Hs256
        | SigningAlgorithm::Rs256
        | SigningAlgorithm::Ps256
        | SigningAlgorithm::Es256 => Sha256::digest(access_token).to_vec(),
        SigningAlgorithm::Hs384
        | SigningAlgorithm::Rs384
        | SigningAlgorithm::Ps384
        | SigningAlgorithm::Es384 => Sha384::digest(access_token).to_vec(),
        SigningAlgorithm::Hs512
        | SigningAlgorithm::Rs512
        | SigningAlgorithm::Ps512
        | SigningAlgorithm::EdDsa => Sha512::digest(access_token).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len() / 2);
    URL_SAFE_NO_PAD.encode_to_string(left)
}
