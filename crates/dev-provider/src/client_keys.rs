//! The registered public keys of a client that authenticates with `private_key_jwt`.

use std::{error::Error, fmt};

use base64_simd::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::Value;

/// The algorithms that these keys can verify (RFC 7518 section 3.1, RFC 8037 section 3.1).
pub(crate) const ALGORITHMS: [&str; 5] = ["ES256", "ES384", "EdDSA", "PS256", "RS256"];

/// The error of a JWK Set by which no client can authenticate.
///
/// Its text says what is wrong and what to give instead. It shows no part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJwkSet(&'static str);

impl fmt::Display for InvalidJwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for InvalidJwkSet {}

#[derive(Clone, Debug)]
pub(crate) struct ClientKeys(Vec<PublicKey>);

#[derive(Clone, Debug)]
struct PublicKey {
    kid: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    /// SEC 1 section 2.3.3: 0x04 | x | y.
    P256(Vec<u8>),
    /// The same form.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl ClientKeys {
    /// Reads a JWK Set (RFC 7517 section 5). Keys of other types, and those that are not for signatures,
    /// are ignored, as the RFC says.
    pub(crate) fn parse(json: &str) -> Result<Self, InvalidJwkSet> {
        let set: Value = serde_json::from_str(json)
            .map_err(|_| InvalidJwkSet("this is not JSON: give a JWK Set"))?;
        let jwks = set.get("keys").and_then(Value::as_array);
        let jwks = jwks.ok_or(InvalidJwkSet(
            r#"the array `keys` is missing: give a JWK Set, such as {"keys": [{"kty": "EC", …}]}"#,
        ))?;
        if jwks.iter().any(is_secret) {
            return Err(InvalidJwkSet(
                "it contains a private key: register the public part of the key only",
            ));
        }
        let keys: Vec<_> = jwks.iter().filter_map(PublicKey::from_jwk).collect();
        match keys.is_empty() {
            true => Err(InvalidJwkSet(
                "it has no key that can verify an assertion: give an EC key on P-256 or P-384, an \
                 Ed25519 key, or an RSA key",
            )),
            false => Ok(Self(keys)),
        }
    }

    /// Verifies a signature with a key that fits the header of the JWT. The error is the reason for the
    /// log.
    pub(crate) fn verify(
        &self,
        algorithm: &str,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), &'static str> {
        if !ALGORITHMS.contains(&algorithm) {
            return Err("`alg` must be ES256, ES384, EdDSA, PS256 or RS256 for private_key_jwt");
        }
        let fitting = self.0.iter().filter(|key| key.fits(algorithm, kid));
        let mut keys = fitting.peekable();
        if keys.peek().is_none() {
            return Err("no registered key has the `kid` and is for the `alg` of the header");
        }
        match keys.any(|key| key.verifies(algorithm, message, signature)) {
            true => Ok(()),
            false => Err("the signature is wrong: another key made it"),
        }
    }
}

impl PublicKey {
    fn from_jwk(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode_to_vec(text(name)?).ok();
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x.len() == length && y.len() == length).then(|| [vec![4], x, y].concat())
        };
        let material = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            ("RSA", _) => Material::Rsa(RsaPublicKeyComponents {
                n: bytes("n")?,
                e: bytes("e")?,
            }),
            _ => return None,
        };
        let is_for_signatures = text("use").is_none_or(|usage| usage == "sig");
        is_for_signatures.then(|| Self {
            kid: text("kid").map(str::to_owned),
            algorithm: text("alg").map(str::to_owned),
            material,
        })
    }

    /// Whether this may be the key that the header of a JWT names.
    fn fits(&self, algorithm: &str, kid: Option<&str>) -> bool {
        let is_type = match self.material {
            Material::P256(_) => algorithm == "ES256",
            Material::P384(_) => algorithm == "ES384",
            Material::Ed25519(_) => algorithm == "EdDSA",
            Material::Rsa(_) => matches!(algorithm, "PS256" | "RS256"),
        };
        let own_algorithm = self.algorithm.as_deref();
        let has_kid = match (&self.kid, kid) {
            (Some(own), Some(kid)) => own == kid,
            _ => true,
        };
        is_type && has_kid && own_algorithm.is_none_or(|own| own == algorithm)
    }

    fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let by = |verification: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(verification, key).verify(message, signature)
        };
        match &self.material {
            Material::P256(point) => by(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => by(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(key) => by(&ED25519, key),
            Material::Rsa(key) => {
                let parameters: &RsaParameters = match algorithm {
                    "PS256" => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                key.verify(parameters, message, signature)
            }
        }
        .is_ok()
    }
}

/// Whether a JWK is private (RFC 7518 section 6) or symmetric.
fn is_secret(jwk: &Value) -> bool {
    ["d", "k"].iter().any(|member| jwk.get(member).is_some())
}
