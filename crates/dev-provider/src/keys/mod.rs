//! Signing keys and their JWK Set (RFC 7517).

mod es384;
mod rsa;
mod signing_key;
mod signing_keys;

pub(crate) use self::signing_key::SigningKey;
pub(crate) use self::signing_keys::SigningKeys;

/// The algorithm that signs ID tokens (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// ECDSA on P-384 with SHA-384. This is the default, because Logto uses it, and because a
    /// client that only supports RS256 then fails early.
    #[default]
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// Returns the registered name, which is `alg` in the header of a JWT.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
        }
    }
}
