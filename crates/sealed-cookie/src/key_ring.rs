//! The application's secrets, from which all keys are derived.

use std::fmt;
use std::iter;
use std::sync::Arc;

#[cfg(feature = "testing")]
use crate::counters::Counters;
use crate::crypto::Hkdf;
use crate::hedged_random::HedgedRandom;
use crate::purpose::Purpose;
use crate::purpose_keys::{EXTRACT_SALT, PurposeKeys, random_key, record_key};
use crate::record_key::RecordKey;
use crate::sealer::Sealer;
use crate::secret::{CookieSecret, SecretError};

/// The secrets of an application. The first one seals; all of them open.
///
/// To replace a secret without losing cookies, first add the new secret behind the old one on every
/// instance of the application. Then put it before the old one. Otherwise an instance could receive
/// a cookie that it cannot open yet. Remove the old secret when the last cookie that it sealed has
/// expired.
///
/// `Debug` shows the number of secrets only.
#[derive(Clone)]
pub struct KeyRing {
    /// HKDF-Extract of the secret that seals.
    first: Hkdf,
    /// HKDF-Extract of the secrets that only open.
    additional: Arc<[Hkdf]>,
    #[cfg(feature = "testing")]
    counters: Arc<Counters>,
}

impl KeyRing {
    /// The most secrets of a key ring.
    pub const MAX_SECRETS: usize = 8;

    /// Makes a key ring of 1 to 8 secrets. The first one seals.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no secret, if there are more than 8, or if one is given twice.
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
        let [first, additional @ ..] = secrets.as_slice() else {
            return Err(SecretError::NoSecrets);
        };
        let extract = |secret: &CookieSecret| Hkdf::extract(EXTRACT_SALT, secret.expose());
        Ok(Self {
            first: extract(first),
            additional: additional.iter().map(extract).collect(),
            #[cfg(feature = "testing")]
            counters: Arc::default(),
        })
    }

    /// Derives the keys of one purpose and these contexts.
    ///
    /// A sealer only opens what a sealer with the same secret, purpose and contexts has sealed.
    /// Contexts separate deployments that share a secret, for example by the origin of the
    /// application and the name of the cookie. Their order and boundaries matter: `["a", "bc"]`
    /// differs from `["ab", "c"]`.
    #[must_use]
    pub fn sealer(&self, purpose: Purpose, contexts: &[&[u8]]) -> Sealer {
        let parts: Vec<_> = iter::once(purpose.name().as_bytes())
            .chain(contexts.iter().copied())
            .collect();
        Sealer::new(
            PurposeKeys::derive(&self.first, &self.additional, &parts),
            #[cfg(feature = "testing")]
            self.counters(),
        )
    }

    /// Returns a fingerprint of each secret in order, the one that seals first.
    ///
    /// Compare them to find out whether two instances have the same secrets, and so open each
    /// other's cookies. A fingerprint has four bytes and does not reveal the secret. Like a cookie,
    /// it lets anyone who has it test a guess of the secret, so write it to logs but not to pages.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        iter::once(&self.first)
            .chain(self.additional.iter())
            .map(Fingerprint::of)
    }

    /// Makes a source of random values that do not repeat even if the random bytes do.
    ///
    /// Its key is derived from the secret that seals. Values of another purpose or other contexts
    /// are unrelated.
    #[must_use]
    pub fn hedged_random(&self, purpose: Purpose, contexts: &[&[u8]]) -> HedgedRandom {
        let parts: Vec<_> = iter::once(purpose.name().as_bytes())
            .chain(contexts.iter().copied())
            .collect();
        HedgedRandom::new(random_key(&self.first, &parts))
    }

    /// Derives the key of the record that these contexts name, from the secret that seals.
    ///
    /// Two instances with the same secret get the same key, so both can begin the record. One of the contexts must
    /// be something that nobody can guess, or whoever learns the secret can open the record without its cookie.
    #[must_use]
    pub fn record_key(&self, contexts: &[&[u8]]) -> RecordKey {
        RecordKey::from_bytes(*record_key(&self.first, contexts))
    }

    /// Derives the keys that [`record_key`](Self::record_key) returns while each of the secrets seals, that of the
    /// first secret first.
    ///
    /// While the secrets are replaced, another instance may seal with one that only opens here. If it began the
    /// record, one of these keys opens it. Each is derived when the iterator reaches it.
    pub fn record_keys(&self, contexts: &[&[u8]]) -> impl Iterator<Item = RecordKey> {
        let secrets = iter::once(&self.first).chain(self.additional.iter());
        secrets.map(|secret| RecordKey::from_bytes(*record_key(secret, contexts)))
    }

    /// Returns counters of what all sealers of this key ring have done so far. For tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("secrets", &self.additional.len().saturating_add(1))
            .finish_non_exhaustive()
    }
}

/// Identifies a secret without revealing it; see [`KeyRing::fingerprints`].
///
/// `Display` writes its four bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 4]);

impl Fingerprint {
    fn of(secret: &Hkdf) -> Self {
        let mut bytes = [0; 4];
        secret.expand(&[b"fingerprint"], &mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}
