//! Every implementation gives the bytes of the standards.

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// FIPS 180-4's examples for "abc".
#[test]
fn hashes_are_those_of_the_standard() {
    for (function, expected) in [
        (
            HashFunction::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            HashFunction::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
             8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            HashFunction::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(hex(&hash(function, b"abc")), expected, "{function:?}");
    }
}

/// RFC 4231 section 4.3.
#[test]
fn hmacs_are_those_of_the_standard_and_only_they_are_accepted() {
    let (key, input) = (b"Jefe", b"what do ya want for nothing?");
    let tag = hmac(HashFunction::Sha256, key, input);
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hex(&tag), expected);
    for function in [
        HashFunction::Sha256,
        HashFunction::Sha384,
        HashFunction::Sha512,
    ] {
        let tag = hmac(function, key, input);
        assert!(is_hmac(function, key, input, &tag));
        assert!(!is_hmac(function, b"other", input, &tag));
        assert!(!is_hmac(function, key, b"other", &tag));
        for length in 0..tag.len() {
            assert!(!is_hmac(function, key, input, &tag[..length]), "{length}");
        }
        assert!(!is_hmac(function, key, input, &[&tag[..], &[0]].concat()));
    }
}

/// RFC 5869 appendix A.1, the first of its 42 bytes.
#[test]
fn derived_keys_are_those_of_the_standard() {
    let salt: Vec<u8> = (0..=0x0c).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    let output = HkdfSha256::extract(&salt, &[0x0b; 22]).expand(&info);
    let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
    assert_eq!(hex(&*output), expected);
}
