//! Project Wycheproof's vectors for the primitives, as this crate configures them.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::support::fields::blocks;

/// K-08
#[test]
fn aes_gcm_agrees_with_wycheproof() {
    let vectors: Vec<_> = blocks(include_str!("../wycheproof/aes_256_gcm.txt")).collect();
    assert_eq!(vectors.len(), 66);
    for vector in vectors {
        let cipher = Aes256Gcm::new_from_slice(&vector.bytes("key")).unwrap();
        let nonce = Nonce::try_from(vector.bytes("iv").as_slice()).unwrap();
        let ciphertext = [vector.bytes("ct"), vector.bytes("tag")].concat();
        let aad = vector.bytes("aad");
        let opened = cipher
            .decrypt(
                &nonce,
                Payload {
                    msg: &ciphertext,
                    aad: &aad,
                },
            )
            .ok();
        let valid = (vector.one("result") == "valid").then(|| vector.bytes("msg"));
        assert_eq!(opened, valid, "vector {}", vector.one("id"));

        if let Some(message) = valid {
            let sealed = cipher.encrypt(
                &nonce,
                Payload {
                    msg: &message,
                    aad: &aad,
                },
            );
            assert_eq!(sealed.unwrap(), ciphertext, "vector {}", vector.one("id"));
        }
    }
}

/// K-08
#[test]
fn hkdf_agrees_with_wycheproof() {
    let vectors: Vec<_> = blocks(include_str!("../wycheproof/hkdf_sha256.txt")).collect();
    assert_eq!(vectors.len(), 86);
    for vector in vectors {
        let hkdf = Hkdf::<Sha256>::new(Some(&vector.bytes("salt")), &vector.bytes("ikm"));
        let mut output = vec![0; vector.one("size").parse().unwrap()];
        let expanded = hkdf.expand(&vector.bytes("info"), &mut output).is_ok();
        assert_eq!(
            expanded,
            vector.one("result") == "valid",
            "vector {}",
            vector.one("id")
        );
        if expanded {
            assert_eq!(output, vector.bytes("okm"), "vector {}", vector.one("id"));
        }
    }
}
