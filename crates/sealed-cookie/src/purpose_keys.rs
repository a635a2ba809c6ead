//! The keys of one purpose, and from them the keys of one seal.

use std::iter;

use aes_gcm::{Aes256Gcm, Key};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// `K` and `H` of one purpose, as the states they leave HMAC in: a derivation then costs four
/// blocks of SHA-256.
pub(crate) struct PurposeKeys {
    /// `K` of the first secret.
    seal: Hkdf<Sha256>,
    /// `H` of the first secret.
    salt: Hmac<Sha256>,
    /// `K` of the secrets that only open.
    older: Box<[Hkdf<Sha256>]>,
}

impl PurposeKeys {
    /// Expands the extracted secrets for these parts, the purpose and its contexts.
    pub(crate) fn derive(first: &Hkdf<Sha256>, older: &[Hkdf<Sha256>], parts: &[&[u8]]) -> Self {
        let parts = prefixed(parts);
        let seal = |secret: &Hkdf<Sha256>| {
            #[expect(clippy::expect_used, reason = "HKDF-SHA256 takes a key of 32 bytes")]
            Hkdf::from_prk(&*expand(secret, b"seal", &parts))
                .expect("the key is as long as the hash")
        };
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let salt =
            Hmac::new_from_slice(&*expand(first, b"salt", &parts)).expect("HMAC takes any key");
        Self {
            seal: seal(first),
            salt,
            older: older.iter().map(seal).collect(),
        }
    }

    /// The salt of one seal.
    ///
    /// Random bytes alone repeat in a machine that was cloned or resumed, and a repeated key and
    /// nonce is a forgery under GCM. Hashed with what is sealed, they repeat only for the same
    /// value.
    pub(crate) fn hedged_salt(
        &self,
        random: &[u8; RANDOM_LENGTH],
        extra: &[u8],
        plaintext: &[u8],
    ) -> [u8; SALT_LENGTH] {
        let mut hmac = self.salt.clone();
        hmac.update(random);
        hmac.update(&length_prefix(extra));
        hmac.update(extra);
        hmac.update(plaintext);
        let mut salt = [0; SALT_LENGTH];
        let output = hmac.finalize().into_bytes();
        salt.iter_mut()
            .zip(output)
            .for_each(|(salt, byte)| *salt = byte);
        salt
    }

    /// The keys of a new seal.
    pub(crate) fn for_sealing(&self, version: u8, salt: &[u8; SALT_LENGTH]) -> SealKeys {
        SealKeys::derive(&self.seal, version, salt)
    }

    /// The keys that a seal has if the first secret made it, if the second did, and so on. Each is
    /// derived when it is asked for.
    pub(crate) fn for_opening(
        &self,
        version: u8,
        salt: &[u8; SALT_LENGTH],
    ) -> impl Iterator<Item = SealKeys> {
        let secrets = iter::once(&self.seal).chain(&self.older);
        secrets.map(move |secret| SealKeys::derive(secret, version, salt))
    }
}

/// The key for random values of these parts, as the state it leaves HMAC in.
pub(crate) fn random_key(secret: &Hkdf<Sha256>, parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    Hmac::new_from_slice(&*expand(secret, b"random", &prefixed(parts))).expect("HMAC takes any key")
}

/// The key and nonce of one seal, and the commitment to the secret that derived them.
///
/// AES-GCM alone lets one who knows two keys make a value that opens under both; the commitment
/// lets it open under one.
pub(crate) struct SealKeys {
    key: Zeroizing<[u8; KEY_LENGTH]>,
    pub(crate) nonce: [u8; NONCE_LENGTH],
    pub(crate) commitment: [u8; COMMITMENT_LENGTH],
}

impl SealKeys {
    fn derive(secret: &Hkdf<Sha256>, version: u8, salt: &[u8; SALT_LENGTH]) -> Self {
        let mut output = Zeroizing::new([0; KEY_LENGTH + NONCE_LENGTH + COMMITMENT_LENGTH]);
        #[expect(
            clippy::expect_used,
            reason = "HKDF-SHA256 expands to 8,160 bytes, RFC 5869 section 2.3"
        )]
        secret
            .expand_multi_info(&[&[version], salt], &mut *output)
            .expect("64 bytes are not too many");

        let (key, rest) = output.split_at(KEY_LENGTH);
        let (nonce, commitment) = rest.split_at(NONCE_LENGTH);
        let mut keys = Self {
            key: Zeroizing::new([0; KEY_LENGTH]),
            nonce: [0; NONCE_LENGTH],
            commitment: [0; COMMITMENT_LENGTH],
        };
        keys.key.copy_from_slice(key);
        keys.nonce.copy_from_slice(nonce);
        keys.commitment.copy_from_slice(commitment);
        keys
    }

    /// Schedules the key, which a value without a matching commitment is not worth.
    pub(crate) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(<&Key<Aes256Gcm>>::from(&*self.key))
    }
}

pub(crate) const RANDOM_LENGTH: usize = 32;
/// With 20 bytes of salt, the info of every derivation leaves HMAC's input in one block.
pub(crate) const SALT_LENGTH: usize = 20;
pub(crate) const COMMITMENT_LENGTH: usize = 20;
const KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 12;

// Two blocks of HKDF-SHA256, no byte of which is wasted.
const _: () = assert!(KEY_LENGTH + NONCE_LENGTH + COMMITMENT_LENGTH == 64);

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

fn prefixed(parts: &[&[u8]]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| [&length_prefix(part), *part].concat())
        .collect()
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
