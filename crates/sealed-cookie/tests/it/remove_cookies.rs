//! Removing our cookies from a request.

use http::HeaderMap;
use http::header::COOKIE;
use sealed_cookie::{SealedCookie, SealedCookieSet, remove_cookies};

use crate::support::{SECRET, request, sealer, session_cookie, transaction_set};

#[test]
fn our_cookies_are_removed_and_others_keep_their_bytes() {
    let id = "AQEBAQEBAQEBAQEBAQEBAQ";
    for (before, after) in [
        (vec!["a=1; __Host-auth=x; b=2"], vec!["a=1; b=2"]),
        (vec!["__Host-auth=x; a=1"], vec!["a=1"]),
        (vec!["a=1; __Host-auth.8=x"], vec!["a=1"]),
        (vec!["__Host-auth=x; __Host-auth.1=y"], vec![]),
        (
            vec!["a=1", "__Host-auth=x", "b = \"2\" ;; c"],
            vec!["a=1", "b = \"2\" ;; c"],
        ),
        (
            vec!["__Host-auth=x", "a=1;\t__Host-auth=y ;b=2"],
            vec!["a=1;b=2"],
        ),
        (
            vec!["__Host-authX=x; __Host-auth.9=y"],
            vec!["__Host-authX=x; __Host-auth.9=y"],
        ),
    ] {
        assert_eq!(without_our_cookies(&before), after, "{before:?}");
    }
    assert_eq!(
        without_our_cookies(&[&format!("a=1; __Host-auth.txn.{id}=x")]),
        ["a=1"]
    );
    assert_eq!(
        without_our_cookies(&["a=J\u{f6}rg; __Host-auth=x"]),
        ["a=J\u{f6}rg"]
    );
    assert_eq!(without_our_cookies(&[]), [""; 0]);
}

fn without_our_cookies(fields: &[&str]) -> Vec<String> {
    let (cookie, set): (SealedCookie, SealedCookieSet) =
        (session_cookie(sealer(&[SECRET])), transaction_set());
    let mut headers: HeaderMap = request(fields);
    remove_cookies(&mut headers, &[&cookie], &[&set]);
    headers
        .get_all(COOKIE)
        .iter()
        .map(|field| String::from_utf8(field.as_bytes().to_vec()).unwrap())
        .collect()
}
