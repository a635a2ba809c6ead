//! What attackers may send, one function a target. Each must return for every input; what it
//! returns does not matter, and an input that opens a seal is a finding.
//!
//! The functions are called by the coverage-guided fuzzer (`fuzz_targets/`), and with every file of
//! `corpus/` by an ordinary test.

use std::sync::LazyLock;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use relying_party::AuthorizationResponse;
use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, Prefix, Purpose, SealedCookie,
    SealedCookieFamily, Sealer, strip,
};

/// A target: its name, which is that of its folder in `corpus/`, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 3] = [
    ("callback_query", callback_query),
    ("cookie_header", cookie_header),
    ("open", open),
];

static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let secret = CookieSecret::new("k9Qw2ErT5yUi8OpA3sDf6GhJ1kLzX4cV").expect("a strong secret");
    let ring = KeyRing::new([secret]).expect("one secret");
    ring.sealer(Purpose::SESSION, &[b"https://app.example", b"auth"])
});

/// The query of a callback.
pub fn callback_query(data: &[u8]) {
    if let Ok(query) = std::str::from_utf8(data) {
        let _ = AuthorizationResponse::parse(Some(query));
    }
}

/// The Cookie fields of a request, one a line: found, put together, opened, stripped.
pub fn cookie_header(data: &[u8]) {
    let mut headers: HeaderMap = data
        .split(|&byte| byte == b'\n')
        .filter_map(|field| Some((COOKIE, HeaderValue::from_bytes(field).ok()?)))
        .collect();
    let name = |base| CookieName::new(Prefix::Host, base).expect("a plain name");
    let attributes = CookieAttributes::new(true);
    let cookie = SealedCookie::new(name("auth"), attributes.clone(), SEALER.clone(), 4)
        .expect("a cookie that browsers take");
    let family = SealedCookieFamily::new(name("auth.txn"), attributes, SEALER.clone())
        .expect("cookies that browsers take");

    if let Some(received) = cookie.receive(&headers) {
        assert!(cookie.open(&received).iter().all(Result::is_err));
    }
    for id in family.ids(&headers) {
        assert!(
            family
                .find(&headers, &id)
                .is_some_and(|found| found.is_err())
        );
    }
    strip(&mut headers, &[&cookie], &[&family]);
    assert!(cookie.receive(&headers).is_none());
    assert!(family.ids(&headers).is_empty());
}

/// A sealed value.
pub fn open(data: &[u8]) {
    assert!(SEALER.open(data, b"").is_err());
}
