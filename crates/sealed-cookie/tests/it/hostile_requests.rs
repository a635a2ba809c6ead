//! `Cookie` fields that browsers do not send, or that contain cookies of others.

use std::time::Instant;

use sealed_cookie::{OpenErrorKind, OsEntropy, Purpose};

use crate::support::browser::Jar;
use crate::support::{SECRET, open, request, ring, sealer, session_cookie, transaction_set};

/// C-11
#[test]
fn a_name_with_other_white_space_or_percent_encoding_is_ignored() {
    let cookie = session_cookie(sealer(&[SECRET]));
    for name in [
        "\u{2000}__Host-auth",
        "\u{a0}__Host-auth",
        "\u{85}__Host-auth",
        "%5F_Host-auth",
        "__Host-auth\u{a0}",
    ] {
        assert!(
            cookie.receive(&request([format!("{name}=1AQ")])).is_none(),
            "{name:?}"
        );
    }
}

/// C-11
#[test]
fn spaces_and_tabs_around_names_and_values_are_removed() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let value = sealed_value();
    for pair in [
        format!("\t__Host-auth={value}"),
        format!("a=b;  \t __Host-auth\t = {value} \t"),
        format!("__Host-auth={value};"),
        format!(";__Host-auth={value};;"),
    ] {
        assert_eq!(
            open(&cookie, &request([&pair])),
            [Ok(b"plaintext".to_vec())],
            "{pair:?}"
        );
    }
}

/// C-11
#[test]
fn quotes_are_part_of_the_value() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let quoted = format!("__Host-auth=\"{}\"", sealed_value());
    assert_eq!(
        open(&cookie, &request([quoted])),
        [Err(OpenErrorKind::Malformed)]
    );
}

/// C-12
#[test]
fn bytes_outside_ascii_in_other_cookies_are_harmless() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let field = [
        b"name=J\xf6rg; __Host-auth=".as_slice(),
        sealed_value().as_bytes(),
        b"; \xff\xfe=\x80",
    ]
    .concat();
    assert_eq!(
        open(&cookie, &request([field])),
        [Ok(b"plaintext".to_vec())]
    );
}

/// C-14
#[test]
fn malformed_fields_neither_panic_nor_hide_our_cookie() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let set = transaction_set();
    let semicolons = ";".repeat(5_000);
    for garbage in [
        "",
        ";",
        ";;;",
        "=",
        "=v",
        "a",
        ";=;=;",
        "__Host-auth",
        "$Version=1; $Path=/",
        "  ",
        "\t",
        semicolons.as_str(),
        "__Host-auth.txn.",
        "__Host-auth.txn.=x",
        "__Host-auth.txn.AAAAAAAAAAAAAAAAAAAAA",
        "====",
        "a=b=c",
    ] {
        let field = format!("{garbage}; __Host-auth={}", sealed_value());
        assert_eq!(
            open(&cookie, &request([&field])),
            [Ok(b"plaintext".to_vec())],
            "{garbage:?}"
        );
        assert!(
            set.receive(&request([&field]), None).is_empty(),
            "{garbage:?}"
        );
        assert!(cookie.receive(&request([garbage])).is_none(), "{garbage:?}");
    }
}

/// C-14
#[test]
fn malformed_values_under_our_name_are_refused() {
    let cookie = session_cookie(sealer(&[SECRET]));
    for value in [
        "",
        "1",
        "9",
        "0",
        "1=",
        "1AQ",
        "2AQAAAAAA",
        "=",
        "1AQAAAAAAA",
        "\u{1f36a}",
        "-1",
        "１",
    ] {
        let opened = open(&cookie, &request([format!("__Host-auth={value}")]));
        assert!(
            opened.iter().all(Result::is_err) && opened.len() == 1,
            "{value:?}"
        );
    }
}

/// D-01
#[test]
fn a_field_of_a_hundred_thousand_cookies_takes_linear_time() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let measure = |count: usize| {
        let headers = request(["a=; ".repeat(count)]);
        #[expect(
            clippy::disallowed_methods,
            reason = "the duration itself is what is tested"
        )]
        let start = Instant::now();
        assert!(cookie.receive(&headers).is_none());
        start.elapsed()
    };
    let (small, large) = (measure(1_000), measure(100_000));
    // A quadratic scan would take 10,000 times as long, and unoptimised code is slow.
    assert!(
        large.as_millis() < 500 && large < small * 3_000,
        "{small:?}, {large:?}"
    );
}

/// D-01: all chunks are of different writes, so that a reader without a limit would compare each
/// one with all before it.
#[test]
fn sixteen_chunks_are_read_from_a_field_full_of_our_names() {
    let ring = ring(&[SECRET]);
    let cookie = session_cookie(ring.sealer(Purpose::SESSION, &[]));
    let field: String = (0..20_000)
        .map(|number| format!("__Host-auth=1{number:08}{:068};", 0))
        .collect();
    let headers = request([&field]);

    let received = cookie.receive(&headers).unwrap();
    assert_eq!(cookie.open(&received).count(), 4);

    let counters = ring.counters();
    assert_eq!(counters.chunks_read(), 16);
    assert_eq!(
        counters.scanned_bytes(),
        u64::try_from(field.len()).unwrap()
    );
}

fn sealed_value() -> String {
    let mut jar = Jar::default();
    jar.store(
        session_cookie(sealer(&[SECRET]))
            .seal(b"plaintext", None, None, &OsEntropy)
            .unwrap(),
    );
    jar.0.remove("__Host-auth").unwrap()
}
