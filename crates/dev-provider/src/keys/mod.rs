//! Signing keys and their JWK Set (RFC 7517).

mod es384;
mod ring_of_keys;
mod rsa;
mod signing_key;

pub(crate) use self::ring_of_keys::KeyRing;
pub(crate) use self::signing_key::SigningKey;

/// The algorithm that signs ID tokens (RFC 7518, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// ECDSA on P-384 with SHA-384. The default, because Logto signs with it and a client that
    /// takes RS256 for granted fails early.
    #[default]
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// The registered name, `alg` in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
        }
    }
}
