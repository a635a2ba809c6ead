//! Keys that sign ID tokens.

use base64_simd::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use serde_json::{Value, json};

/// A key for these tests only.
const RSA: &[u8] = include_bytes!("rsa-2048.pk8");

pub(crate) struct Signer {
    pub(crate) kid: &'static str,
    pub(crate) algorithm: &'static str,
    key: Key,
}

enum Key {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    Hmac(hmac::Key),
}

impl Signer {
    pub(crate) fn es256(kid: &'static str) -> Self {
        let key = Key::Ecdsa(ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING));
        Self {
            kid,
            algorithm: "ES256",
            key,
        }
    }

    pub(crate) fn es384(kid: &'static str) -> Self {
        let key = Key::Ecdsa(ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING));
        Self {
            kid,
            algorithm: "ES384",
            key,
        }
    }

    pub(crate) fn ed25519(kid: &'static str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Key::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap());
        Self {
            kid,
            algorithm: "EdDSA",
            key,
        }
    }

    pub(crate) fn rsa(kid: &'static str, algorithm: &'static str) -> Self {
        Self {
            kid,
            algorithm,
            key: Key::Rsa(RsaKeyPair::from_pkcs8(RSA).unwrap()),
        }
    }

    /// Signs with a shared secret, or with the bytes of a public key, as an attacker would.
    pub(crate) fn hmac(algorithm: &'static str, secret: &[u8]) -> Self {
        let hash = match algorithm {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            other => panic!("{other} is no HMAC"),
        };
        Self {
            kid: "key-1",
            algorithm,
            key: Key::Hmac(hmac::Key::new(hash, secret)),
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.key {
            Key::Ecdsa(key) => {
                // 0x04, then the coordinates (SEC 1 section 2.3.3).
                let (x, y) =
                    key.public_key().as_ref()[1..].split_at(key.public_key().as_ref().len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": curve, "x": base64(x), "y": base64(y) })
            }
            Key::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(key.public_key().as_ref()) })
            }
            Key::Rsa(key) => {
                let public = signature::RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                json!({ "kty": "RSA", "n": base64(&public.n), "e": base64(&public.e) })
            }
            // Nobody publishes a secret, and a client must not use one that is published.
            Key::Hmac(_) => json!({ "kty": "oct", "k": base64(&[7; 64]) }),
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A JWT with the usual header.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(
            &json!({ "alg": self.algorithm, "kid": self.kid, "typ": "JWT" }),
            claims,
        )
    }

    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let input = format!(
            "{}.{}",
            base64(header.as_bytes()),
            base64(claims.as_bytes())
        );
        let random = SystemRandom::new();
        let signature = match &self.key {
            Key::Ecdsa(key) => key
                .sign(&random, input.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            Key::Ed25519(key) => key.sign(input.as_bytes()).as_ref().to_vec(),
            Key::Hmac(key) => hmac::sign(key, input.as_bytes()).as_ref().to_vec(),
            Key::Rsa(key) => {
                let padding: &dyn signature::RsaEncoding = match self.algorithm {
                    "RS256" => &signature::RSA_PKCS1_SHA256,
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    other => panic!("{other} is not RSA"),
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, input.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{input}.{}", base64(&signature))
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
}
