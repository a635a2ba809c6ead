//! Forged cookies.

use std::sync::LazyLock;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, Prefix, Purpose, SealedCookie,
    SealedCookieSet, Sealer, receive, remove_cookies,
};

/// The secret of all targets.
pub(crate) const SECRET: &str = "k9Qw2ErT5yUi8OpA3sDf6GhJ1kLzX4cV";

static SEALER: LazyLock<Sealer> = LazyLock::new(|| sealer(Purpose::SESSION));

/// The keys of the application at <https://app.example>.
pub(crate) fn sealer(purpose: Purpose) -> Sealer {
    let secret = CookieSecret::new(SECRET).expect("a strong secret");
    let ring = KeyRing::new([secret]).expect("one secret");
    ring.sealer(purpose, &[b"https://app.example", b"auth"])
}

/// The session cookie and those of sign-ins, under the keys of one purpose.
pub(crate) fn cookies(sealer: &Sealer) -> (SealedCookie, SealedCookieSet) {
    let name = |base| CookieName::new(Prefix::HostHttp, base).expect("a plain name");
    let attributes = CookieAttributes::new(true);
    let cookie = SealedCookie::new(name("auth"), attributes.clone(), sealer.clone(), 9);
    let set = SealedCookieSet::new(name("auth.txn"), attributes, sealer.clone());
    (
        cookie.expect("a cookie that browsers accept"),
        set.expect("cookies that browsers accept"),
    )
}

/// The `Cookie` fields of a request, one per line: cookies are found, joined, opened and removed.
pub fn cookie_header(data: &[u8]) {
    let mut headers: HeaderMap = data
        .split(|&byte| byte == b'\n')
        .filter_map(|field| Some((COOKIE, HeaderValue::from_bytes(field).ok()?)))
        .collect();
    let (cookie, set) = cookies(&SEALER);

    let (received, signing_in) = receive(&headers, &cookie, &set, None);
    if let Some(received) = received {
        assert!(cookie.open(&received).all(|opened| opened.is_err()));
    }
    for id in signing_in.ids() {
        let found = set.find(&signing_in, &id);
        assert!(found.is_some_and(|found| found.is_err()));
    }
    remove_cookies(&mut headers, &[&cookie], &[&set]);
    assert!(cookie.receive(&headers).is_none());
    assert!(set.receive(&headers, None).is_empty());
}

/// A forged sealed value, which never opens.
pub fn open(data: &[u8]) {
    assert!(SEALER.open(data, b"").is_err());
}
