//! Cookies with an id in their names.

use std::time::Duration;

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use sealed_cookie::{OpenErrorKind, OsEntropy, Purpose, SealErrorKind, receive};

use crate::support::browser::Jar;
use crate::support::{SECRET, outcome, request, ring, session_cookie, transaction_set};

const LIFE: Duration = Duration::from_secs(600);

fn ids(headers: &HeaderMap) -> Vec<[u8; 16]> {
    transaction_set().receive(headers, None).ids().collect()
}

/// The value of the wanted id.
fn find(headers: &HeaderMap, id: [u8; 16]) -> Option<Result<Vec<u8>, OpenErrorKind>> {
    let set = transaction_set();
    let received = set.receive(headers, Some(&id));
    set.find(&received, &id).map(outcome)
}

#[test]
fn cookies_of_a_set_exist_at_the_same_time() {
    let set = transaction_set();
    let mut jar = Jar::default();
    for id in [[1; 16], [2; 16]] {
        jar.store(set.seal(&id, &id, LIFE, &OsEntropy).unwrap());
    }
    assert_eq!(ids(&jar.request()), [[1; 16], [2; 16]]);
    for id in [[1; 16], [2; 16]] {
        assert_eq!(find(&jar.request(), id).unwrap(), Ok(id.to_vec()));
    }
    assert!(find(&jar.request(), [3; 16]).is_none());

    jar.store(set.delete(&[1; 16]));
    assert_eq!(ids(&jar.request()), [[2; 16]]);
}

#[test]
fn a_renamed_cookie_does_not_open() {
    let set = transaction_set();
    let mut jar = Jar::default();
    jar.store(set.seal(&[1; 16], b"plaintext", LIFE, &OsEntropy).unwrap());
    let (_, value) = jar.0.pop_first().unwrap();
    jar.store(set.seal(&[2; 16], b"other", LIFE, &OsEntropy).unwrap());
    *jar.0.first_entry().unwrap().get_mut() = value;
    assert_eq!(
        find(&jar.request(), [2; 16]).unwrap(),
        Err(OpenErrorKind::NotAuthentic)
    );
}

#[test]
fn of_several_cookies_with_one_name_the_first_that_opens_is_used() {
    let set = transaction_set();
    let mut jar = Jar::default();
    jar.store(set.seal(&[1; 16], b"plaintext", LIFE, &OsEntropy).unwrap());
    let (name, value) = jar.0.pop_first().unwrap();
    let found = |garbage: usize| {
        let mut fields = vec![format!("{name}=garbage"); garbage];
        fields.push(format!("{name}={value}"));
        find(&request(fields), [1; 16]).unwrap()
    };
    assert_eq!(found(3), Ok(b"plaintext".to_vec()));
    assert_eq!(
        found(4),
        Err(OpenErrorKind::Malformed),
        "no more than 4 are tried"
    );
}

#[test]
fn only_canonical_names_belong_to_the_set() {
    let id = "AQEBAQEBAQEBAQEBAQEBAQ";
    assert_eq!(
        ids(&request([format!("__Host-auth.txn.{id}=x")])),
        [[1; 16]]
    );
    for name in [
        format!("__Host-auth.txn.{}R", &id[..21]),
        format!("__Host-auth.txn.{}", &id[..21]),
        format!("__Host-auth.txn.{id}A"),
        format!("__Host-auth.txn{id}"),
        format!("__Host-auth.txn-{id}"),
        format!("__host-auth.txn.{id}"),
    ] {
        assert!(ids(&request([format!("{name}=x")])).is_empty(), "{name}");
    }
}

/// D-02
#[test]
fn a_flood_of_names_is_listed_and_deleted_in_parts() {
    let set = transaction_set();
    let mut jar = Jar::default();
    for number in 0..40 {
        jar.store(set.seal(&[number; 16], b"", LIFE, &OsEntropy).unwrap());
    }
    for remaining in [24, 8, 0] {
        assert!(ids(&jar.request()).len() <= 16);
        jar.store(set.delete_received(&set.receive(&jar.request(), None)));
        assert_eq!(jar.0.len(), remaining);
    }
}

#[test]
fn a_wanted_id_is_found_after_many_others() {
    let set = transaction_set();
    let mut jar = Jar::default();
    for number in 0..40 {
        jar.store(
            set.seal(&[number; 16], &[number], LIFE, &OsEntropy)
                .unwrap(),
        );
    }

    let headers = jar.request();
    for number in 0..40 {
        assert_eq!(find(&headers, [number; 16]).unwrap(), Ok(vec![number]));
    }
    let listed = set.receive(&headers, Some(&[39; 16])).ids().count();
    assert!(listed <= 17, "{listed}");
}

/// One pass over a request finds the same cookies as two passes.
#[test]
fn a_cookie_and_a_set_are_found_in_one_pass() {
    let ring = ring(&[SECRET]);
    let cookie = session_cookie(ring.sealer(Purpose::SESSION, &[]));
    let set = transaction_set();
    let mut jar = Jar::default();
    jar.store(cookie.seal(&[b'x'; 9_000], None, None, &OsEntropy).unwrap());
    jar.store(set.seal(&[1; 16], b"one", LIFE, &OsEntropy).unwrap());
    let headers = jar.request();
    let length: usize = headers.get_all(COOKIE).iter().map(HeaderValue::len).sum();

    let (received, transactions) = receive(&headers, &cookie, &set, None);

    assert_eq!(
        ring.counters().scanned_bytes(),
        u64::try_from(length).unwrap()
    );
    let opened = cookie.open(&received.unwrap()).next().unwrap().unwrap();
    assert_eq!(opened.plaintext(), [b'x'; 9_000]);
    let opened = set.find(&transactions, &[1; 16]).unwrap().unwrap();
    assert_eq!(opened.plaintext(), b"one");
    assert_eq!(
        ring.counters().scanned_bytes(),
        u64::try_from(length).unwrap(),
        "opening searches nothing"
    );
}

#[test]
fn a_value_stays_within_one_cookie() {
    let set = transaction_set();
    let allowed = set.max_plaintext();
    let cookies = set
        .seal(&[1; 16], &vec![b'x'; allowed], LIFE, &OsEntropy)
        .unwrap();
    let field = cookies.iter().next().unwrap().to_str().unwrap();
    let (pair, attributes) = field.split_once("; ").unwrap();
    assert_eq!(pair.split_once('=').unwrap().1.len(), 3_500);
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600"
    );

    let error = set
        .seal(&[1; 16], &vec![b'x'; allowed + 1], LIFE, &OsEntropy)
        .unwrap_err();
    assert_eq!(
        error.kind(),
        SealErrorKind::TooLarge {
            length: allowed + 1,
            allowed
        }
    );
}
