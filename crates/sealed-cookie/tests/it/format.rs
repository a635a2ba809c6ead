//! The worked example of `FORMAT.md`, step by step.

use sealed_cookie::{CookieSecret, KeyRing, Purpose};

use crate::support::by_hand::{Seal, encode};
use crate::support::entropy::Repeating;
use crate::support::fields::{Fields, to_hex};

/// K-08
#[test]
fn the_worked_example_of_the_specification_is_right() {
    let specification = include_str!("../../FORMAT.md");
    let (_, example) = specification
        .split_once("```text worked-example\n")
        .unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let example = Fields::parse(example);
    let contexts: Vec<_> = example
        .all("context")
        .into_iter()
        .map(str::as_bytes)
        .collect();
    let random: [u8; 32] = example.bytes("random").try_into().unwrap();
    let plaintext = example.bytes("plaintext");
    let secret = example.bytes("secret");

    let seal = Seal {
        version: 1,
        secret: &secret,
        purpose: example.one("purpose"),
        contexts: &contexts,
        extra: b"",
        random,
        plaintext: &plaintext,
    };
    let salt = seal.salt();
    assert_eq!(to_hex(&seal.prk()), example.one("PRK"));
    assert_eq!(to_hex(&seal.purpose_key("seal")), example.one("K"));
    assert_eq!(to_hex(&seal.purpose_key("salt")), example.one("H"));
    assert_eq!(to_hex(&salt), example.one("salt"));
    assert_eq!(to_hex(&seal.okm(&salt)), example.one("OKM"));
    assert_eq!(to_hex(&seal.blob()), example.one("blob"));
    assert_eq!(encode(&seal.blob()), example.one("text"));
    assert_eq!(format!("1{}", example.one("text")), example.one("chunk"));

    let ring = KeyRing::new([CookieSecret::new(&secret).unwrap()]).unwrap();
    let fingerprints: Vec<_> = ring.fingerprints().map(|it| it.to_string()).collect();
    assert_eq!(fingerprints, [example.one("fingerprint")]);
    assert_eq!(to_hex(&seal.fingerprint()), example.one("fingerprint"));
    let sealer = ring.sealer(Purpose::SESSION, &contexts);
    assert_eq!(
        sealer.seal(&plaintext, b"", &Repeating(random)).unwrap(),
        example.one("text")
    );
    assert_eq!(
        sealer
            .open(example.one("text").as_bytes(), b"")
            .unwrap()
            .plaintext(),
        plaintext
    );
}
