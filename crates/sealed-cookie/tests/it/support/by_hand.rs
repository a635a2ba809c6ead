//! A second implementation of `FORMAT.md`, so that tests can make values that the crate refuses to
//! make.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

pub(crate) struct Seal<'a> {
    pub(crate) version: u8,
    pub(crate) secret: &'a [u8],
    pub(crate) purpose: &'a str,
    pub(crate) contexts: &'a [&'a [u8]],
    pub(crate) extra: &'a [u8],
    pub(crate) random: [u8; 32],
    pub(crate) plaintext: &'a [u8],
}

impl Seal<'_> {
    pub(crate) fn prk(&self) -> [u8; 32] {
        hmac(b"tower-oidc/seal/v1", &[self.secret])
    }

    pub(crate) fn fingerprint(&self) -> [u8; 4] {
        let bytes = hmac(&self.prk(), &[b"fingerprint", &[1]]);
        bytes[..4].try_into().unwrap()
    }

    pub(crate) fn purpose_key(&self, label: &str) -> [u8; 32] {
        let mut info = label.as_bytes().to_vec();
        for part in [self.purpose.as_bytes()].iter().chain(self.contexts) {
            info.extend(prefixed(part));
        }
        hmac(&self.prk(), &[&info, &[1]])
    }

    pub(crate) fn salt(&self) -> [u8; 20] {
        let key = self.purpose_key("salt");
        hmac(&key, &[&self.random, &prefixed(self.extra), self.plaintext])[..20]
            .try_into()
            .unwrap()
    }

    pub(crate) fn okm(&self, salt: &[u8]) -> [u8; 64] {
        let key = self.purpose_key("seal");
        let first = hmac(&key, &[&[1], salt, &[1]]);
        let second = hmac(&key, &[&first, &[1], salt, &[2]]);
        [first, second].concat().try_into().unwrap()
    }

    pub(crate) fn blob(&self) -> Vec<u8> {
        let salt = self.salt();
        let okm = self.okm(&salt);
        let header = [&[self.version], salt.as_slice(), &okm[44..]].concat();
        let aad = [&header, self.extra].concat();
        let ciphertext = Aes256Gcm::new_from_slice(&okm[..32])
            .unwrap()
            .encrypt(
                &nonce(&okm),
                Payload {
                    msg: self.plaintext,
                    aad: &aad,
                },
            )
            .unwrap();
        [header, ciphertext].concat()
    }
}

pub(crate) fn nonce(okm: &[u8; 64]) -> Nonce<aes_gcm::aead::consts::U12> {
    Nonce::try_from(&okm[32..44]).unwrap()
}

pub(crate) fn encode(blob: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(blob)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
}

fn prefixed(part: &[u8]) -> Vec<u8> {
    [&u32::try_from(part.len()).unwrap().to_be_bytes(), part].concat()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().into()
}
