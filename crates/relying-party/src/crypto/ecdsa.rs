//! Private keys for ECDSA. `ring` protects the key in memory with random numbers, which AWS-LC does not ask
//! for.

#[cfg(not(feature = "aws-lc-rs"))]
use super::library::rand::SystemRandom;
use super::library::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm};

/// Reads a key in PKCS#8.
pub(crate) fn from_pkcs8(
    algorithm: &'static EcdsaSigningAlgorithm,
    der: &[u8],
) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(
        algorithm,
        der,
        #[cfg(not(feature = "aws-lc-rs"))]
        &SystemRandom::new(),
    )
    .ok()
}

/// Makes a key from its number and its point (SEC 1 section 2.3.3), which must fit together.
pub(crate) fn from_numbers(
    algorithm: &'static EcdsaSigningAlgorithm,
    private_number: &[u8],
    point: &[u8],
) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_private_key_and_public_key(
        algorithm,
        private_number,
        point,
        #[cfg(not(feature = "aws-lc-rs"))]
        &SystemRandom::new(),
    )
    .ok()
}
