//! The current signing keys, and those before a rotation.

use ring::error::Unspecified;
use serde_json::Value;

use super::{SigningAlgorithm, SigningKey, es384, rsa};

pub(crate) struct SigningKeys {
    current: Generation,
    /// They no longer sign, but still verify an `id_token_hint`.
    retired: Vec<Generation>,
}

struct Generation {
    es384: SigningKey,
    rs256: SigningKey,
    /// Seconds since 1970.
    created_at: u64,
    /// Seconds since 1970.
    unpublished_at: Option<u64>,
}

impl SigningKeys {
    pub(crate) fn new() -> Self {
        Self {
            current: Generation::new(SigningKey::es384(es384::FIRST), rsa::FIRST, 0),
            retired: Vec::new(),
        }
    }

    /// Replaces the keys. `now` is in seconds since 1970. With `keep_old`, the old keys remain
    /// published.
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

    /// A key that does not sign.
    #[expect(
        clippy::expect_used,
        reason = "the fixed keys are constants, and a provider needs random bytes anyway"
    )]
    pub(crate) fn wrong_key(&self, algorithm: SigningAlgorithm) -> SigningKey {
        match algorithm {
            SigningAlgorithm::Es384 => SigningKey::generate_es384(),
            SigningAlgorithm::Rs256 => SigningKey::rs256(self.other_rsa_key()),
        }
        .expect("the key is well-formed, or random bytes are available")
    }

    /// The RSA key that is not the current one.
    fn other_rsa_key(&self) -> &'static str {
        match self.retired.len() % 2 {
            0 => rsa::SECOND,
            _ => rsa::FIRST,
        }
    }

    /// The current or retired key with this id.
    pub(crate) fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.generations()
            .flat_map(Generation::keys)
            .find(|key| key.kid == kid)
    }

    /// The published public keys, the current ones first.
    pub(crate) fn jwks(&self) -> Vec<Value> {
        self.jwks_at(u64::MAX)
    }

    /// The public keys that were published at this time, in seconds since 1970.
    pub(crate) fn jwks_at(&self, time: u64) -> Vec<Value> {
        let mut jwks = Vec::new();
        let was_published = |generation: &&Generation| generation.was_published_at(time);
        for generation in self.generations().filter(was_published) {
            for key in generation.keys() {
                // With only two RSA keys, a rotation uses an earlier one again.
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
        reason = "the fixed keys are constants, and a provider needs random bytes anyway"
    )]
    fn new(es384: Result<SigningKey, Unspecified>, rsa_key: &str, created_at: u64) -> Self {
        Self {
            es384: es384.expect("the key is well-formed, or random bytes are available"),
            rs256: SigningKey::rs256(rsa_key).expect("the RSA key is well-formed"),
            created_at,
            unpublished_at: None,
        }
    }

    fn was_published_at(&self, time: u64) -> bool {
        self.created_at <= time && self.unpublished_at.is_none_or(|end| time < end)
    }

    fn keys(&self) -> [&SigningKey; 2] {
        [&self.es384, &self.rs256]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restarted_provider_verifies_earlier_signatures() {
        let before = SigningKeys::new();
        let after = SigningKeys::new();

        for algorithm in [SigningAlgorithm::Es384, SigningAlgorithm::Rs256] {
            let key = before.signing_key(algorithm);
            let found = after.find(&key.kid).unwrap();
            assert!(found.verifies(b"message", &key.sign(b"message")));
        }
    }

    #[test]
    fn every_rotation_generates_another_es384_key() {
        let kid_after_a_rotation = || {
            let mut ring = SigningKeys::new();
            ring.rotate(true, 1);
            ring.signing_key(SigningAlgorithm::Es384).kid.clone()
        };

        assert_ne!(kid_after_a_rotation(), kid_after_a_rotation());
    }
}
