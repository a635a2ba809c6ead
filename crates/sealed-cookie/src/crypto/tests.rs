//! The implementation that is compiled is compared with the one in Rust alone. Vectors and Wycheproof's
//! tests, through the public interface, compare it with the standards.

use super::{KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH, rust};
use crate::crypto;

const KEY: [u8; KEY_LENGTH] = [7; KEY_LENGTH];
const NONCE: [u8; NONCE_LENGTH] = [9; NONCE_LENGTH];

#[test]
fn each_implementation_opens_what_the_other_one_seals() {
    for length in [0, 1, 15, 16, 17, 1000, 4096] {
        let plaintext: Vec<u8> = (0..=255).cycle().take(length).collect();
        for associated_data in [&b""[..], b"associated data"] {
            let (mut ours, mut theirs) = (plaintext.clone(), plaintext.clone());
            let our_tag = crypto::encrypt(&KEY, &NONCE, associated_data, &mut ours).unwrap();
            let their_tag = rust::encrypt(&KEY, &NONCE, associated_data, &mut theirs).unwrap();
            assert_eq!((&ours, our_tag), (&theirs, their_tag), "{length} bytes");

            rust::decrypt(&KEY, &NONCE, associated_data, &mut ours, &our_tag).unwrap();
            crypto::decrypt(&KEY, &NONCE, associated_data, &mut theirs, &their_tag).unwrap();
            assert_eq!((&ours, &theirs), (&plaintext, &plaintext), "{length} bytes");
        }
    }
}

#[test]
fn nothing_opens_that_was_changed() {
    let mut sealed = b"plaintext".to_vec();
    let tag = crypto::encrypt(&KEY, &NONCE, b"data", &mut sealed).unwrap();
    let opens = |key, nonce, data: &[u8], tag: [u8; TAG_LENGTH]| {
        crypto::decrypt(&key, &nonce, data, &mut sealed.clone(), &tag).is_some()
    };
    assert!(opens(KEY, NONCE, b"data", tag));
    assert!(!opens([8; KEY_LENGTH], NONCE, b"data", tag));
    assert!(!opens(KEY, [8; NONCE_LENGTH], b"data", tag));
    assert!(!opens(KEY, NONCE, b"other", tag));
    for at in 0..TAG_LENGTH {
        let mut changed = tag;
        changed[at] ^= 1;
        assert!(!opens(KEY, NONCE, b"data", changed), "byte {at}");
    }
    sealed[0] ^= 1;
    assert!(crypto::decrypt(&KEY, &NONCE, b"data", &mut sealed, &tag).is_none());
}

#[test]
fn both_implementations_derive_the_same_keys() {
    let long = vec![5; 5000];
    let cases: [&[&[u8]]; 3] = [&[], &[b"a", b"bc"], &[&long, b"x"]];
    for parts in cases {
        let (mut ours, mut theirs) = ([0; 64], [0; 64]);
        crypto::Hkdf::extract(b"salt", b"secret").expand(parts, &mut ours);
        rust::Hkdf::extract(b"salt", b"secret").expand(parts, &mut theirs);
        assert_eq!(ours, theirs);
        crypto::Hkdf::from_key(&KEY).expand(parts, &mut ours);
        rust::Hkdf::from_key(&KEY).expand(parts, &mut theirs);
        assert_eq!(ours, theirs);

        let (mut ours, mut theirs) = (crypto::Hmac::new(&KEY), rust::Hmac::new(&KEY));
        for part in parts {
            ours.update(part);
            theirs.update(part);
        }
        assert_eq!(ours.clone().finish(), theirs.finish());
        assert_eq!(
            ours.clone().finish(),
            ours.finish(),
            "a copy is independent"
        );
    }
}
