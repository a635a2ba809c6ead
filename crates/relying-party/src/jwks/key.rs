//! One public key, and what it may be used for.

use std::fmt;

use serde_json::Value;

use super::jwk::Jwk;
use super::public_key::{MALFORMED, PublicKey};
use super::signature;
use super::verifying_key::VerifyingKey;
use crate::json;
use crate::provider::SigningAlgorithm;

/// A key that can verify signatures of its type.
pub(super) struct Key {
    public_key: PublicKey,
    kid: Option<String>,
    algorithm: Option<SigningAlgorithm>,
    issuer: Option<String>,
}

impl Key {
    /// Reads a key. If it is for another purpose, of an unsupported type, or too weak, the error says
    /// so.
    pub(super) fn parse(jwk: &str) -> Result<Self, &'static str> {
        let jwk: Jwk = json::object_from_str(jwk).map_err(|_| MALFORMED)?;
        let for_signatures = jwk.public_key_use.as_ref().is_none_or(|it| it == "sig")
            && jwk
                .key_ops
                .as_ref()
                .is_none_or(|it| it.iter().any(|op| op == "verify"));
        if !for_signatures {
            return Err("keys that are not for signatures");
        }
        let public_key = PublicKey::read(&jwk)?;
        let algorithm = match jwk.alg {
            Some(name) => {
                let supported = name.parse().ok().filter(|it| public_key.is_for(*it));
                Some(supported.ok_or("keys for algorithms that are not supported")?)
            }
            None => None,
        };
        Ok(Self {
            public_key,
            kid: jwk.kid,
            algorithm,
            // One of another type fits no issuer, and does not count as absent.
            issuer: jwk.issuer.map(|issuer| match issuer {
                Value::String(issuer) => issuer,
                other => other.to_string(),
            }),
        })
    }

    /// Returns whether the key may verify signatures with this algorithm.
    pub(super) fn is_for(&self, algorithm: SigningAlgorithm) -> bool {
        self.public_key.is_for(algorithm) && self.algorithm.is_none_or(|only| only == algorithm)
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
        signature::verifies(&self.public_key, algorithm, signing_input, signature)
            .then(|| VerifyingKey::new(algorithm, self.issuer.as_deref()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("public_key", &self.public_key)
            .field("kid", &self.kid)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use base64_simd::URL_SAFE_NO_PAD;
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
        assert!(is_used(&rsa(512, 0xff, &f4)));
        assert!(!is_used(&rsa(513, 0x01, &f4)), "4,097 bits");
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
}
