//! One public key.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyId};
use serde::Deserialize;
use serde_json::Value;

use super::VerifyingKey;
use crate::json;
use crate::provider::SigningAlgorithm;

/// NIST SP 800-131A revision 2 section 3, RFC 7518 section 3.3.
const MIN_RSA_BITS: usize = 2048;
/// 8,192 bits: a larger modulus only costs time.
const MAX_RSA_BYTES: usize = 1024;

const MALFORMED: &str = "malformed keys";

/// A key that can verify signatures of its type.
pub(super) struct Key {
    key_type: KeyType,
    kid: Option<String>,
    algorithm: Option<SigningAlgorithm>,
    issuer: Option<String>,
    jwk: CoreJsonWebKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyType {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// The members of a JWK (RFC 7517 section 4, RFC 7518 section 6) that are read.
#[derive(Deserialize)]
struct Parameters {
    kty: String,
    #[serde(rename = "use")]
    public_key_use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    /// Not registered: Microsoft Entra ID says with it whose tokens the key may sign.
    issuer: Option<Value>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    /// Reads a key. If it is for another purpose, of an unsupported type, or too weak, the error says
    /// so.
    pub(super) fn parse(jwk: &str) -> Result<Self, &'static str> {
        let parameters: Parameters = json::object_from_str(jwk).map_err(|_| MALFORMED)?;
        let for_signatures = parameters
            .public_key_use
            .as_ref()
            .is_none_or(|it| it == "sig")
            && parameters
                .key_ops
                .as_ref()
                .is_none_or(|it| it.iter().any(|op| op == "verify"));
        if !for_signatures {
            return Err("keys that are not for signatures");
        }
        let (key_type, jwk) = public_key(&parameters)?;
        let algorithm = match parameters.alg {
            Some(name) => {
                let supported = name
                    .parse()
                    .ok()
                    .filter(|it| KeyType::for_algorithm(*it) == Some(key_type));
                Some(supported.ok_or("keys for algorithms that are not supported")?)
            }
            None => None,
        };
        Ok(Self {
            key_type,
            kid: parameters.kid,
            algorithm,
            // One of another type fits no issuer, and does not count as absent.
            issuer: parameters.issuer.map(|issuer| match issuer {
                Value::String(issuer) => issuer,
                other => other.to_string(),
            }),
            jwk,
        })
    }

    /// Returns whether the key may verify signatures with this algorithm.
    pub(super) fn is_for(&self, algorithm: SigningAlgorithm) -> bool {
        Some(self.key_type) == KeyType::for_algorithm(algorithm)
            && self.algorithm.is_none_or(|only| only == algorithm)
    }

    pub(super) fn has_kid(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid)
    }

    pub(super) fn has_no_kid(&self) -> bool {
        self.kid.is_none()
    }

    pub(super) fn verify(
        &self,
        algorithm: SigningAlgorithm,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Option<VerifyingKey<'_>> {
        let algorithm = core_algorithm(algorithm)?;
        self.jwk
            .verify_signature(&algorithm, signing_input, signature)
            .ok()?;
        Some(VerifyingKey::Public {
            key: &self.jwk,
            algorithm,
            issuer: self.issuer.as_deref(),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("key_type", &self.key_type)
            .field("kid", &self.kid)
            .finish()
    }
}

impl KeyType {
    /// Returns the type of the keys for this algorithm. `None` for an HMAC: no key of a JWK Set may verify
    /// one, because it is public (RFC 8725 section 2.1).
    fn for_algorithm(algorithm: SigningAlgorithm) -> Option<Self> {
        Some(match algorithm {
            SigningAlgorithm::Rs256
            | SigningAlgorithm::Rs384
            | SigningAlgorithm::Rs512
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Ps384
            | SigningAlgorithm::Ps512 => Self::Rsa,
            SigningAlgorithm::Es256 => Self::P256,
            SigningAlgorithm::Es384 => Self::P384,
            SigningAlgorithm::EdDsa => Self::Ed25519,
            SigningAlgorithm::Hs256 | SigningAlgorithm::Hs384 | SigningAlgorithm::Hs512 => {
                return None;
            }
        })
    }
}

/// Reads the public key of a JWK, and its type.
fn public_key(parameters: &Parameters) -> Result<(KeyType, CoreJsonWebKey), &'static str> {
    let kid = || parameters.kid.clone().map(JsonWebKeyId::new);
    let bytes = |text: &Option<String>| unsigned_text(text.as_deref()?);
    let point = |length| {
        let x = coordinate(&bytes(&parameters.x)?, length)?;
        Some((x, coordinate(&bytes(&parameters.y)?, length)?))
    };
    Ok(match (parameters.kty.as_str(), parameters.crv.as_deref()) {
        ("RSA", _) => {
            let modulus = bytes(&parameters.n).ok_or(MALFORMED)?;
            let exponent = bytes(&parameters.e).ok_or(MALFORMED)?;
            if !is_strong_rsa(&modulus, &exponent) {
                return Err("RSA keys that are shorter than 2,048 bits or otherwise weak");
            }
            let jwk = CoreJsonWebKey::new_rsa(modulus, exponent, kid());
            (KeyType::Rsa, jwk)
        }
        ("EC", Some("P-256")) => {
            let (x, y) = point(32).ok_or(MALFORMED)?;
            let curve = CoreJsonCurveType::P256;
            (KeyType::P256, CoreJsonWebKey::new_ec(x, y, curve, kid()))
        }
        ("EC", Some("P-384")) => {
            let (x, y) = point(48).ok_or(MALFORMED)?;
            let curve = CoreJsonCurveType::P384;
            (KeyType::P384, CoreJsonWebKey::new_ec(x, y, curve, kid()))
        }
        ("OKP", Some("Ed25519")) => {
            let x = bytes(&parameters.x).ok_or(MALFORMED)?;
            let curve = CoreJsonCurveType::Ed25519;
            (KeyType::Ed25519, CoreJsonWebKey::new_okp(x, curve, kid()))
        }
        ("EC", Some("P-521")) => return Err("P-521 keys (ES512)"),
        ("oct", _) => return Err("symmetric keys (HS256, HS384, HS512)"),
        _ => return Err("keys of types that are not supported"),
    })
}

/// Returns whether the modulus has at least 2,048 bits, and the exponent is odd and above 1.
fn is_strong_rsa(modulus: &[u8], exponent: &[u8]) -> bool {
    let modulus = without_leading_zeros(modulus);
    let exponent = without_leading_zeros(exponent);
    let bits = match modulus.first() {
        Some(first) => modulus
            .len()
            .saturating_mul(8)
            .saturating_sub(first.leading_zeros() as usize),
        None => 0,
    };
    bits >= MIN_RSA_BITS
        && modulus.len() <= MAX_RSA_BYTES
        && exponent.last().is_some_and(|last| last % 2 == 1)
        && exponent != [1]
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// Returns a coordinate in the number of bytes of its curve (RFC 7518 section 6.2.1.2). Some providers
/// omit leading zeros, or add one for the sign.
fn coordinate(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let number = without_leading_zeros(number);
    let mut padded = vec![0; length.checked_sub(number.len())?];
    padded.extend_from_slice(number);
    Some(padded)
}

/// Reads a number in base64url (RFC 7518 sections 2 and 6.3.1). Some providers add padding or use plain
/// base64. Security does not depend on the form, so both are read.
fn unsigned_text(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let text: String = text
        .chars()
        .map(|character| match character {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

fn core_algorithm(algorithm: SigningAlgorithm) -> Option<CoreJwsSigningAlgorithm> {
    Some(match algorithm {
        SigningAlgorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlgorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        SigningAlgorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        SigningAlgorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlgorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        SigningAlgorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        SigningAlgorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlgorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        SigningAlgorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        SigningAlgorithm::Hs256 | SigningAlgorithm::Hs384 | SigningAlgorithm::Hs512 => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_used(jwk: &Value) -> bool {
        Key::parse(&jwk.to_string()).is_ok()
    }

    fn rsa(modulus_bytes: usize, first: u8, exponent: &[u8]) -> Value {
        let mut modulus = vec![0xff; modulus_bytes];
        modulus[0] = first;
        json!({
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode_to_string(&modulus),
            "e": URL_SAFE_NO_PAD.encode_to_string(exponent),
        })
    }

    #[test]
    fn rsa_keys_have_at_least_2048_bits_and_an_odd_exponent_above_1() {
        let f4 = [1, 0, 1];
        assert!(is_used(&rsa(256, 0x80, &f4)));
        assert!(is_used(&rsa(256, 0x80, &[3])));
        assert!(!is_used(&rsa(256, 0x7f, &f4)));
        assert!(!is_used(&rsa(128, 0xff, &f4)));
        assert!(!is_used(&rsa(256, 0x00, &f4)), "leading zeros do not count");
        assert!(!is_used(&rsa(1025, 0xff, &f4)));
        for exponent in [&[][..], &[0], &[1], &[0, 1], &[2], &[1, 0, 0]] {
            assert!(!is_used(&rsa(256, 0xff, exponent)), "{exponent:?}");
        }
    }

    #[test]
    fn keys_for_other_purposes_and_of_unknown_types_are_skipped() {
        let key = |changes: Value| {
            let mut key = rsa(256, 0xff, &[1, 0, 1]);
            for (name, value) in changes.as_object().unwrap() {
                key[name] = value.clone();
            }
            key
        };
        for changes in [
            json!({}),
            json!({ "use": "sig" }),
            json!({ "key_ops": ["verify"] }),
            json!({ "alg": "PS512" }),
            json!({ "e": "AQAB=" }),
            json!({ "e": "AQAB====" }),
            json!({ "x5c": ["not looked at"], "unknown": {} }),
        ] {
            assert!(is_used(&key(changes.clone())), "{changes}");
        }
        for changes in [
            json!({ "use": "enc" }),
            json!({ "key_ops": ["encrypt"] }),
            json!({ "alg": "RSA-OAEP" }),
            json!({ "alg": "ES256" }),
            json!({ "alg": "HS256" }),
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "EC", "crv": "P-521" }),
            json!({ "kty": "EC", "crv": "secp256k1" }),
            json!({ "kty": "OKP", "crv": "X25519" }),
            json!({ "kid": 7 }),
            json!({ "n": null }),
            json!({ "n": "=" }),
            json!({ "e": "AQ=AB" }),
        ] {
            assert!(!is_used(&key(changes.clone())), "{changes}");
        }
    }

    #[test]
    fn a_key_that_names_its_algorithm_fits_no_other_one() {
        let mut jwk = rsa(256, 0xff, &[1, 0, 1]);
        jwk["kid"] = json!("a");
        let unnamed = Key::parse(&jwk.to_string()).unwrap();
        jwk["alg"] = json!("PS512");
        let named = Key::parse(&jwk.to_string()).unwrap();
        for (algorithm, expected) in [
            (SigningAlgorithm::Ps512, true),
            (SigningAlgorithm::Rs256, false),
            (SigningAlgorithm::Ps384, false),
        ] {
            assert_eq!(named.is_for(algorithm), expected, "{algorithm:?}");
            assert!(unnamed.is_for(algorithm));
        }
        assert!(!unnamed.is_for(SigningAlgorithm::Es256));
    }

    #[test]
    fn a_coordinate_is_padded_to_the_length_of_its_curve() {
        for (written, expected) in [
            (&[1, 2, 3][..], Some(vec![1, 2, 3])),
            (&[0, 1, 2, 3], Some(vec![1, 2, 3])),
            (&[2, 3], Some(vec![0, 2, 3])),
            (&[], Some(vec![0, 0, 0])),
            (&[1, 0, 0, 0], None),
        ] {
            assert_eq!(coordinate(written, 3), expected, "{written:?}");
        }
    }

    /// A point that is not on the curve verifies nothing and does not panic.
    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        let x = URL_SAFE_NO_PAD.encode_to_string([7; 48]);
        let jwk = json!({ "kty": "EC", "crv": "P-384", "x": x, "y": x });
        let key = Key::parse(&jwk.to_string()).unwrap();
        for length in [0, 1, 64, 96, 97] {
            assert!(
                key.verify(SigningAlgorithm::Es384, b"input", &vec![1; length])
                    .is_none()
            );
        }
    }
}
