//! Expensive work that is not done.

use sealed_cookie::{OpenErrorKind, OsEntropy, Purpose};

use crate::support::by_hand::encode;
use crate::support::{OLDER, OLDEST, SECRET, open, request, ring, sealer, session_cookie};

/// K-05
#[test]
fn a_blob_of_another_secret_costs_no_decryption() {
    let ring = ring(&[SECRET, OLDER]);
    let text = sealer(&[OLDEST])
        .seal(b"plaintext", b"", &OsEntropy)
        .unwrap();
    let ours = ring.sealer(Purpose::SESSION, &[b"https://shop.example", b"auth"]);
    assert!(ours.open(text.as_bytes(), b"").is_err());
    let counters = ring.counters();
    assert_eq!(
        (
            counters.derivations(),
            counters.decryptions(),
            counters.seals()
        ),
        (2, 0, 0)
    );
}

#[test]
fn an_open_costs_one_decryption_and_a_derivation_for_each_secret_before_the_right_one() {
    let ring = ring(&[SECRET, OLDER, OLDEST]);
    let ours = ring.sealer(Purpose::SESSION, &[]);
    let text = ours.seal(b"plaintext", b"", &OsEntropy).unwrap();
    ours.open(text.as_bytes(), b"").unwrap();
    let counters = ring.counters();
    assert_eq!(
        (
            counters.derivations(),
            counters.decryptions(),
            counters.seals()
        ),
        (1, 1, 1)
    );

    let older = self::ring(&[OLDEST]).sealer(Purpose::SESSION, &[]);
    let text = older.seal(b"plaintext", b"", &OsEntropy).unwrap();
    ours.open(text.as_bytes(), b"").unwrap();
    assert_eq!(
        (
            counters.derivations(),
            counters.decryptions(),
            counters.seals()
        ),
        (4, 2, 1)
    );
}

/// D-03
#[test]
fn forged_values_cost_four_commitments_and_no_decryption() {
    let ring = ring(&[SECRET]);
    let cookie = session_cookie(ring.sealer(Purpose::SESSION, &[]));
    let forged = (0..9).map(|number: u8| {
        let blob = [[1, number].as_slice(), &[0; 2_622]].concat();
        format!("__Host-auth=1{}", encode(&blob))
    });
    let opened = open(&cookie, &request(forged));
    assert_eq!(opened, vec![Err(OpenErrorKind::NoMatchingSecret); 4]);
    let counters = ring.counters();
    assert_eq!((counters.derivations(), counters.decryptions()), (4, 0));
}

#[test]
fn a_cookie_that_is_absent_or_not_opened_costs_no_cryptography() {
    let ring = ring(&[SECRET]);
    let cookie = session_cookie(ring.sealer(Purpose::SESSION, &[]));
    assert!(cookie.receive(&request(["a=b; c=d"])).is_none());
    assert!(cookie.receive(&request(["__Host-auth=1AQ"])).is_some());
    let counters = ring.counters();
    assert_eq!(
        (
            counters.derivations(),
            counters.decryptions(),
            counters.seals()
        ),
        (0, 0, 0)
    );
}
