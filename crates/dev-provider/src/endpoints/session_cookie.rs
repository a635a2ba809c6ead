//! The cookie with the browser's session at the provider.

use http::{HeaderMap, HeaderValue, header};

const NAME: &str = "dev_provider_session";

/// The value of the cookie, if the browser sent it.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// The field that sets the cookie, for this host and until the browser is closed.
///
/// It is not `Secure`, because the provider only supports plain HTTP. It is `Lax`, so that a
/// redirect from a client carries it.
#[expect(
    clippy::expect_used,
    reason = "the name is a constant, and the value is base64url"
)]
pub(super) fn set(value: &str) -> HeaderValue {
    HeaderValue::try_from(format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax"))
        .expect("only visible ASCII")
}

pub(super) fn delete() -> HeaderValue {
    HeaderValue::from_static("dev_provider_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
