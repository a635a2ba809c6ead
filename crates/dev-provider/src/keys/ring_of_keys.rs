//! The keys of now and of before.

use ring::error::Unspecified;
use serde_json::Value;

use super::{SigningAlgorithm, SigningKey, es384, rsa};

pub(crate) struct KeyRing {
    current: Generation,
    /// No longer signing. They still recognise an `id_token_hint`.
    retired: Vec<Generation>,
}

struct Generation {
    es384: SigningKey,
    rs256: SigningKey,
    /// Seconds since 1970.
    made_at: u64,
    unpublished_at: Option<u64>,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        Self {
            current: Generation::new(SigningKey::es384(es384::FIRST), rsa::FIRST, 0),
            retired: Vec::new(),
        }
    }

    /// Signs with new keys from now on, in seconds since 1970. The old ones stay published if asked.
    pub(crate) fn rotate(&mut self, keep_old: bool, now: u64) {
        let new = Generation::new(SigningKey::generate_es384(), self.other_rsa_key(), now);
        let old = std::mem::replace(&mut self.current, new);
        self.retired.push(old);
        if !keep_old {
            for generation in &mut self.retired {
                generation.unpublished_at.get_or_insert(now);
            }
        }
    }

    pub(crate) fn signing_key(&self, algorithm: SigningAlgorithm) -> &SigningKey {
        match algorithm {
            SigningAlgorithm::Es384 => &self.current.es384,
            SigningAlgorithm::Rs256 => &self.current.rs256,
        }
    }

    /// A key that is not the signing one.
    #[expect(
        clippy::expect_used,
        reason = "the fixed keys are constants, and without randomness there is no provider"
    )]
    pub(crate) fn not_signing(&self, algorithm: SigningAlgorithm) -> SigningKey {
        match algorithm {
            SigningAlgorithm::Es384 => SigningKey::generate_es384(),
            SigningAlgorithm::Rs256 => SigningKey::rs256(self.other_rsa_key()),
        }
        .expect("the key is well-formed, or random bytes are there")
    }

    /// The one that is not current.
    fn other_rsa_key(&self) -> &'static str {
        match self.retired.len() % 2 {
            0 => rsa::SECOND,
            _ => rsa::FIRST,
        }
    }

    /// The key of that name, current or retired.
    pub(crate) fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.generations()
            .flat_map(Generation::keys)
            .find(|key| key.kid == kid)
    }

    /// The published public keys, the current ones first.
    pub(crate) fn jwks(&self) -> Vec<Value> {
        self.jwks_at(u64::MAX)
    }

    /// Those that were published at a time, in seconds since 1970.
    pub(crate) fn jwks_at(&self, time: u64) -> Vec<Value> {
        let mut jwks = Vec::new();
        let was_published = |generation: &&Generation| generation.was_published_at(time);
        for generation in self.generations().filter(was_published) {
            for key in generation.keys() {
                // The two RSA keys come round again.
                if !jwks.contains(&key.jwk) {
                    jwks.push(key.jwk.clone());
                }
            }
        }
        jwks
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        std::iter::once(&self.current).chain(&self.retired)
    }
}

impl Generation {
    #[expect(
        clippy::expect_used,
        reason = "the fixed keys are constants, and without randomness there is no provider"
    )]
    fn new(es384: Result<SigningKey, Unspecified>, rsa_key: &str, made_at: u64) -> Self {
        Self {
            es384: es384.expect("the key is well-formed, or random bytes are there"),
            rs256: SigningKey::rs256(rsa_key).expect("the RSA key is well-formed"),
            made_at,
            unpublished_at: None,
        }
    }

    fn was_published_at(&self, time: u64) -> bool {
        self.made_at <= time && self.unpublished_at.is_none_or(|end| time < end)
    }

    fn keys(&self) -> [&SigningKey; 2] {
        [&self.es384, &self.rs256]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_started_anew_verifies_what_the_former_one_signed() {
        let former = KeyRing::new();
        let anew = KeyRing::new();

        for algorithm in [SigningAlgorithm::Es384, SigningAlgorithm::Rs256] {
            let key = former.signing_key(algorithm);
            let found = anew.find(&key.kid).unwrap();
            assert!(found.verifies(b"message", &key.sign(b"message")));
        }
    }

    #[test]
    fn a_rotation_makes_an_es384_key_that_never_was() {
        let kid_after_a_rotation = || {
            let mut ring = KeyRing::new();
            ring.rotate(true, 1);
            ring.signing_key(SigningAlgorithm::Es384).kid.clone()
        };

        assert_ne!(kid_after_a_rotation(), kid_after_a_rotation());
    }
}
