//! The keys of one purpose, and the keys of one sealed value that are derived from them.

use std::iter;

use zeroize::Zeroizing;

use crate::crypto::{self, Hkdf, Hmac, KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH};

/// `K` and `H` of one purpose (`FORMAT.md`), stored as HMAC states that have read the key. A
/// derivation then costs four blocks of SHA-256.
pub(crate) struct PurposeKeys {
    /// `K` of the first secret.
    seal: Hkdf,
    /// `H` of the first secret.
    salt: Hmac,
    /// `K` of the secrets that only open.
    additional: Box<[Hkdf]>,
}

impl PurposeKeys {
    /// Derives the keys for these parts: the purpose and its contexts.
    pub(crate) fn derive(first: &Hkdf, additional: &[Hkdf], parts: &[&[u8]]) -> Self {
        let parts = prefixed(parts);
        let seal = |secret: &Hkdf| Hkdf::from_key(&expand(secret, b"seal", &parts));
        Self {
            seal: seal(first),
            salt: Hmac::new(&expand(first, b"salt", &parts)),
            additional: additional.iter().map(seal).collect(),
        }
    }

    /// The salt of one sealed value.
    ///
    /// A virtual machine that is cloned or resumed from a snapshot can produce the same random
    /// bytes twice, and under GCM a repeated pair of key and nonce allows forgeries. As the salt
    /// also hashes what is sealed, it only repeats for the same value.
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
        let output = hmac.finish();
        salt.iter_mut()
            .zip(output)
            .for_each(|(salt, byte)| *salt = byte);
        salt
    }

    /// The keys that seal a new value.
    pub(crate) fn for_sealing(&self, version: u8, salt: &[u8; SALT_LENGTH]) -> SealKeys {
        SealKeys::derive(&self.seal, version, salt)
    }

    /// The keys of a sealed value if the first secret sealed it, if the second did, and so on. They
    /// are derived one by one, when the iterator advances.
    pub(crate) fn for_opening(
        &self,
        version: u8,
        salt: &[u8; SALT_LENGTH],
    ) -> impl Iterator<Item = SealKeys> {
        let secrets = iter::once(&self.seal).chain(&self.additional);
        secrets.map(move |secret| SealKeys::derive(secret, version, salt))
    }
}

/// The key for random values of these parts, stored as an HMAC state that has read it.
pub(crate) fn random_key(secret: &Hkdf, parts: &[&[u8]]) -> Hmac {
    Hmac::new(&expand(secret, b"random", &prefixed(parts)))
}

/// The key of the record that these parts name.
pub(crate) fn record_key(secret: &Hkdf, parts: &[&[u8]]) -> Zeroizing<[u8; KEY_LENGTH]> {
    expand(secret, b"record", &prefixed(parts))
}

/// The key and nonce of one sealed value, and the commitment to the secret that they are derived
/// from.
///
/// With AES-GCM alone, anyone who knows two keys can make a ciphertext that is authentic under
/// both. With the commitment, it opens under one of them only.
pub(crate) struct SealKeys {
    key: Zeroizing<[u8; KEY_LENGTH]>,
    nonce: [u8; NONCE_LENGTH],
    pub(crate) commitment: [u8; COMMITMENT_LENGTH],
}

impl SealKeys {
    fn derive(secret: &Hkdf, version: u8, salt: &[u8; SALT_LENGTH]) -> Self {
        let mut output = Zeroizing::new([0; KEY_LENGTH + NONCE_LENGTH + COMMITMENT_LENGTH]);
        secret.expand(&[&[version], salt], &mut output);

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

    /// Encrypts the body in place, and returns the tag. `None` if the body is too long for AES-GCM.
    pub(crate) fn encrypt(
        &self,
        associated_data: &[u8],
        body: &mut [u8],
    ) -> Option<[u8; TAG_LENGTH]> {
        crypto::encrypt(&self.key, &self.nonce, associated_data, body)
    }

    /// Decrypts the body in place. `None` if it is not authentic; the body may then have any content.
    /// This expands the AES key, which is expensive, so it is done only after the commitment matched.
    pub(crate) fn decrypt(
        &self,
        associated_data: &[u8],
        body: &mut [u8],
        tag: &[u8; TAG_LENGTH],
    ) -> Option<()> {
        crypto::decrypt(&self.key, &self.nonce, associated_data, body, tag)
    }
}

pub(crate) const RANDOM_LENGTH: usize = 32;
/// With 20 bytes of salt, the input of every HMAC in a derivation fits into one block.
pub(crate) const SALT_LENGTH: usize = 20;
pub(crate) const COMMITMENT_LENGTH: usize = 20;

// Exactly two blocks of HKDF-SHA256.
const _: () = assert!(KEY_LENGTH + NONCE_LENGTH + COMMITMENT_LENGTH == 64);

/// The length that is written before each part, so that two different lists of parts never have the
/// same bytes.
pub(crate) fn length_prefix(part: &[u8]) -> [u8; 4] {
    #[expect(
        clippy::expect_used,
        reason = "the application chooses the parts, and they are short names"
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

fn expand(secret: &Hkdf, label: &[u8], parts: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    secret.expand(&[label, parts], &mut key);
    key
}

/// The salt of HKDF-Extract, which distinguishes our keys from others of the same secret.
pub(crate) const EXTRACT_SALT: &[u8] = b"tower-oidc/seal/v1";
