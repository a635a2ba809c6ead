//! A key pair and its public JWK.

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    error::Unspecified,
    rand::SystemRandom,
    signature::{
        ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use serde_json::{Value, json};

use super::SigningAlgorithm;

pub(crate) struct SigningKey {
    /// The thumbprint of the JWK (RFC 7638), so that different keys always have different ids.
    pub(crate) kid: String,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) jwk: Value,
    pair: Pair,
}

enum Pair {
    Es384(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl SigningKey {
    pub(super) fn generate_es384() -> Result<Self, Unspecified> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random)?;
        Self::from_es384_pkcs8(pkcs8.as_ref())
    }

    pub(super) fn es384(pkcs8_base64: &str) -> Result<Self, Unspecified> {
        let pkcs8 = STANDARD
            .decode_to_vec(pkcs8_base64)
            .map_err(|_| Unspecified)?;
        Self::from_es384_pkcs8(&pkcs8)
    }

    fn from_es384_pkcs8(pkcs8: &[u8]) -> Result<Self, Unspecified> {
        let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new())?;
        // SEC 1 section 2.3.3: 0x04 | x | y.
        let point = pair.public_key().as_ref();
        let (x, y) = point
            .strip_prefix(&[4])
            .and_then(|xy| xy.split_at_checked(48))
            .ok_or(Unspecified)?;
        let members = json!({
            "crv": "P-384",
            "kty": "EC",
            "x": URL_SAFE_NO_PAD.encode_to_string(x),
            "y": URL_SAFE_NO_PAD.encode_to_string(y),
        });
        Ok(Self::new(
            SigningAlgorithm::Es384,
            members,
            Pair::Es384(pair),
        ))
    }

    pub(super) fn rs256(pkcs8_base64: &str) -> Result<Self, Unspecified> {
        let pkcs8 = STANDARD
            .decode_to_vec(pkcs8_base64)
            .map_err(|_| Unspecified)?;
        let pair = RsaKeyPair::from_pkcs8(&pkcs8)?;
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
        let members = json!({
            "e": URL_SAFE_NO_PAD.encode_to_string(&public.e),
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode_to_string(&public.n),
        });
        Ok(Self::new(
            SigningAlgorithm::Rs256,
            members,
            Pair::Rs256(pair),
        ))
    }

    /// `members` are the required members in lexicographic order (RFC 7638 section 3).
    fn new(algorithm: SigningAlgorithm, members: Value, pair: Pair) -> Self {
        let thumbprint = digest(&SHA256, members.to_string().as_bytes());
        let kid = URL_SAFE_NO_PAD.encode_to_string(thumbprint);
        let mut jwk = members;
        if let Some(jwk) = jwk.as_object_mut() {
            jwk.insert("kid".to_owned(), json!(kid));
            jwk.insert("use".to_owned(), json!("sig"));
            jwk.insert("alg".to_owned(), json!(algorithm.as_str()));
        }
        Self {
            kid,
            algorithm,
            jwk,
            pair,
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "signing only fails without random bytes, and there is no unsigned response"
    )]
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es384(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map(|()| signature)
            }
        }
        .expect("the operating system has random bytes")
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.pair {
            Pair::Es384(pair) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, pair.public_key().as_ref())
                    .verify(message, signature)
            }
            Pair::Rs256(pair) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref())
                    .verify(message, signature)
            }
        }
        .is_ok()
    }
}
