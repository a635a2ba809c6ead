//! The verifier of `openidconnect`, which is Rust alone.

use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm};

use crate::jwks::public_key::PublicKey;
use crate::provider::SigningAlgorithm;

/// Returns whether `signature` is the signature of the input by the private part of the key. `false` if
/// the key is not for the algorithm.
pub(in crate::jwks) fn verifies(
    key: &PublicKey,
    algorithm: SigningAlgorithm,
    signing_input: &[u8],
    signature: &[u8],
) -> bool {
    let Some((key, algorithm)) = jwk(key).zip(core_algorithm(algorithm)) else {
        return false;
    };
    key.verify_signature(&algorithm, signing_input, signature)
        .is_ok()
}

fn jwk(key: &PublicKey) -> Option<CoreJsonWebKey> {
    let ec = |point: &[u8], curve| {
        let (_, coordinates) = point.split_first()?;
        let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
        Some(CoreJsonWebKey::new_ec(x.to_vec(), y.to_vec(), curve, None))
    };
    match key {
        PublicKey::Rsa { modulus, exponent } => Some(CoreJsonWebKey::new_rsa(
            modulus.clone(),
            exponent.clone(),
            None,
        )),
        PublicKey::P256(point) => ec(point, CoreJsonCurveType::P256),
        PublicKey::P384(point) => ec(point, CoreJsonCurveType::P384),
        PublicKey::Ed25519(point) => Some(CoreJsonWebKey::new_okp(
            point.to_vec(),
            CoreJsonCurveType::Ed25519,
            None,
        )),
    }
}

fn core_algorithm(algorithm: SigningAlgorithm) -> Option<CoreJwsSigningAlgorithm> {
    Some(match algorithm {
        SigningAlgorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlgorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        SigningAlgorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        SigningAlgorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlgorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        SigningAlgorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        SigningAlgorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlgorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        SigningAlgorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        SigningAlgorithm::Hs256 | SigningAlgorithm::Hs384 | SigningAlgorithm::Hs512 => return None,
    })
}
