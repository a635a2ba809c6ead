//! The key that verified a signature, which the hash of the access token depends on.

use base64_simd::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};

use super::client_secret;
use crate::provider::SigningAlgorithm;

/// The key that verified a signature.
#[derive(Debug)]
pub(crate) enum VerifyingKey<'k> {
    /// One of the provider's public keys.
    Public {
        key: &'k CoreJsonWebKey,
        algorithm: CoreJwsSigningAlgorithm,
        /// The member `issuer` of the JWK.
        issuer: Option<&'k str>,
    },
    /// The client secret, with an HMAC.
    ClientSecret(SigningAlgorithm),
}

impl VerifyingKey<'_> {
    /// Returns whose tokens the key may sign, if its JWK says so.
    pub(crate) fn issuer(&self) -> Option<&str> {
        match self {
            Self::Public { issuer, .. } => *issuer,
            Self::ClientSecret(_) => None,
        }
    }

    /// Returns the `at_hash` of a token: the left half of its hash in base64url (OpenID Connect Core
    /// 1.0 section 3.1.3.6). The hash function is that of the signature.
    pub(crate) fn at_hash(&self, text: &str) -> Option<String> {
        match self {
            Self::Public { key, algorithm, .. } => {
                let hash = key.hash_bytes(text.as_bytes(), algorithm).ok()?;
                let (left, _) = hash.split_at_checked(hash.len() / 2)?;
                Some(URL_SAFE_NO_PAD.encode_to_string(left))
            }
            Self::ClientSecret(algorithm) => client_secret::at_hash(*algorithm, text),
        }
    }
}
