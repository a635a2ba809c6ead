//! The keys that verify signatures: the provider's public keys, and the client secret.

mod access_token_hash;
mod client_secret;
mod jwk;
mod key;
mod public_key;
mod signature;
mod verifying_key;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::key::Key;
pub(crate) use self::verifying_key::VerifyingKey;
use crate::json;
use crate::provider::SigningAlgorithm;
use crate::secret::Secret;

/// Providers have a handful of keys: the previous, the current and the next one for one or two
/// algorithms.
const MAX_KEYS: usize = 100;
const MAX_JSON_BYTES: usize = 256 * 1024;
/// How many keys are tried for one token. With a `kid` there is one; without, all keys of a type.
const MAX_TRIES: usize = 4;

/// What a signature is verified with.
#[derive(Clone, Copy)]
pub(crate) enum VerificationKeys<'k> {
    /// The provider's keys, which verify no HMAC: a public key is no secret.
    Public(&'k KeySet),
    /// The client secret, which verifies HMACs alone.
    ClientSecret(&'k Secret),
}

impl<'k> VerificationKeys<'k> {
    /// Returns the key that verifies a signature.
    pub(crate) fn verify(
        self,
        algorithm: SigningAlgorithm,
        kid: Option<&str>,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Option<VerifyingKey<'k>> {
        match self {
            Self::Public(keys) => keys.verify(algorithm, kid, signing_input, signature),
            Self::ClientSecret(secret) => {
                client_secret::verifies(secret, algorithm, signing_input, signature)
                    .then(|| VerifyingKey::new(algorithm, None))
            }
        }
    }
}

/// The keys of a JWK Set (RFC 7517 section 5) that can verify ID tokens.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

/// Why a document has no key that can verify ID tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySetError {
    /// It is not a JWK Set, or too large.
    Malformed(String),
    /// It is a JWK Set without such a key. The text says what it has instead.
    NoUsableKey(String),
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Option<Vec<&'a RawValue>>,
}

impl KeySet {
    /// Returns a set for a client that accepts no signatures by public keys.
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a JWK Set, which must have a key that can be used. Keys that cannot be used are skipped (RFC 7517 section 5).
    pub(crate) fn parse(document: &[u8]) -> Result<Self, KeySetError> {
        if document.len() > MAX_JSON_BYTES {
            return Err(KeySetError::Malformed(
                "it is larger than 256 KiB".to_owned(),
            ));
        }
        let document: Document<'_> = json::object_from_slice(document)
            .map_err(|error| KeySetError::Malformed(error.to_string()))?;
        let none = |what: String| Err(KeySetError::NoUsableKey(what));
        let Some(keys) = document.keys else {
            return none("it has no member `keys`".to_owned());
        };
        if keys.is_empty() {
            return none("its `keys` are empty".to_owned());
        }
        let mut usable = Vec::new();
        let mut others = BTreeSet::new();
        for jwk in keys.into_iter().take(MAX_KEYS) {
            match Key::parse(jwk.get()) {
                Ok(key) => usable.push(key),
                Err(other) => {
                    others.insert(other);
                }
            }
        }
        if usable.is_empty() {
            let others: Vec<_> = others.into_iter().collect();
            return none(format!("it has only {}", others.join(", ")));
        }
        Ok(Self(usable))
    }

    /// Returns whether there is a key with this `kid` for the algorithm.
    pub(crate) fn has(&self, algorithm: SigningAlgorithm, kid: &str) -> bool {
        self.0
            .iter()
            .any(|key| key.has_kid(kid) && key.is_for(algorithm))
    }

    /// Verifies a signature with the key that has this `kid`. If no key has it, the keys without `kid`
    /// are tried; if the token has no `kid`, all keys. Only keys for the algorithm are tried, at most
    /// four.
    fn verify(
        &self,
        algorithm: SigningAlgorithm,
        kid: Option<&str>,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Option<VerifyingKey<'_>> {
        // Some providers write the `kid` only in their tokens.
        let is_known = kid.is_some_and(|kid| self.0.iter().any(|key| key.has_kid(kid)));
        let is_candidate = |key: &&Key| match kid {
            None => true,
            Some(kid) if is_known => key.has_kid(kid),
            Some(_) => key.has_no_kid(),
        };
        self.0
            .iter()
            .filter(|key| key.is_for(algorithm))
            .filter(is_candidate)
            .take(MAX_TRIES)
            .find_map(|key| key.verify(algorithm, signing_input, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn count(json: &str) -> Option<usize> {
        KeySet::parse(json.as_bytes()).ok().map(|keys| keys.0.len())
    }

    #[test]
    fn bad_keys_are_skipped_and_good_ones_used() {
        let bad = r#"null, 1, "x", [], {}, {"kty":"RSA"}, {"kty":"OKP","crv":"Ed448","x":"AA"}"#;
        assert_eq!(
            count(&format!(r#"{{"keys":[{bad},{GOOD},{bad}],"other":1}}"#)),
            Some(1)
        );
    }

    #[test]
    fn the_number_of_keys_and_the_size_are_bounded() {
        let many = vec![GOOD; 101].join(",");
        assert_eq!(count(&format!(r#"{{"keys":[{many}]}}"#)), Some(100));
        let padded = |length: usize| {
            let short = format!(r#"{{"keys":[{GOOD}],"x":""}}"#);
            short.replace(
                r#""""#,
                &format!("\"{}\"", "x".repeat(length - short.len())),
            )
        };
        assert_eq!(count(&padded(MAX_JSON_BYTES)), Some(1));
        assert_eq!(count(&padded(MAX_JSON_BYTES + 1)), None);
        let large = "x".repeat(MAX_JSON_BYTES);
        assert_eq!(
            count(&format!(r#"{{"keys":[{GOOD}],"x":"{large}"}}"#)),
            None
        );
    }

    #[test]
    fn a_document_that_is_not_a_key_set_is_refused() {
        for json in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":[],"keys":[]}"#,
        ] {
            assert_eq!(count(json), None, "{json}");
        }
    }
}
