//! Private keys of each type, and how they sign.

use base64_simd::URL_SAFE_NO_PAD;

use crate::config_error::ConfigError;
use crate::crypto::library::rand::SystemRandom;
use crate::crypto::library::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use crate::provider::SigningAlgorithm;

pub(super) const SETTING: &str = "client_private_keys";

pub(super) enum Pair {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Pair {
    pub(super) fn algorithms(&self) -> &'static [SigningAlgorithm] {
        match self {
            Self::P256(_) => &[SigningAlgorithm::Es256],
            Self::P384(_) => &[SigningAlgorithm::Es384],
            Self::Ed25519(_) => &[SigningAlgorithm::EdDsa],
            Self::Rsa(_) => &[SigningAlgorithm::Rs256, SigningAlgorithm::Ps256],
        }
    }

    pub(super) fn sign(&self, algorithm: SigningAlgorithm, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) | Self::P384(pair) => {
                let signature = pair.sign(&random, input).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair) => Some(pair.sign(input).as_ref().to_vec()),
            Self::Rsa(pair) => {
                let padding: &'static dyn RsaEncoding = match algorithm {
                    SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
                    SigningAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    _ => return None,
                };
                let mut signature = vec![0; pair.public_key().modulus_len()];
                pair.sign(padding, &random, input, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    /// The required members of the public JWK, in lexicographic order (RFC 7638 section 3.2). Their
    /// values are base64url, so nothing has to be escaped.
    pub(super) fn public_members(&self) -> String {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
        match self {
            Self::P256(pair) => ec_members("P-256", pair.public_key().as_ref()),
            Self::P384(pair) => ec_members("P-384", pair.public_key().as_ref()),
            Self::Ed25519(pair) => {
                let x = base64(pair.public_key().as_ref());
                format!(r#""crv":"Ed25519","kty":"OKP","x":"{x}""#)
            }
            Self::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                let (e, n) = (base64(&public.e), base64(&public.n));
                format!(r#""e":"{e}","kty":"RSA","n":"{n}""#)
            }
        }
    }
}

/// The point is 0x04, then both coordinates (SEC 1 section 2.3.3).
fn ec_members(curve: &str, point: &[u8]) -> String {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let (x, y) = (
        URL_SAFE_NO_PAD.encode_to_string(x),
        URL_SAFE_NO_PAD.encode_to_string(y),
    );
    format!(r#""crv":"{curve}","kty":"EC","x":"{x}","y":"{y}""#)
}

pub(super) fn unusable(rule: &'static str, remedy: &'static str) -> ConfigError {
    ConfigError::new(SETTING, rule, remedy)
}

/// The error for a key of a type that is not supported, or that is damaged.
pub(super) fn unsupported() -> ConfigError {
    unusable(
        "must be a private key of P-256, P-384, Ed25519, or RSA with 2048 to 4096 bits",
        "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`",
    )
}
