//! The hash of an access token that an ID token contains.

use base64_simd::URL_SAFE_NO_PAD;

use crate::crypto;
use crate::provider::SigningAlgorithm;

/// Returns the `at_hash` of an access token: the left half of its hash in base64url (OpenID Connect
/// Core 1.0 section 3.1.3.6). The hash function is that of the ID token's signature.
pub(super) fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    let hash = crypto::hash(algorithm.hash(), access_token.as_bytes());
    let (left, _) = hash.split_at(hash.len() / 2);
    URL_SAFE_NO_PAD.encode_to_string(left)
}
