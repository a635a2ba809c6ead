//! Values that were made to open under two secrets.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{Aes256Gcm, KeyInit};
use sealed_cookie::{OpenErrorKind, OsEntropy};

use crate::support::by_hand::{Seal, decode, encode, nonce};
use crate::support::{OLDER, SECRET, sealer};

/// K-21
#[test]
fn the_commitment_of_one_secret_before_the_ciphertext_of_another_is_refused() {
    let mut blob = decode(
        &sealer(&[OLDER])
            .seal(b"plaintext", b"", &OsEntropy)
            .unwrap(),
    );
    let commitment = by_hand(SECRET).okm(&blob[1..21])[44..].to_vec();
    blob[21..41].copy_from_slice(&commitment);
    let text = encode(&blob);
    let kind = |secrets: &[&str]| {
        sealer(secrets)
            .open(text.as_bytes(), b"")
            .unwrap_err()
            .kind()
    };
    assert_eq!(kind(&[SECRET]), OpenErrorKind::NotAuthentic);
    assert_eq!(kind(&[SECRET, OLDER]), OpenErrorKind::NotAuthentic);
    assert_eq!(kind(&[OLDER, SECRET]), OpenErrorKind::NotAuthentic);
    assert_eq!(kind(&[OLDER]), OpenErrorKind::NoMatchingSecret);
}

/// K-21: AES-GCM accepts this ciphertext under two keys, and the seal under one.
#[test]
fn a_ciphertext_that_two_keys_accept_opens_under_the_committed_one_alone() {
    let salt = [7; 20];
    let keys = [SECRET, OLDER].map(|secret| by_hand(secret).okm(&salt));
    for (committed, other, okm) in [(SECRET, OLDER, &keys[0]), (OLDER, SECRET, &keys[1])] {
        let header = [&[1], salt.as_slice(), &okm[44..]].concat();
        let ciphertext = colliding_ciphertext(&keys, &header);
        for okm in &keys {
            let cipher = Aes256Gcm::new_from_slice(&okm[..32]).unwrap();
            let opened = cipher.decrypt(
                &nonce(okm),
                Payload {
                    msg: &ciphertext,
                    aad: &header,
                },
            );
            assert!(
                opened.is_ok(),
                "without the commitment, both keys accept it"
            );
        }

        let text = encode(&[header, ciphertext].concat());
        assert!(sealer(&[committed]).open(text.as_bytes(), b"").is_ok());
        let error = sealer(&[other]).open(text.as_bytes(), b"").unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::NoMatchingSecret);
        let opened = sealer(&[other, committed])
            .open(text.as_bytes(), b"")
            .unwrap();
        assert!(opened.needs_reseal());
    }
}

fn by_hand(secret: &str) -> Seal<'_> {
    Seal {
        version: 1,
        secret: secret.as_bytes(),
        purpose: "session",
        contexts: &[b"https://shop.example", b"auth"],
        extra: b"",
        random: [0; 32],
        plaintext: b"",
    }
}

/// One block C and a tag that are authentic under both keys.
///
/// The tag of one block is linear in it: `tag_i(C) = tag_i(0) + C * H_i^2`, so both tags are equal
/// for `C = (tag_1(0) + tag_2(0)) / (H_1^2 + H_2^2)`.
fn colliding_ciphertext(keys: &[[u8; 64]; 2], aad: &[u8]) -> Vec<u8> {
    let [(square_1, tag_1), (square_2, tag_2)] = keys.map(|okm| {
        let aes = Aes256::new_from_slice(&okm[..32]).unwrap();
        let encrypt = |block: [u8; 16]| {
            let mut block = block.into();
            aes.encrypt_block(&mut block);
            u128::from_be_bytes(block.into())
        };
        let hash_key = encrypt([0; 16]);
        let mut counter = [0; 16];
        counter[..12].copy_from_slice(&okm[32..44]);
        counter[15] = 1;
        let lengths = (aad.len() as u128 * 8) << 64 | 128;
        let blocks = aad.chunks(16).map(|chunk| {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            u128::from_be_bytes(block)
        });
        let hash = blocks
            .chain([0, lengths])
            .fold(0, |hash, block| multiply(hash ^ block, hash_key));
        (multiply(hash_key, hash_key), hash ^ encrypt(counter))
    });
    let block = multiply(tag_1 ^ tag_2, invert(square_1 ^ square_2));
    let tag = tag_1 ^ multiply(block, square_1);
    [block.to_be_bytes(), tag.to_be_bytes()].concat()
}

/// SP 800-38D section 6.3: bits count from the left, the modulus is x^128 + x^7 + x^2 + x + 1.
fn multiply(x: u128, mut y: u128) -> u128 {
    let mut product = 0;
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= y;
        }
        y = (y >> 1) ^ if y & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// x^(2^128 - 2), the inverse in a field of 2^128 elements.
fn invert(x: u128) -> u128 {
    let mut power = x;
    let mut inverse = 1 << 127;
    for _ in 1..128 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}
