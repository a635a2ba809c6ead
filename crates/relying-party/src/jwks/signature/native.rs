//! The verifier of `ring`, or of AWS-LC.

use crate::crypto::library::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use crate::jwks::public_key::PublicKey;
use crate::provider::SigningAlgorithm;

/// Returns whether `signature` is the signature of the input by the private part of the key. `false` if
/// the key is not for the algorithm.
///
/// ECDSA signatures are both numbers with the length of the curve (RFC 7518 section 3.4), never DER. The
/// salt of PSS is as long as the hash (section 3.5).
pub(in crate::jwks) fn verifies(
    key: &PublicKey,
    algorithm: SigningAlgorithm,
    signing_input: &[u8],
    signature: &[u8],
) -> bool {
    let verifies = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
        let key = UnparsedPublicKey::new(algorithm, key);
        key.verify(signing_input, signature).is_ok()
    };
    match (key, algorithm) {
        (PublicKey::Rsa { modulus, exponent }, _) => rsa(algorithm).is_some_and(|parameters| {
            let key = RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            };
            key.verify(parameters, signing_input, signature).is_ok()
        }),
        (PublicKey::P256(point), SigningAlgorithm::Es256) => {
            verifies(&signature::ECDSA_P256_SHA256_FIXED, point)
        }
        (PublicKey::P384(point), SigningAlgorithm::Es384) => {
            verifies(&signature::ECDSA_P384_SHA384_FIXED, point)
        }
        (PublicKey::Ed25519(point), SigningAlgorithm::EdDsa) => {
            verifies(&signature::ED25519, point)
        }
        _ => false,
    }
}

fn rsa(algorithm: SigningAlgorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningAlgorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningAlgorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        SigningAlgorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningAlgorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningAlgorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
