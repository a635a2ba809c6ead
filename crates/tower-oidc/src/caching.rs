//! What a response's caches may do, after the application has had its say.

use std::sync::Once;

use http::header::{CACHE_CONTROL, COOKIE, EXPIRES, HeaderName, VARY};
use http::{HeaderMap, HeaderValue};

use crate::response::NO_STORE;

static WARN_ONCE: Once = Once::new();

/// Headers by which an application talks to a shared cache past `Cache-Control`.
const SHARED_CACHE_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("cdn-cache-control"),
    HeaderName::from_static("cloudflare-cdn-cache-control"),
    HeaderName::from_static("vercel-cdn-cache-control"),
    HeaderName::from_static("surrogate-control"),
    HeaderName::from_static("x-accel-expires"),
    EXPIRES,
];

/// The response sets a cookie of ours: a cache that kept it would hand one user's session to
/// others (CVE-2025-48947).
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    for name in &SHARED_CACHE_HEADERS {
        headers.remove(name);
    }
}

/// The application looked at who asks, so the response depends on the cookie.
pub(crate) fn vary_by_cookie(headers: &mut HeaderMap) {
    let named = headers.get_all(VARY).iter().any(|value| {
        value.as_bytes().split(|&byte| byte == b',').any(|field| {
            let field = field.trim_ascii();
            field == b"*" || field.eq_ignore_ascii_case(b"cookie")
        })
    });
    if !named {
        headers.append(VARY, HeaderValue::from_name(COOKIE));
    }
}

/// The response is for one signed-in user. An application that says `public` is taken at its word.
pub(crate) fn private_unless_told(headers: &mut HeaderMap) {
    match headers.get(CACHE_CONTROL) {
        None => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        Some(_) if is_for_shared_caches(headers) => WARN_ONCE.call_once(|| {
            tracing::warn!(
                "a response to a signed-in user has a Cache-Control without private or no-store: \
                 shared caches may give it to others"
            );
        }),
        Some(_) => {}
    }
}

fn is_for_shared_caches(headers: &HeaderMap) -> bool {
    !headers.get_all(CACHE_CONTROL).iter().any(|value| {
        value
            .as_bytes()
            .split(|&byte| byte == b',')
            .any(|directive| {
                let directive = directive.trim_ascii();
                directive.eq_ignore_ascii_case(b"private")
                    || directive.eq_ignore_ascii_case(b"no-store")
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H-04
    #[test]
    fn nothing_that_sets_our_cookie_may_be_stored_anywhere() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("cache-control", "public, max-age=600, s-maxage=600"),
            ("cdn-cache-control", "max-age=600"),
            ("surrogate-control", "max-age=600"),
            ("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }

        forbid_storing(&mut headers);

        assert_eq!(headers.len(), 1);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
    }

    /// H-05
    #[test]
    fn an_authenticated_response_is_private_unless_the_application_says_otherwise() {
        let mut silent = HeaderMap::new();
        private_unless_told(&mut silent);
        assert_eq!(silent[CACHE_CONTROL], "private");

        let mut told = HeaderMap::new();
        told.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=5"));
        private_unless_told(&mut told);
        assert_eq!(told[CACHE_CONTROL], "public, max-age=5");
    }

    #[test]
    fn vary_is_appended_once() {
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, COOKIE"));
        vary_by_cookie(&mut headers);
        assert_eq!(headers.get_all(VARY).iter().count(), 1);

        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        vary_by_cookie(&mut headers);
        assert_eq!(headers.get_all(VARY).iter().count(), 2);
    }
}
