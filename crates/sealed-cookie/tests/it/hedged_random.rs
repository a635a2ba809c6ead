//! Random values whose random bytes repeat.

use sealed_cookie::{CookieSecret, HedgedRandom, KeyRing, Purpose};

use crate::support::entropy::{Counting, Failing, Repeating};

const REPEATING: Repeating = Repeating([7; 32]);

fn source(secret: &str, purpose: Purpose, contexts: &[&[u8]]) -> HedgedRandom {
    let ring = KeyRing::new([CookieSecret::new(secret).unwrap()]).unwrap();
    ring.hedged_random(purpose, contexts)
}

const SECRET: &str = "dK3vX9qLw2mZs8RtYb5NcF7hJ1pGu4Ea";

fn first(inputs: &[&[u8]]) -> [u8; 32] {
    let source = source(SECRET, Purpose::RANDOM, &[]);
    *source.value(inputs, &REPEATING).unwrap()
}

#[test]
fn values_differ_by_every_input_and_by_the_boundaries_between_them() {
    let value = first(&[b"a", b"bc"]);

    assert_eq!(first(&[b"a", b"bc"]), value);
    for inputs in [
        &[&b"ab"[..], b"c"][..],
        &[b"abc"],
        &[b"a", b"bc", b""],
        &[b"a"],
        &[],
    ] {
        assert_ne!(first(inputs), value, "{inputs:?}");
    }
}

#[test]
fn values_differ_by_secret_purpose_and_context() {
    let value = first(&[]);
    for other in [
        source("Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b", Purpose::RANDOM, &[]),
        source(SECRET, Purpose::SESSION, &[]),
        source(SECRET, Purpose::RANDOM, &[b"x"]),
    ] {
        assert_ne!(*other.value(&[], &REPEATING).unwrap(), value);
    }
}

#[test]
fn values_differ_by_their_number_and_clones_count_together() {
    let source = source(SECRET, Purpose::RANDOM, &[]);
    let clone = source.clone();
    let values = [
        source.value::<16>(&[], &REPEATING).unwrap(),
        clone.value(&[], &REPEATING).unwrap(),
        source.value(&[], &REPEATING).unwrap(),
    ];

    assert!(values[0] != values[1] && values[1] != values[2] && values[0] != values[2]);
}

#[test]
fn values_differ_by_the_random_bytes() {
    let counting = Counting::default();
    let value = |entropy| {
        let source = source(SECRET, Purpose::RANDOM, &[]);
        *source.value::<32>(&[], entropy).unwrap()
    };

    assert_ne!(value(&counting), value(&counting));
}

#[test]
fn without_random_bytes_there_is_no_value() {
    let source = source(SECRET, Purpose::RANDOM, &[]);

    assert!(source.value::<32>(&[b"time"], &Failing).is_err());
}

#[test]
fn debug_shows_nothing_of_the_key() {
    let source = source(SECRET, Purpose::RANDOM, &[]);

    assert_eq!(format!("{source:?}"), "HedgedRandom { .. }");
}
