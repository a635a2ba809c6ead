//! What the fields of a response do to the cookies of a browser.

use std::time::Duration;

use http::HeaderMap;
use http::header::{HeaderValue, SET_COOKIE};
use sealed_cookie::{
    CookieAttributes, CookieName, OsEntropy, Prefix, SameSite, SealErrorKind, SealedCookie,
    SetCookies,
};

use crate::support::browser::Jar;
use crate::support::entropy::Failing;
use crate::support::{SECRET, open, request, sealer, session_cookie};

/// C-09
#[test]
fn a_browser_always_ends_up_with_exactly_the_current_chunks() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let mut jar = Jar::default();
    for length in [9_000, 100, 7_000, 3_000, 10_000, 0, 2_567, 2_568, 9_500, 50] {
        let received = cookie.receive(&jar.request());
        let written = cookie
            .seal(&vec![b'x'; length], None, received.as_ref(), &OsEntropy)
            .unwrap();
        jar.store(written);
        let live = cookie
            .seal(&vec![b'x'; length], None, None, &OsEntropy)
            .unwrap()
            .len();
        assert_eq!(jar.0.len(), live, "{length} bytes");
        assert_eq!(open(&cookie, &jar.request()), [Ok(vec![b'x'; length])]);
    }
    jar.store(cookie.delete());
    assert!(jar.0.is_empty());
}

/// C-15
#[test]
fn a_value_that_is_too_long_is_not_written_in_part() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let allowed = cookie.max_plaintext();
    let error = cookie
        .seal(&vec![b'x'; allowed + 1], None, None, &OsEntropy)
        .unwrap_err();
    assert_eq!(
        error.kind(),
        SealErrorKind::TooLarge {
            length: allowed + 1,
            allowed
        }
    );
    assert_eq!(
        error.to_string(),
        format!(
            "the value has {} bytes, and the cookie holds at most {allowed}",
            allowed + 1
        )
    );
}

/// K-24
#[test]
fn nothing_is_written_without_random_bytes() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let error = cookie.seal(b"plaintext", None, None, &Failing).unwrap_err();
    assert_eq!(error.kind(), SealErrorKind::Entropy);
}

/// C-19
#[test]
fn cookies_of_the_application_are_kept_and_ours_are_set_after_them() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let mut headers = HeaderMap::new();
    headers.append(SET_COOKIE, HeaderValue::from_static("theme=dark; Path=/"));
    headers.append(
        SET_COOKIE,
        HeaderValue::from_static("__Host-auth=theirs; Path=/; Secure"),
    );
    cookie
        .seal(b"ours", None, None, &OsEntropy)
        .unwrap()
        .append_to(&mut headers);
    let mut jar = Jar::default();
    jar.obey(&headers);
    assert_eq!(jar.names(), ["__Host-auth", "theme"]);
    assert_eq!(open(&cookie, &jar.request()), [Ok(b"ours".to_vec())]);
}

#[test]
fn a_cookie_is_deleted_with_the_attributes_it_was_set_with() {
    let name = CookieName::new(Prefix::Secure, "auth").unwrap();
    let attributes = CookieAttributes::new(true)
        .same_site(SameSite::None)
        .domain("shop.example")
        .path("/app")
        .partitioned(true);
    let cookie = SealedCookie::new(name, attributes, sealer(&[SECRET]), 4).unwrap();
    let set = cookie
        .seal(
            b"plaintext",
            Some(Duration::from_secs(86_400)),
            None,
            &OsEntropy,
        )
        .unwrap();
    let expected = "HttpOnly; SameSite=None; Partitioned; Secure; Path=/app; Domain=shop.example";
    assert_eq!(attributes_of(&set), [format!("{expected}; Max-Age=86400")]);
    let deletion = format!("{expected}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(attributes_of(&cookie.delete()), vec![deletion; 9]);
}

#[test]
fn the_defaults_are_explicit() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let set = cookie.seal(b"plaintext", None, None, &OsEntropy).unwrap();
    assert_eq!(
        attributes_of(&set),
        ["HttpOnly; SameSite=Lax; Secure; Path=/"]
    );
}

#[test]
fn sign_out_deletes_the_whole_range_of_names() {
    let names: Vec<_> = session_cookie(sealer(&[SECRET]))
        .delete()
        .iter()
        .map(|field| {
            field
                .to_str()
                .unwrap()
                .split_once('=')
                .unwrap()
                .0
                .to_owned()
        })
        .collect();
    let range: Vec<_> = (1..=8)
        .map(|index| format!("__Host-auth.{index}"))
        .collect();
    assert_eq!(names, [vec!["__Host-auth".to_owned()], range].concat());
}

#[test]
fn the_received_chunks_are_deleted_whatever_their_values_are() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let field = "theme=dark; __Host-auth.8=x; __Host-auth=; __Host-auth.9=x; __Host-auth=y";
    let received = cookie.receive(&request([field])).unwrap();
    let deletions = cookie.delete_received(&received);
    let names: Vec<_> = deletions
        .iter()
        .map(|field| field.to_str().unwrap().split_once('=').unwrap().0)
        .collect();
    assert_eq!(names, ["__Host-auth", "__Host-auth.8"]);
}

#[test]
fn the_longest_possible_max_age_does_not_overflow() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let set = cookie
        .seal(b"plaintext", Some(Duration::MAX), None, &OsEntropy)
        .unwrap();
    assert!(attributes_of(&set)[0].ends_with("; Max-Age=9223372036854775807"));
}

#[test]
fn field_values_are_marked_sensitive() {
    let cookie = session_cookie(sealer(&[SECRET]));
    assert!(cookie.delete().iter().all(HeaderValue::is_sensitive));
}

#[test]
fn sets_are_joined_in_order() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let mut cookies = SetCookies::default();
    assert!(cookies.is_empty());
    cookies.extend(cookie.delete());
    cookies.extend(cookie.seal(b"plaintext", None, None, &OsEntropy).unwrap());
    assert_eq!(cookies.len(), 10);
    let mut jar = Jar::default();
    jar.store(cookies);
    assert_eq!(jar.names(), ["__Host-auth"]);
}

fn attributes_of(cookies: &SetCookies) -> Vec<String> {
    cookies
        .iter()
        .map(|field| {
            field
                .to_str()
                .unwrap()
                .split_once("; ")
                .unwrap()
                .1
                .to_owned()
        })
        .collect()
}
