//! Limits what caches may do with a response, after the application has set its headers.

use std::sync::Once;

use headers::{CacheControl, Header};
use http::header::{CACHE_CONTROL, EXPIRES, Entry, HeaderName, VARY};
use http::{HeaderMap, HeaderValue};

use crate::web::response::NO_STORE;

static WARN_ONCE: Once = Once::new();

/// Headers that shared caches obey instead of `Cache-Control`.
const SHARED_CACHE_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("cdn-cache-control"),
    HeaderName::from_static("cloudflare-cdn-cache-control"),
    HeaderName::from_static("vercel-cdn-cache-control"),
    HeaderName::from_static("surrogate-control"),
    HeaderName::from_static("x-accel-expires"),
    EXPIRES,
];

/// For a response that sets one of our cookies. A cache that stored it would give one user's session to
/// others (CVE-2025-48947).
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    for name in &SHARED_CACHE_HEADERS {
        headers.remove(name);
    }
}

const BY_COOKIE: HeaderValue = HeaderValue::from_static("cookie");

/// For a response of an application that asked who is signed in, so that it depends on the cookie.
pub(crate) fn vary_by_cookie(headers: &mut HeaderMap) {
    let named = |value: &HeaderValue| {
        value.as_bytes().split(|&byte| byte == b',').any(|field| {
            let field = field.trim_ascii();
            field == b"*" || field.eq_ignore_ascii_case(b"cookie")
        })
    };
    match headers.entry(VARY) {
        Entry::Vacant(entry) => _ = entry.insert(BY_COOKIE),
        Entry::Occupied(mut entry) => {
            if !entry.iter().any(named) {
                entry.append(BY_COOKIE);
            }
        }
    }
}

/// For a response to a signed-in user. If the application set `public` or `s-maxage`, it is unchanged, because
/// these allow shared caches on purpose (RFC 9111 sections 5.2.2.9 and 5.2.2.10). Other directives, such as
/// `max-age`, are for the user's browser, so `private` is added.
///
/// The field is parsed, but not rewritten from the result: that would drop the directives that `headers` does
/// not know. A field that it cannot parse gets `private` too, to be safe.
pub(crate) fn private_unless_shared(headers: &mut HeaderMap) {
    if let Entry::Vacant(entry) = headers.entry(CACHE_CONTROL) {
        entry.insert(PRIVATE);
        return;
    }
    let fields: Vec<_> = headers.get_all(CACHE_CONTROL).iter().cloned().collect();
    let set: Vec<_> = fields.iter().filter_map(read).collect();
    if set.iter().any(|it| it.private() || it.no_store()) {
        return;
    }
    if set.iter().any(|it| it.public() || it.s_max_age().is_some()) {
        return WARN_ONCE.call_once(|| {
            tracing::warn!(
                "a response to a signed-in user has Cache-Control with public or s-maxage: shared \
                 caches may give it to others"
            );
        });
    }
    // At the start of a single field: a malformed directive cannot hide it there, and some caches read only
    // the first field.
    let mut value = PRIVATE.as_bytes().to_vec();
    for field in fields.iter().filter(|field| !field.is_empty()) {
        value.extend_from_slice(b", ");
        value.extend_from_slice(field.as_bytes());
    }
    let value = HeaderValue::from_bytes(&value);
    headers.insert(CACHE_CONTROL, value.unwrap_or(PRIVATE));
}

const PRIVATE: HeaderValue = HeaderValue::from_static("private");

/// Parses a field in lower case: directives are compared without case (RFC 9111 section 5.2), but `headers`
/// knows only lower case.
///
/// A field with a backslash or a plus sign is not parsed. `headers` does not know escaped quotes (RFC 9110
/// section 5.6.4): it could mistake the argument of an extension for a directive, and then the response would
/// get no `private`. It also accepts `+600` as a number of seconds, against RFC 9111 section 1.2.2.
fn read(field: &HeaderValue) -> Option<CacheControl> {
    if field.as_bytes().iter().any(|byte| b"\\+".contains(byte)) {
        return None;
    }
    let field = HeaderValue::from_bytes(&field.as_bytes().to_ascii_lowercase()).ok()?;
    CacheControl::decode(&mut std::iter::once(&field)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cache_may_store_a_response_that_sets_our_cookie() {
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

    #[test]
    fn an_authenticated_response_is_private_unless_the_application_says_otherwise() {
        let mut silent = HeaderMap::new();
        private_unless_shared(&mut silent);
        assert_eq!(silent[CACHE_CONTROL], "private");

        let mut public = HeaderMap::new();
        public.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=5"));
        private_unless_shared(&mut public);
        assert_eq!(public[CACHE_CONTROL], "public, max-age=5");
    }

    #[track_caller]
    fn check(fields: &[&'static str], expected: &[&str]) {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(field));
        }

        private_unless_shared(&mut headers);

        let said: Vec<_> = headers.get_all(CACHE_CONTROL).iter().collect();
        assert_eq!(said, expected, "{fields:?}");
    }

    #[test]
    fn private_is_added_unless_the_field_has_public_or_s_maxage() {
        check(&["max-age=600"], &["private, max-age=600"]);
        check(&["no-cache"], &["private, no-cache"]);
        check(&[""], &["private"]);
        check(
            &["max-age=5", "no-cache"],
            &["private, max-age=5, no-cache"],
        );
        // These directives do not allow shared caches, although they may seem to.
        for field in [
            r#"private="set-cookie", max-age=5"#,
            r#"no-cache="set-cookie""#,
            r#"ext="public""#,
            r#"ext="a, public, s-maxage=5""#,
            r#"ext="\", public""#,
            r#"ext="\", public, x""#,
            r#"ext="\", no-store, x""#,
            r#"ext="\", private, x""#,
            r#"ext="unterminated, public"#,
            "publicly, s-maxage, s-maxage=, s-maxage=x, public=1",
            "must-revalidate, immutable",
            "stale-if-error=60, x-vendor=\"a, b\", max-age=5",
            // Fields that are not parsed: white space around `=` is not in the grammar, and a directive
            // follows an argument with an escaped quote.
            "max-age=5\t, s-maxage = 5",
            r#"ext="\"", public"#,
            // Not a number of seconds in the grammar of RFC 9111 section 1.2.2.
            "s-maxage=+600",
            "s-maxage=\"+600\"",
            "s-maxage=-1",
            "s-maxage=6e2",
            "s-maxage=99999999999999999999",
        ] {
            check(&[field], &[&format!("private, {field}")]);
        }
    }

    #[test]
    fn fields_with_public_s_maxage_private_or_no_store_are_unchanged() {
        for field in [
            "public, max-age=5",
            "max-age=5,PUBLIC",
            "s-maxage=600",
            "S-MaxAge=\"600\"",
            "max-age=5\t, s-maxage=5",
            r#"ext="a, b", public"#,
            "Private",
            "no-store",
            "max-age=0, no-store",
        ] {
            check(&[field], &[field]);
        }
        check(&["max-age=5", "public"], &["max-age=5", "public"]);
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
