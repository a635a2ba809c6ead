//! What a response's caches may do, after the application has had its say.

use std::sync::Once;

use http::header::{CACHE_CONTROL, COOKIE, EXPIRES, HeaderName, VARY};
use http::{HeaderMap, HeaderValue};

use crate::web::response::NO_STORE;

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

/// The response is for one signed-in user. An application that says `public` or `s-maxage` is taken at
/// its word (RFC 9111 sections 5.2.2.9 and 5.2.2.10); what else it says, such as `max-age`, is meant for
/// the user's browser, so `private` is added.
pub(crate) fn private_unless_told(headers: &mut HeaderMap) {
    let fields: Vec<_> = headers.get_all(CACHE_CONTROL).iter().cloned().collect();
    let said: Vec<_> = fields
        .iter()
        .flat_map(|field| directives(field.as_bytes()))
        .collect();
    if said.iter().any(|it| it.is("private") || it.is("no-store")) {
        return;
    }
    if said.iter().any(|it| it.is("public") || it.is_shared_age()) {
        return WARN_ONCE.call_once(|| {
            tracing::warn!(
                "a response to a signed-in user says public or s-maxage: shared caches may give it to \
                 others"
            );
        });
    }
    // In front and in one field: what is malformed cannot hide it there, and some caches read the first
    // field alone.
    let mut value = PRIVATE.to_vec();
    for field in fields.iter().filter(|field| !field.is_empty()) {
        value.extend_from_slice(b", ");
        value.extend_from_slice(field.as_bytes());
    }
    let value = HeaderValue::from_bytes(&value);
    headers.insert(
        CACHE_CONTROL,
        value.unwrap_or(HeaderValue::from_static("private")),
    );
}

const PRIVATE: &[u8] = b"private";

/// One directive of `Cache-Control` (RFC 9111 section 5.2).
struct Directive<'a> {
    name: &'a [u8],
    argument: Option<&'a [u8]>,
}

impl Directive<'_> {
    /// Whether it is this one without an argument. `private="set-cookie"` is not `private`: it keeps
    /// that field from shared caches and nothing else.
    fn is(&self, name: &str) -> bool {
        self.argument.is_none() && self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it says how long shared caches may keep the response.
    fn is_shared_age(&self) -> bool {
        let seconds = self.argument.map(|argument| {
            let inner = argument.strip_prefix(b"\"");
            inner
                .and_then(|inner| inner.strip_suffix(b"\""))
                .unwrap_or(argument)
        });
        self.name.eq_ignore_ascii_case(b"s-maxage")
            && seconds.is_some_and(|it| !it.is_empty() && it.iter().all(u8::is_ascii_digit))
    }
}

/// The directives of one field, in one pass. A comma in a quoted string separates nothing (RFC 9110
/// section 5.6.4).
fn directives(field: &[u8]) -> impl Iterator<Item = Directive<'_>> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts = field.split(move |&byte| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match byte {
            b'"' if !was_escaped => is_quoted = !is_quoted,
            b'\\' if is_quoted && !was_escaped => is_escaped = true,
            _ => {}
        }
        byte == b',' && !is_quoted
    });
    parts.map(|part| {
        let equals = part.iter().position(|&byte| byte == b'=');
        let (name, argument) = match equals.and_then(|at| part.split_at_checked(at)) {
            Some((name, argument)) => (name, argument.get(1..).map(<[u8]>::trim_ascii)),
            None => (part, None),
        };
        Directive {
            name: name.trim_ascii(),
            argument,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[track_caller]
    fn check(fields: &[&'static str], expected: &[&str]) {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(field));
        }

        private_unless_told(&mut headers);

        let said: Vec<_> = headers.get_all(CACHE_CONTROL).iter().collect();
        assert_eq!(said, expected, "{fields:?}");
    }

    #[test]
    fn private_is_added_to_whatever_says_neither_public_nor_s_maxage() {
        check(&["max-age=600"], &["private, max-age=600"]);
        check(&["no-cache"], &["private, no-cache"]);
        check(&[""], &["private"]);
        check(
            &["max-age=5", "no-cache"],
            &["private, max-age=5, no-cache"],
        );
        // For shared caches these say less than they seem to.
        for field in [
            r#"private="set-cookie", max-age=5"#,
            r#"no-cache="set-cookie""#,
            r#"ext="public""#,
            r#"ext="a, public, s-maxage=5""#,
            r#"ext="\", public""#,
            r#"ext="unterminated, public"#,
            "publicly, s-maxage, s-maxage=, s-maxage=x, public=1",
            "must-revalidate, immutable",
        ] {
            check(&[field], &[&format!("private, {field}")]);
        }
    }

    #[test]
    fn public_s_maxage_private_and_no_store_stand_as_the_application_wrote_them() {
        for field in [
            "public, max-age=5",
            "max-age=5,PUBLIC",
            "s-maxage=600",
            "S-MaxAge=\"600\"",
            "max-age=5\t, s-maxage = 5",
            r#"ext="a, b", public"#,
            r#"ext="\"", public"#,
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
