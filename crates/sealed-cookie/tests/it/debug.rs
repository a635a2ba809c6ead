//! `Debug` output and error texts show nothing secret.

use std::fmt::Debug;

use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, OpenedValue, OsEntropy, Purpose,
    ReceivedCookie, SealedCookie, SealedCookieSet, Sealer, SetCookies,
};

use crate::support::browser::Jar;
use crate::support::{SECRET, ring, sealer, session_cookie, transaction_set};

/// L-01
#[test]
fn no_debug_output_contains_a_secret_a_plaintext_or_a_cookie() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let written = cookie
        .seal(b"canary in the plaintext", None, None, &OsEntropy)
        .unwrap();
    let mut jar = Jar::default();
    jar.store(written.clone());
    let value = jar.0.values().next().unwrap().clone();
    let received = cookie.receive(&jar.request()).unwrap();
    let opened = cookie.open(&received).next().unwrap().unwrap();
    let error = sealer(&[SECRET])
        .open(&value.as_bytes()[1..], b"other")
        .unwrap_err();

    let shown: [&dyn Debug; 9] = [
        &CookieSecret::new(SECRET).unwrap(),
        &ring(&[SECRET]),
        &sealer(&[SECRET]),
        &cookie,
        &written,
        &received,
        &opened,
        &error,
        &transaction_set(),
    ];
    for shown in shown {
        let text = format!("{shown:?} {shown:#?}");
        for canary in [
            SECRET,
            "canary in the plaintext",
            &value[1..20],
            "99, 97, 110, 97, 114, 121",
        ] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}

#[test]
fn an_error_says_the_same_for_every_reason() {
    let sealer = sealer(&[SECRET]);
    let text = sealer.seal(b"plaintext", b"", &OsEntropy).unwrap();
    let errors = [
        sealer.open(b"", b"").unwrap_err(),
        sealer.open(text.as_bytes(), b"other").unwrap_err(),
    ];
    assert_ne!(errors[0].kind(), errors[1].kind());
    assert_eq!(errors[0].to_string(), errors[1].to_string());
}

#[test]
fn public_types_are_send_and_sync() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<CookieAttributes>();
    shared::<CookieName>();
    shared::<CookieSecret>();
    shared::<KeyRing>();
    shared::<OpenedValue>();
    shared::<Purpose>();
    shared::<ReceivedCookie>();
    shared::<SealedCookie>();
    shared::<SealedCookieSet>();
    shared::<Sealer>();
    shared::<SetCookies>();
}
