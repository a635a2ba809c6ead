//! The private keys of the client. `ring` signs with them, in constant time.

mod jwk;
mod pair;
mod pem;

use std::fmt;
use std::sync::Arc;

use base64_simd::URL_SAFE_NO_PAD;

use self::pair::{Pair, SETTING};
use crate::config_error::ConfigError;
use crate::crypto::{self, HashFunction};
use crate::provider::SigningAlgorithm;

/// A private key by which the client authenticates (`private_key_jwt`), for ES256, ES384, EdDSA with
/// Ed25519, RS256 or PS256.
///
/// It is given to [`Provider::client_private_keys`](crate::Provider::client_private_keys). `Debug` shows
/// its identifier and its type only.
///
/// ```no_run
/// use relying_party::{ClientKey, SigningAlgorithm};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client-key.pem
/// let key = ClientKey::from_pem(std::fs::read("client-key.pem")?)?;
/// println!("register this at the provider: {}", key.public_jwk());
///
/// let rsa = ClientKey::from_pem(std::fs::read("rsa-key.pem")?)?.algorithm(SigningAlgorithm::Ps256);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ClientKey {
    pair: Arc<Pair>,
    algorithm: Option<SigningAlgorithm>,
    kid: String,
}

impl ClientKey {
    /// Reads a key in PEM: PKCS#8 (`PRIVATE KEY`), or the older `RSA PRIVATE KEY` and `EC PRIVATE KEY`.
    ///
    /// # Errors
    ///
    /// It is not a private key, it is encrypted, or its type is not supported: P-256, P-384, Ed25519,
    /// and RSA with 2048 to 4096 bits are.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        pem::parse(pem.as_ref()).map(Self::of)
    }

    /// Reads a key as a JWK (RFC 7517, RFC 7518 section 6). Its `kid` and its `alg` are used, if it has
    /// them.
    ///
    /// # Errors
    ///
    /// It is not a private key for signatures, or its type is not supported; see
    /// [`from_pem`](Self::from_pem).
    pub fn from_jwk(json: &str) -> Result<Self, ConfigError> {
        let jwk = jwk::parse(json)?;
        let key = Self {
            algorithm: jwk.algorithm,
            ..Self::of(jwk.pair)
        };
        Ok(match jwk.kid {
            Some(kid) => key.kid(kid),
            None => key,
        })
    }

    /// Sets the identifier of the key, which the assertions name (`kid`). The default is that of the
    /// JWK, or else the thumbprint of the public key (RFC 7638), which never changes.
    #[must_use]
    pub fn kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = kid.into();
        self
    }

    /// Sets the signature algorithm, whatever the provider's metadata list. Only RSA keys have a choice:
    /// the default is RS256, or PS256 if the metadata list only that one of the two.
    #[must_use]
    pub fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Returns the identifier of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.kid
    }

    /// Returns the public key as a JWK. It has `use` and `kid`, and `alg` unless the algorithm of an RSA
    /// key is left to the provider's metadata. It never has a private member.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        let kid = serde_json::Value::from(self.kid.as_str());
        let alg = match self.pair.algorithms() {
            [only] => Some(*only),
            _ => self.algorithm,
        };
        let alg = alg.map_or_else(String::new, |alg| format!(r#","alg":"{alg}""#));
        let members = self.pair.public_members();
        format!(r#"{{{members},"kid":{kid},"use":"sig"{alg}}}"#)
    }

    fn of(pair: Pair) -> Self {
        // RFC 7638 section 3: the required members, in lexicographic order.
        let members = format!("{{{}}}", pair.public_members());
        let thumbprint = crypto::hash(HashFunction::Sha256, members.as_bytes());
        Self {
            pair: Arc::new(pair),
            algorithm: None,
            kid: URL_SAFE_NO_PAD.encode_to_string(thumbprint),
        }
    }

    /// Checks the settings of all keys.
    pub(crate) fn check_all(keys: &[Self]) -> Result<(), ConfigError> {
        for (number, key) in keys.iter().enumerate() {
            let fits = |set| key.pair.algorithms().contains(&set);
            if !key.algorithm.is_none_or(fits) {
                return Err(ConfigError::new(
                    SETTING,
                    "must have an algorithm that fits the type of the key",
                    "use ES256 with P-256, ES384 with P-384, EdDSA with Ed25519, RS256 or PS256 with \
                     RSA, or do not set the algorithm",
                ));
            }
            let is_visible = key.kid.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
            if key.kid.is_empty() || !is_visible {
                return Err(ConfigError::new(
                    SETTING,
                    "must have a `kid` of visible ASCII characters",
                    "do not set it, so that it is the thumbprint of the key",
                ));
            }
            if keys.iter().take(number).any(|other| other.kid == key.kid) {
                return Err(ConfigError::new(
                    SETTING,
                    "must be keys with different `kid`",
                    "remove the one that is there twice",
                ));
            }
        }
        Ok(())
    }

    /// Returns the algorithm that is set, or else the first that the key can use and that is listed.
    pub(crate) fn algorithm_among(&self, listed: Option<&[String]>) -> Option<SigningAlgorithm> {
        if self.algorithm.is_some() {
            return self.algorithm;
        }
        let is_listed =
            |name: &str| listed.is_none_or(|list| list.iter().any(|listed| listed == name));
        let mut possible = self.pair.algorithms().iter().copied();
        possible.find(|algorithm| is_listed(algorithm.as_str()))
    }

    /// Returns whether it is the same pair of keys, whatever identifier and algorithm are set.
    pub(crate) fn is_same_pair(&self, other: &Self) -> bool {
        self.pair.public_members() == other.pair.public_members()
    }

    /// Returns whether it is the same pair with the same identifier and algorithm.
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        self.is_same_pair(other) && self.kid == other.kid && self.algorithm == other.algorithm
    }

    /// Returns whether the key is of the type for this algorithm.
    pub(crate) fn can_sign(&self, algorithm: SigningAlgorithm) -> bool {
        self.pair.algorithms().contains(&algorithm)
    }

    pub(crate) fn possible_algorithms(&self) -> String {
        let names = self.pair.algorithms().iter();
        let names: Vec<&str> = names.map(|it| it.as_str()).collect();
        names.join(" or ")
    }

    pub(crate) fn sign(&self, algorithm: SigningAlgorithm, input: &[u8]) -> Option<Vec<u8>> {
        self.pair.sign(algorithm, input)
    }
}

/// Returns the public keys as a JWK Set.
pub(crate) fn key_set(keys: &[ClientKey]) -> String {
    let keys: Vec<String> = keys.iter().map(ClientKey::public_jwk).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey")
            .field("kid", &self.kid)
            .field("algorithms", &self.pair.algorithms())
            .finish_non_exhaustive()
    }
}
