//! Both verifiers are given the same signatures.
//!
//! `cases.json` has the signatures that need arithmetic to make: numbers outside of their range, other
//! encodings and paddings, forgeries under the exponent 3, unusual keys. Its answers come from the
//! standards, by a program that uses neither verifier. `answer` is `null` where the key is refused before a
//! signature is looked at.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow is a failed test"
)]

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::{native, portable};
use crate::jwks::jwk::Jwk;
use crate::jwks::public_key::PublicKey;
use crate::provider::SigningAlgorithm;
use crate::tests::signer::Signer;

const INPUT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0";

#[derive(Deserialize)]
struct Cases {
    keys: Vec<Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    key: usize,
    algorithm: String,
    input: Option<String>,
    signature: String,
    answer: Option<bool>,
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
}

fn public_key(jwk: &Value) -> Option<PublicKey> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).unwrap();
    PublicKey::read(&jwk).ok()
}

#[test]
fn both_verifiers_answer_unusual_signatures_as_the_standards_say() {
    let cases: Cases = serde_json::from_str(include_str!("cases.json")).unwrap();
    for case in &cases.cases {
        let name = &case.name;
        let algorithm: SigningAlgorithm = case.algorithm.parse().unwrap();
        let key = public_key(&cases.keys[case.key]).filter(|key| key.is_for(algorithm));
        assert_eq!(key.is_some(), case.answer.is_some(), "{name}: the key");
        let Some((key, expected)) = key.zip(case.answer) else {
            continue;
        };
        let input = case.input.as_deref().unwrap_or(INPUT).as_bytes();
        let signature = decode(&case.signature);
        let native = native::verifies(&key, algorithm, input, &signature);
        let portable = portable::verifies(&key, algorithm, input, &signature);
        assert_eq!(native, expected, "{name}: ring");
        assert_eq!(portable, expected, "{name}: openidconnect");
    }
}

/// A signer of each algorithm.
fn signers() -> Vec<Signer> {
    let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    let rsa = rsa.into_iter().map(|algorithm| Signer::rsa("a", algorithm));
    rsa.chain([Signer::es256("a"), Signer::es384("a"), Signer::ed25519("a")])
        .collect()
}

#[test]
fn every_algorithm_is_verified_and_no_key_verifies_another_algorithm() {
    let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256",
        "HS384", "HS512",
    ];
    let algorithms = algorithms.map(|name| name.parse::<SigningAlgorithm>().unwrap());
    for signer in signers() {
        let key = public_key(&signer.jwk()).unwrap();
        let jwt = signer.sign(&serde_json::json!({ "sub": "user" }));
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let signature = decode(signature);
        for algorithm in algorithms {
            let expected = algorithm.to_string() == signer.algorithm;
            for verifies in [native::verifies, portable::verifies] {
                let verified = verifies(&key, algorithm, input.as_bytes(), &signature);
                assert_eq!(verified, expected, "{} as {algorithm}", signer.algorithm);
            }
        }
    }
}

/// Numbers that differ between runs of the test, with the seed in every message.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).unwrap();
        Self(u64::from_le_bytes(seed) | 1)
    }

    /// Xorshift. Returns a number less than `end`.
    fn number(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// Changes a signature in one of several ways.
    fn damage(&mut self, signature: &mut Vec<u8>) {
        match self.number(8) {
            0 => signature.truncate(self.number(signature.len())),
            1 => signature.push(u8::try_from(self.number(256)).unwrap()),
            2 => signature.insert(0, 0),
            3 => {
                let by = 1 + self.number(signature.len() - 1);
                signature.rotate_left(by);
            }
            4 => {
                let at = self.number(signature.len());
                signature[at..].fill(0);
            }
            5 => {
                let at = self.number(signature.len());
                signature[..at].fill(0xff);
            }
            _ => {
                for _ in 0..=self.number(3) {
                    let at = self.number(signature.len());
                    signature[at] ^= 1 << self.number(8);
                }
            }
        }
    }
}

#[test]
fn both_verifiers_refuse_damaged_signatures_and_inputs_without_a_panic() {
    let mut random = Random::new();
    for signer in signers() {
        let algorithm = signer.algorithm.parse().unwrap();
        let key = public_key(&signer.jwk()).unwrap();
        let jwt = signer.sign(&serde_json::json!({ "sub": "user" }));
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let original = decode(signature);
        for _ in 0..40 {
            let seed = random.0;
            let (mut input, mut signature) = (input.as_bytes().to_vec(), original.clone());
            if random.number(8) == 0 {
                let at = random.number(input.len());
                input[at] ^= 1 << random.number(8);
            } else {
                random.damage(&mut signature);
            }
            if signature == original && input == jwt.as_bytes()[..input.len()] {
                continue;
            }
            for verifies in [native::verifies, portable::verifies] {
                assert!(
                    !verifies(&key, algorithm, &input, &signature),
                    "{algorithm}, seed {seed}: {signature:02x?}"
                );
            }
        }
    }
}

#[test]
fn a_point_off_the_curve_verifies_nothing() {
    let x = URL_SAFE_NO_PAD.encode_to_string([7; 48]);
    let jwk = serde_json::json!({ "kty": "EC", "crv": "P-384", "x": x, "y": x });
    let key = public_key(&jwk).unwrap();
    for length in [0, 1, 64, 96, 97] {
        for verifies in [native::verifies, portable::verifies] {
            assert!(!verifies(
                &key,
                SigningAlgorithm::Es384,
                b"input",
                &vec![1; length]
            ));
        }
    }
}
