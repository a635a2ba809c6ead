//! From secrets to the keys of one purpose.

use std::fmt;
use std::iter;
use std::sync::Arc;

use hkdf::Hkdf;
use sha2::Sha256;

#[cfg(feature = "testing")]
use crate::counters::Counters;
use crate::hedged_random::HedgedRandom;
use crate::purpose_keys::{PurposeKeys, random_key};
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
        let parts: Vec<_> = iter::once(purpose.0.as_bytes())
            .chain(contexts.iter().copied())
            .collect();
        Sealer::new(
            PurposeKeys::derive(&self.first, &self.older, &parts),
            #[cfg(feature = "testing")]
            self.counters(),
        )
    }

    /// A mark of each secret in order, the sealing one first: instances whose first marks are equal
    /// open each other's cookies.
    ///
    /// Four bytes that are derived from a secret and say nothing else of it. Like a cookie, they let
    /// their holder test a guess, so they are for logs and not for pages.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        iter::once(&self.first)
            .chain(self.older.iter())
            .map(Fingerprint::of)
    }

    /// A source of random values that stay new when the random bytes repeat, under a key of the secret
    /// that seals. Values of another purpose, or other contexts, are unrelated.
    #[must_use]
    pub fn hedged_random(&self, purpose: Purpose, contexts: &[&[u8]]) -> HedgedRandom {
        let parts: Vec<_> = iter::once(purpose.0.as_bytes())
            .chain(contexts.iter().copied())
            .collect();
        HedgedRandom::new(random_key(&self.first, &parts))
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

/// A mark by which operators compare secrets, shown in hexadecimal; see
/// [`KeyRing::fingerprints`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 4]);

impl Fingerprint {
    fn of(secret: &Hkdf<Sha256>) -> Self {
        let mut bytes = [0; 4];
        #[expect(
            clippy::expect_used,
            reason = "HKDF-SHA256 expands to 8,160 bytes, RFC 5869 section 2.3"
        )]
        secret
            .expand(b"fingerprint", &mut bytes)
            .expect("4 bytes are not too many");
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
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

    /// The provider's URL that ends the session there, between the answer to a script and the
    /// navigation that follows.
    pub const LOGOUT_URL: Self = Self::new("logout-url");

    /// Random values.
    pub const RANDOM: Self = Self::new("random");

    /// Another purpose. The name is part of the wire format: one that changes orphans all that was
    /// sealed for it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

const EXTRACT_SALT: &[u8] = b"tower-oidc/seal/v1";
