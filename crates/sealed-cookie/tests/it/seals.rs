//! Changes to one sealed value.

use std::collections::HashSet;

use sealed_cookie::{OpenErrorKind, OsEntropy, Purpose, SealErrorKind};

use crate::support::by_hand::{Seal, decode, encode};
use crate::support::entropy::{Counting, Failing, Repeating};
use crate::support::{OLDER, OLDEST, SECRET, ring, sealer};

/// K-01
#[test]
fn a_blob_with_any_bit_flipped_is_refused() {
    let sealer = sealer(&[SECRET]);
    let blob = decode(
        &sealer
            .seal(b"plaintext of a session", b"", &OsEntropy)
            .unwrap(),
    );
    for bit in 0..blob.len() * 8 {
        let mut changed = blob.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            sealer.open(encode(&changed).as_bytes(), b"").is_err(),
            "bit {bit}"
        );
    }
}

/// K-02
#[test]
fn a_text_cut_at_any_length_is_refused() {
    let sealer = sealer(&[SECRET]);
    let text = sealer
        .seal(b"plaintext of a session", b"", &OsEntropy)
        .unwrap();
    for length in 0..text.len() {
        assert!(
            sealer.open(&text.as_bytes()[..length], b"").is_err(),
            "{length} characters"
        );
    }
}

/// K-02
#[test]
fn a_blob_cut_at_any_length_is_refused() {
    let sealer = sealer(&[SECRET]);
    let blob = decode(
        &sealer
            .seal(b"plaintext of a session", b"", &OsEntropy)
            .unwrap(),
    );
    for length in 0..blob.len() {
        assert!(
            sealer
                .open(encode(&blob[..length]).as_bytes(), b"")
                .is_err(),
            "{length} bytes"
        );
    }
}

/// K-03
#[test]
fn text_with_anything_appended_is_refused() {
    let sealer = sealer(&[SECRET]);
    let text = sealer.seal(b"plaintext", b"", &OsEntropy).unwrap();
    for tail in ["A", "AA", "AAA", "AAAA", "=", "\0", " ", ";", text.as_str()] {
        assert!(
            sealer
                .open(format!("{text}{tail}").as_bytes(), b"")
                .is_err(),
            "{tail:?}"
        );
    }
}

/// K-04
#[test]
fn an_unknown_version_is_reported_as_such() {
    let sealer = sealer(&[SECRET]);
    for version in (0..=255).filter(|&version| version != 1) {
        let text = encode(
            &Seal {
                version,
                ..by_hand()
            }
            .blob(),
        );
        let error = sealer.open(text.as_bytes(), b"").unwrap_err();
        assert_eq!(
            error.kind(),
            OpenErrorKind::UnknownVersion,
            "version {version}"
        );
        assert_eq!(error.kind().as_str(), "unknown_version");
    }
}

/// K-05
#[test]
fn a_blob_of_another_secret_is_refused() {
    let text = sealer(&[OLDER])
        .seal(b"plaintext", b"", &OsEntropy)
        .unwrap();
    let error = sealer(&[SECRET]).open(text.as_bytes(), b"").unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::NoMatchingSecret);
}

/// K-06
#[test]
fn a_blob_of_another_purpose_is_refused() {
    let purposes = [
        Purpose::SESSION,
        Purpose::TRANSACTION,
        Purpose::LOGOUT,
        Purpose::new("other"),
    ];
    let ring = ring(&[SECRET]);
    for sealed_for in purposes {
        let text = ring
            .sealer(sealed_for, &[b"auth"])
            .seal(b"plaintext", b"", &OsEntropy)
            .unwrap();
        for opened_for in purposes {
            let opened = ring
                .sealer(opened_for, &[b"auth"])
                .open(text.as_bytes(), b"");
            assert_eq!(
                opened.is_ok(),
                sealed_for == opened_for,
                "{sealed_for:?} as {opened_for:?}"
            );
        }
    }
}

/// K-07
#[test]
fn a_blob_of_another_origin_or_cookie_name_is_refused() {
    let ring = ring(&[SECRET]);
    let ours = ring.sealer(Purpose::SESSION, &[b"https://shop.example", b"auth"]);
    for contexts in [
        [b"https://staging.shop.example".as_slice(), b"auth"].as_slice(),
        &[b"https://shop.example", b"auth-3000"],
        &[b"auth", b"https://shop.example"],
        &[b"https://shop.example"],
        &[b"https://shop.example", b"auth", b""],
        &[],
    ] {
        let text = ring
            .sealer(Purpose::SESSION, contexts)
            .seal(b"plaintext", b"", &OsEntropy)
            .unwrap();
        let error = ours.open(text.as_bytes(), b"").unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::NoMatchingSecret);
    }
}

/// K-09
#[test]
fn the_same_plaintext_never_has_the_same_salt_twice() {
    let seals = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    let sealer = sealer(&[SECRET]);
    let entropy = Counting::default();
    let mut salts = HashSet::with_capacity(seals);
    for _ in 0..seals {
        let text = sealer.seal(b"plaintext", b"", &entropy).unwrap();
        // The version and 20 bytes of salt are the first 28 characters.
        assert!(salts.insert(text.as_bytes()[..28].to_vec()));
    }
}

/// K-09, N-10
#[test]
fn random_bytes_that_repeat_do_not_repeat_a_key() {
    let sealer = sealer(&[SECRET]);
    let entropy = Repeating([7; 32]);
    let salt = |plaintext: &[u8], extra: &[u8]| {
        decode(&sealer.seal(plaintext, extra, &entropy).unwrap())[1..21].to_vec()
    };
    let salts: HashSet<_> = [
        salt(b"one", b""),
        salt(b"two", b""),
        salt(b"one", b"extra"),
        salt(b"eone", b"xtra"),
        salt(b"", b"one"),
    ]
    .into();
    assert_eq!(salts.len(), 5);
    assert_eq!(
        salt(b"one", b""),
        salt(b"one", b""),
        "without other random bytes, the same value has the same salt"
    );
}

/// K-11
#[test]
fn text_that_is_not_canonical_is_refused() {
    let sealer = sealer(&[SECRET]);
    // One plaintext for each number of unused bits in the last character: none, 2 and 4.
    for plaintext in [b"".as_slice(), b"1", b"12"] {
        let text = sealer.seal(plaintext, b"", &OsEntropy).unwrap();
        let mut opened = 0;
        for position in [0, 1, text.len() / 2, text.len() - 2, text.len() - 1] {
            for byte in 0..=255 {
                let mut changed = text.clone().into_bytes();
                changed[position] = byte;
                opened += usize::from(sealer.open(&changed, b"").is_ok());
            }
        }
        assert_eq!(
            opened, 5,
            "only the text itself opens, once for each position"
        );

        for changed in [
            format!("{text}="),
            format!("{text}=="),
            format!(" {text}"),
            format!("{text}\n"),
            format!("\"{text}\""),
            text.replacen(&text[..1], &format!("%{:02X}", text.as_bytes()[0]), 1),
        ] {
            let error = sealer.open(changed.as_bytes(), b"").unwrap_err();
            assert_eq!(error.kind(), OpenErrorKind::Malformed, "{changed}");
        }
    }
}

/// K-12
#[test]
fn contexts_with_other_boundaries_have_other_keys() {
    let ring = ring(&[SECRET]);
    let one = ring.sealer(Purpose::SESSION, &[b"a", b"bc"]);
    let other = ring.sealer(Purpose::SESSION, &[b"ab", b"c"]);
    let text = one.seal(b"plaintext", b"", &OsEntropy).unwrap();
    assert_eq!(
        other.open(text.as_bytes(), b"").unwrap_err().kind(),
        OpenErrorKind::NoMatchingSecret
    );
    // The boundary between purpose and context matters too.
    let purpose = ring.sealer(Purpose::new("sessiona"), &[b"bc"]);
    assert!(purpose.open(text.as_bytes(), b"").is_err());
}

/// K-13
#[test]
fn every_secret_opens_and_values_of_all_but_the_first_need_resealing() {
    for (secret, needs_reseal) in [(SECRET, false), (OLDER, true), (OLDEST, true)] {
        let text = sealer(&[secret])
            .seal(b"plaintext", b"", &OsEntropy)
            .unwrap();
        let opened = sealer(&[SECRET, OLDER, OLDEST])
            .open(text.as_bytes(), b"")
            .unwrap();
        assert_eq!(opened.plaintext(), b"plaintext");
        assert_eq!(opened.needs_reseal(), needs_reseal);
    }
}

/// K-16
#[test]
fn a_removed_secret_opens_nothing_any_more() {
    let text = sealer(&[OLDER])
        .seal(b"plaintext", b"", &OsEntropy)
        .unwrap();
    assert!(sealer(&[SECRET, OLDER]).open(text.as_bytes(), b"").is_ok());
    assert!(sealer(&[SECRET]).open(text.as_bytes(), b"").is_err());
}

/// K-16
#[test]
fn a_secret_with_any_byte_changed_opens_nothing() {
    let text = sealer(&[SECRET])
        .seal(b"plaintext", b"", &OsEntropy)
        .unwrap();
    for position in 0..SECRET.len() {
        let mut secret = SECRET.to_owned().into_bytes();
        secret[position] ^= 1;
        let secret = String::from_utf8(secret).unwrap();
        assert!(
            sealer(&[&secret]).open(text.as_bytes(), b"").is_err(),
            "byte {position}"
        );
    }
}

/// K-24
#[test]
fn nothing_is_sealed_without_random_bytes() {
    let error = sealer(&[SECRET])
        .seal(b"plaintext", b"", &Failing)
        .unwrap_err();
    assert_eq!(error.kind(), SealErrorKind::Entropy);
}

#[test]
fn a_value_opens_only_with_its_extra() {
    let sealer = sealer(&[SECRET]);
    let text = sealer.seal(b"plaintext", b"id of one", &OsEntropy).unwrap();
    assert!(sealer.open(text.as_bytes(), b"id of one").is_ok());
    for extra in [b"".as_slice(), b"id of two", b"id of on", b"id of one\0"] {
        assert_eq!(
            sealer.open(text.as_bytes(), extra).unwrap_err().kind(),
            OpenErrorKind::NotAuthentic
        );
    }
}

#[test]
fn slices_of_the_opened_bytes_outlive_them() {
    let sealer = sealer(&[SECRET]);
    let text = sealer
        .seal(b"access token and refresh token", b"", &OsEntropy)
        .unwrap();
    let bytes = sealer.open(text.as_bytes(), b"").unwrap().into_bytes();
    let slice = bytes.slice(17..);
    drop(bytes);
    assert_eq!(&slice[..], b"refresh token");
}

#[test]
fn the_largest_value_opens_and_one_byte_more_is_not_sealed() {
    let sealer = sealer(&[SECRET]);
    let error = sealer
        .seal(&vec![b'x'; 100_000], b"", &OsEntropy)
        .unwrap_err();
    let SealErrorKind::TooLarge {
        length: 100_000,
        allowed,
    } = error.kind()
    else {
        panic!("{error}")
    };
    let text = sealer.seal(&vec![b'x'; allowed], b"", &OsEntropy).unwrap();
    assert!(sealer.open(text.as_bytes(), b"").is_ok());
    assert!(
        sealer
            .seal(&vec![b'x'; allowed + 1], b"", &OsEntropy)
            .is_err()
    );
}

fn by_hand() -> Seal<'static> {
    Seal {
        version: 1,
        secret: SECRET.as_bytes(),
        purpose: "session",
        contexts: &[b"https://shop.example", b"auth"],
        extra: b"",
        random: [7; 32],
        plaintext: b"plaintext",
    }
}
