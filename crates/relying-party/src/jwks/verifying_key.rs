//! What is known of the key that verified a signature.

use super::access_token_hash;
use crate::provider::SigningAlgorithm;

/// The key that verified a signature.
#[derive(Debug)]
pub(crate) struct VerifyingKey<'k> {
    algorithm: SigningAlgorithm,
    issuer: Option<&'k str>,
}

impl<'k> VerifyingKey<'k> {
    /// `issuer` is the member of that name of the JWK.
    pub(super) fn new(algorithm: SigningAlgorithm, issuer: Option<&'k str>) -> Self {
        Self { algorithm, issuer }
    }

    /// Returns whose tokens the key may sign, if its JWK says so.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer
    }

    /// Returns the `at_hash` of an access token whose ID token this key verified.
    pub(crate) fn at_hash(&self, access_token: &str) -> String {
        access_token_hash::at_hash(self.algorithm, access_token)
    }
}
