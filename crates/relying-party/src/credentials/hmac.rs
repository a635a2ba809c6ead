//! Signatures with a shared secret.

use crate::crypto;
use crate::provider::{SigningAlgorithm, registered_names};
use crate::secret::Secret;

registered_names! {
    /// A signature algorithm with a shared secret (RFC 7518 section 3.2).
    HmacAlgorithm {
        /// HMAC with SHA-256. The secret must have at least 32 bytes.
        Hs256 = "HS256",
        /// HMAC with SHA-384. The secret must have at least 48 bytes.
        Hs384 = "HS384",
        /// HMAC with SHA-512. The secret must have at least 64 bytes.
        Hs512 = "HS512",
    }
}

impl HmacAlgorithm {
    pub(crate) const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// Returns whether the secret is at least as long as the hash, which RFC 7518 section 3.2 requires.
    pub(crate) fn fits(self, secret: &Secret) -> bool {
        let least = self.as_signing_algorithm().min_secret_bytes();
        least.is_some_and(|least| secret.expose().len() >= least)
    }

    fn as_signing_algorithm(self) -> SigningAlgorithm {
        match self {
            Self::Hs256 => SigningAlgorithm::Hs256,
            Self::Hs384 => SigningAlgorithm::Hs384,
            Self::Hs512 => SigningAlgorithm::Hs512,
        }
    }

    pub(crate) fn sign(self, secret: &Secret, input: &[u8]) -> Vec<u8> {
        let key = secret.expose().as_bytes();
        crypto::hmac(self.as_signing_algorithm().hash(), key, input)
    }
}
