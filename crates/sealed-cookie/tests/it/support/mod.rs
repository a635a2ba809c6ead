//! Helpers of several test files.

pub(crate) mod browser;
pub(crate) mod by_hand;
pub(crate) mod entropy;
pub(crate) mod fields;

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, OpenErrorKind, OpenedValue, Prefix,
    Purpose, SealedCookie, SealedCookieSet, Sealer,
};

pub(crate) const SECRET: &str = "3q2+7w8Jt0ZtX7uYw2RfMh8NcLs5BdGe9PjVa4oTxQi6Uz1k";
pub(crate) const OLDER: &str = "W8rHnq2Lk6YtFz0CmXvJ5sGdBp9ToEa3uQi7Rj4KwNxZ1yMf";
pub(crate) const OLDEST: &str = "E4jZb1Mx7RqVn0LsTw9KcHf5YgPd3uAo8iC6eQkB2tJvXyWr";

pub(crate) fn ring(secrets: &[&str]) -> KeyRing {
    KeyRing::new(
        secrets
            .iter()
            .map(|secret| CookieSecret::new(secret).unwrap()),
    )
    .unwrap()
}

pub(crate) fn sealer(secrets: &[&str]) -> Sealer {
    ring(secrets).sealer(Purpose::SESSION, &[b"https://shop.example", b"auth"])
}

pub(crate) fn session_cookie(sealer: Sealer) -> SealedCookie {
    let name = CookieName::new(Prefix::Host, "auth").unwrap();
    SealedCookie::new(name, CookieAttributes::new(true), sealer, 4).unwrap()
}

pub(crate) fn transaction_set() -> SealedCookieSet {
    let name = CookieName::new(Prefix::Host, "auth.txn").unwrap();
    let sealer = ring(&[SECRET]).sealer(Purpose::TRANSACTION, &[b"https://shop.example", b"auth"]);
    SealedCookieSet::new(name, CookieAttributes::new(true), sealer).unwrap()
}

/// A request with these `Cookie` fields.
pub(crate) fn request<I>(fields: I) -> HeaderMap
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(COOKIE, HeaderValue::from_bytes(field.as_ref()).unwrap());
    }
    headers
}

/// The values of the cookie in a request, in order.
pub(crate) fn open(
    cookie: &SealedCookie,
    headers: &HeaderMap,
) -> Vec<Result<Vec<u8>, OpenErrorKind>> {
    let received = cookie.receive(headers);
    received
        .iter()
        .flat_map(|received| cookie.open(received))
        .map(outcome)
        .collect()
}

pub(crate) fn outcome(
    result: Result<OpenedValue, sealed_cookie::OpenError>,
) -> Result<Vec<u8>, OpenErrorKind> {
    result
        .map(|opened| opened.plaintext().to_vec())
        .map_err(|error| error.kind())
}
