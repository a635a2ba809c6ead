//! `Cookie` fields that are kept, and searched after the request was consumed.

use std::time::Duration;

use http::HeaderMap;
use http::header::COOKIE;
use sealed_cookie::{CookieFields, CookieFilter, OsEntropy};

use crate::support::browser::Jar;
use crate::support::{SECRET, request, sealer, session_cookie, transaction_set};

const ID: [u8; 16] = [7; 16];

/// The fields that pass the filter.
fn kept(headers: &HeaderMap, filter: &CookieFilter) -> CookieFields {
    let mut kept = CookieFields::default();
    let fields = headers.get_all(COOKIE).iter();
    fields
        .filter(|field| filter.matches(field))
        .for_each(|field| kept.push(field.clone()));
    kept
}

/// C-11
#[test]
fn a_cookie_is_found_in_kept_fields_as_in_the_request() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let set = transaction_set();
    let filter = CookieFilter::new(&cookie, &set);
    let mut jar = Jar::default();
    jar.store(cookie.seal(&[7; 6_000], None, None, &OsEntropy).unwrap());
    jar.store(
        set.seal(&ID, b"sign-in", Duration::from_secs(60), &OsEntropy)
            .unwrap(),
    );
    let one_field = jar.request();
    let field = one_field[COOKIE].to_str().unwrap().to_owned();
    let own_fields = field.split("; ").flat_map(|pair| ["other=1", pair]);
    for headers in [one_field, request(own_fields)] {
        let fields = kept(&headers, &filter);

        let received = cookie.receive_from(&fields).unwrap();
        let opened = cookie.open(&received).next().unwrap().unwrap();
        assert_eq!(opened.plaintext(), [7; 6_000]);
        let received = set.receive_from(&fields, None);
        assert_eq!(received.ids().collect::<Vec<_>>(), [ID]);
        let opened = set.find(&received, &ID).unwrap().unwrap();
        assert_eq!(opened.plaintext(), b"sign-in");
    }
}

#[test]
fn fields_of_other_applications_do_not_pass_the_filter() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let set = transaction_set();
    let filter = CookieFilter::new(&cookie, &set);
    for (field, passes) in [
        ("_ga=GA1.1.1; theme=dark", false),
        ("", false),
        ("__Host-aut=1", false),
        ("__Host-auth=1", true),
        ("_ga=GA1.1.1;__Host-auth.3=1", true),
    ] {
        let headers = request([field]);

        assert_eq!(filter.matches(&headers[COOKIE]), passes, "{field}");
    }
}

#[test]
fn what_is_kept_is_not_shown() {
    let mut fields = CookieFields::default();
    fields.push("auth=secret".parse().unwrap());

    assert_eq!(format!("{fields:?}"), "CookieFields { count: 1 }");
}
