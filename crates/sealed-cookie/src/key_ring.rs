//! From secrets to the keys of one purpose.

use std::fmt;
use std::iter;
use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

#[cfg(feature = "testing")]
use crate::counters::Counters;
use crate::sealer::Sealer;
use crate::secret::{CookieSecret, SecretError};

/// The secrets of an application: the first seals, all of them open.
///
/// A secret is replaced in two steps, so that no instance meets a cookie it cannot open: first
/// every instance is given the new secret in second place, then every instance has it in first
/// place. The old one can go when the last cookie that it sealed has expired.
#[derive(Clone)]
pub struct KeyRing {
    /// HKDF-Extract of the secret that seals.
    first: Hkdf<Sha256>,
    /// The same of those that only open.
    older: Arc<[Hkdf<Sha256>]>,
    #[cfg(feature = "testing")]
    counters: Arc<Counters>,
}

impl KeyRing {
    /// The most secrets of a ring.
    pub const MAX_SECRETS: usize = 8;

    /// Takes 1 to 8 secrets, the one that seals first.
    ///
    /// # Errors
    ///
    /// When there is no secret, one secret twice, or more than 8.
    pub fn new(secrets: impl IntoIterator<Item = CookieSecret>) -> Result<Self, SecretError> {
        let secrets: Vec<_> = secrets.into_iter().collect();
        if secrets.len() > Self::MAX_SECRETS {
            return Err(SecretError::TooMany {
                count: secrets.len(),
            });
        }
        for (second, secret) in secrets.iter().enumerate() {
            if let Some(first) = secrets
                .iter()
                .take(second)
                .position(|other| other.equals(secret))
            {
                return Err(SecretError::Duplicate { first, second });
            }
        }
        let [first, older @ ..] = secrets.as_slice() else {
            return Err(SecretError::NoSecrets);
        };
        let extract = |secret: &CookieSecret| Hkdf::new(Some(EXTRACT_SALT), secret.expose());
        Ok(Self {
            first: extract(first),
            older: older.iter().map(extract).collect(),
            #[cfg(feature = "testing")]
            counters: Arc::default(),
        })
    }

    /// Derives the keys of one purpose, in these contexts.
    ///
    /// A sealer opens only what a sealer of the same secret, purpose and contexts sealed. Contexts
    /// keep deployments apart that share a secret: the origin of the application, the name of the
    /// cookie. Their order and borders count, `["a", "bc"]` and `["ab", "c"]` are different.
    #[must_use]
    pub fn sealer(&self, purpose: Purpose, contexts: &[&[u8]]) -> Sealer {
        let mut parts = Vec::new();
        for part in [purpose.0.as_bytes()].iter().chain(contexts) {
            parts.extend_from_slice(&length_prefix(part));
            parts.extend_from_slice(part);
        }
        Sealer::new(
            PurposeKeys {
                seal: seal_key(&self.first, &parts),
                salt: salt_key(&self.first, &parts),
                older: self
                    .older
                    .iter()
                    .map(|secret| seal_key(secret, &parts))
                    .collect(),
            },
            #[cfg(feature = "testing")]
            self.counters(),
        )
    }

    /// What all sealers of this ring have done so far.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("older", &self.older.len())
            .finish_non_exhaustive()
    }
}

/// What a seal is for: a value sealed for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A signed-in session.
    pub const SESSION: Self = Self::new("session");

    /// A sign-in that has begun.
    pub const TRANSACTION: Self = Self::new("txn");

    /// The way back from a sign-out at the provider.
    pub const LOGOUT: Self = Self::new("logout");

    /// Another purpose. The name is part of the wire format: one that changes orphans all that was
    /// sealed for it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// The keys of one purpose, as the states they leave HMAC in.
pub(crate) struct PurposeKeys {
    /// `K` of the first secret, which keys each seal by HKDF-Expand.
    pub(crate) seal: Hkdf<Sha256>,
    /// `H` of the first secret, which keys the salt by HMAC.
    pub(crate) salt: Hmac<Sha256>,
    /// `K` of the secrets that only open.
    pub(crate) older: Box<[Hkdf<Sha256>]>,
}

impl PurposeKeys {
    /// `K` of every secret, in the order in which they are tried.
    pub(crate) fn opening(&self) -> impl Iterator<Item = &Hkdf<Sha256>> {
        iter::once(&self.seal).chain(&self.older)
    }
}

/// The length that goes before a part which others follow, so that no two lists of parts are the
/// same bytes.
pub(crate) fn length_prefix(part: &[u8]) -> [u8; 4] {
    #[expect(
        clippy::expect_used,
        reason = "parts are names the application chose, not 4 GiB of them"
    )]
    u32::try_from(part.len())
        .expect("a part is shorter than 4 GiB")
        .to_be_bytes()
}

const EXTRACT_SALT: &[u8] = b"tower-oidc/seal/v1";

#[expect(clippy::expect_used, reason = "HKDF-SHA256 takes a key of 32 bytes")]
fn seal_key(secret: &Hkdf<Sha256>, parts: &[u8]) -> Hkdf<Sha256> {
    Hkdf::from_prk(&*expand(secret, b"seal", parts)).expect("the key has the length of the hash")
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn salt_key(secret: &Hkdf<Sha256>, parts: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(&*expand(secret, b"salt", parts)).expect("HMAC takes any key")
}

fn expand(secret: &Hkdf<Sha256>, label: &[u8], parts: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA256 expands to 8,160 bytes, RFC 5869 section 2.3"
    )]
    secret
        .expand_multi_info(&[label, parts], &mut *key)
        .expect("32 bytes are not too many");
    key
}
