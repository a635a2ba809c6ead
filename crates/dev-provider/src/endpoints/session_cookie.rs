//! The cookie that holds the browser's session at the provider.

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

/// Host-only and for the browser's session. Not `Secure`, for the provider speaks plain HTTP;
/// `Lax`, so that a client's redirect brings it along.
#[expect(
    clippy::expect_used,
    reason = "the name is a constant and a token's characters are base64url"
)]
pub(super) fn set(value: &str) -> HeaderValue {
    HeaderValue::try_from(format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax"))
        .expect("only visible ASCII")
}

pub(super) fn delete() -> HeaderValue {
    HeaderValue::from_static("dev_provider_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
