//! Random values that are unique and secret even if the random bytes repeat.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::crypto::Hmac;
use crate::entropy::{Entropy, EntropyError};
use crate::purpose_keys::{RANDOM_LENGTH, length_prefix};

/// Makes values that nobody can guess and that do not repeat, such as session ids (compare RFC
/// 8937).
///
/// A virtual machine that is cloned, or rolled back to a snapshot, can produce the same random
/// bytes twice. Therefore each value is an HMAC-SHA-256 over 32 random bytes, the number of the
/// value, and what the caller adds, such as the time and a part of the request. If any of these
/// differs, the value differs. The key is derived from the cookie secret: to guess a value, one has
/// to know both the secret and the random bytes.
///
/// [`KeyRing::hedged_random`](crate::KeyRing::hedged_random) makes it. Clones share the number of
/// the next value.
///
/// ```
/// # use sealed_cookie::{CookieSecret, Entropy, KeyRing, OsEntropy, Purpose};
/// # let mut random = [0; 32];
/// # OsEntropy.fill(&mut random)?;
/// # let secret = format!("{random:x?}");
/// let ring = KeyRing::new([CookieSecret::new(secret)?])?;
/// let random = ring.hedged_random(Purpose::RANDOM, &[]);
/// let id = random.value::<16>(&[b"session", b"2026-01-01T00:00:00.000000001Z"], &OsEntropy)?;
/// assert_ne!(id, random.value::<16>(&[b"session", b"2026-01-01T00:00:00.000000001Z"], &OsEntropy)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HedgedRandom {
    key: Hmac,
    next_number: Arc<AtomicU64>,
}

impl HedgedRandom {
    pub(crate) fn new(key: Hmac) -> Self {
        Self {
            key,
            next_number: Arc::default(),
        }
    }

    /// Makes a new value of `N` bytes, at most 32.
    ///
    /// The boundaries of `inputs` matter: `["a", "bc"]` differs from `["ab", "c"]`.
    ///
    /// # Errors
    ///
    /// Returns an error if random bytes are not available. The other inputs cannot replace them.
    pub fn value<const N: usize>(
        &self,
        inputs: &[&[u8]],
        entropy: &dyn Entropy,
    ) -> Result<Zeroizing<[u8; N]>, EntropyError> {
        const { assert!(N <= 32, "HMAC-SHA-256 gives 32 bytes") };
        let mut random = Zeroizing::new([0; RANDOM_LENGTH]);
        entropy.fill(&mut *random)?;
        let mut hmac = self.key.clone();
        hmac.update(&*random);
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        hmac.update(&number.to_be_bytes());
        for input in inputs {
            hmac.update(&length_prefix(input));
            hmac.update(input);
        }
        let output = hmac.finish();
        let mut value = Zeroizing::new([0; N]);
        value
            .iter_mut()
            .zip(output)
            .for_each(|(to, from)| *to = from);
        Ok(value)
    }
}

impl fmt::Debug for HedgedRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HedgedRandom").finish_non_exhaustive()
    }
}
