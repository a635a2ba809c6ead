//! What kind of request this is: a person's navigation, a script's call, a prefetch, and from
//! where (W3C Fetch Metadata Request Headers; fallbacks for clients that do not send them).

use http::header::{ACCEPT, HeaderName, ORIGIN};
use http::{HeaderMap, Method};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Headers by which browsers and front-end frameworks announce a prefetch or a prerender.
const PREFETCH_HEADERS: [(HeaderName, &[u8]); 6] = [
    (HeaderName::from_static("sec-purpose"), b"prefetch"),
    (HeaderName::from_static("purpose"), b"prefetch"),
    (HeaderName::from_static("x-purpose"), b"prefetch"),
    (HeaderName::from_static("x-moz"), b"prefetch"),
    (HeaderName::from_static("next-router-prefetch"), b""),
    (HeaderName::from_static("x-middleware-prefetch"), b""),
];

/// The value of our own request header: another origin cannot send it without a CORS preflight.
const CUSTOM_HEADER_VALUE: &[u8] = b"tower-oidc";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the values of Sec-Fetch-Site")]
pub(crate) enum Site {
    SameOrigin,
    SameSite,
    CrossSite,
    /// The user typed the address or followed a bookmark.
    None,
}

/// Who asks for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initiator {
    /// A top-level navigation.
    Navigation,
    /// A prefetch or prerender; nothing may come of it.
    Prefetch,
    /// An image, a frame, a style sheet: something embedded in a page.
    Embedded,
    /// `fetch`, `XMLHttpRequest` or a program that wants data.
    Script,
}

pub(crate) fn site(headers: &HeaderMap) -> Option<Site> {
    Some(match headers.get(SEC_FETCH_SITE)?.as_bytes() {
        b"same-origin" => Site::SameOrigin,
        b"same-site" => Site::SameSite,
        b"none" => Site::None,
        // Values of the future are no better than the worst of today.
        _ => Site::CrossSite,
    })
}

pub(crate) fn initiator(headers: &HeaderMap) -> Initiator {
    if is_prefetch(headers) {
        return Initiator::Prefetch;
    }
    match header(headers, &SEC_FETCH_MODE) {
        Some(b"navigate") => match header(headers, &SEC_FETCH_DEST) {
            None | Some(b"document") => Initiator::Navigation,
            Some(_) => Initiator::Embedded,
        },
        Some(b"cors" | b"same-origin" | b"websocket") => Initiator::Script,
        Some(_) => Initiator::Embedded,
        None if headers.contains_key(X_REQUESTED_WITH) || !accepts_html(headers) => {
            Initiator::Script
        }
        None => Initiator::Navigation,
    }
}

/// A navigation that a guard may answer with a redirect to the sign-in.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    (method == Method::GET || method == Method::HEAD)
        && initiator(headers) == Initiator::Navigation
        && (headers.contains_key(SEC_FETCH_MODE) || names_html(headers))
}

/// Whether the caller prefers JSON to a page.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    header(headers, &ACCEPT).is_some_and(|accept| contains(accept, b"application/json"))
        && !names_html(headers)
}

pub(crate) fn has_custom_header(headers: &HeaderMap) -> bool {
    header(headers, &X_REQUESTED_WITH) == Some(CUSTOM_HEADER_VALUE)
}

pub(crate) fn origin_is(headers: &HeaderMap, origin: &str) -> bool {
    header(headers, &ORIGIN) == Some(origin.as_bytes())
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    PREFETCH_HEADERS.iter().any(|(name, mark)| {
        header(headers, name).is_some_and(|value| mark.is_empty() || contains(value, mark))
    })
}

fn accepts_html(headers: &HeaderMap) -> bool {
    header(headers, &ACCEPT).is_none_or(|accept| contains(accept, b"*/*")) || names_html(headers)
}

fn names_html(headers: &HeaderMap) -> bool {
    header(headers, &ACCEPT).is_some_and(|accept| contains(accept, b"text/html"))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    headers.get(name).map(http::HeaderValue::as_bytes)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn the_initiator_is_told_by_fetch_metadata() {
        let table = [
            ("navigate", "document", Initiator::Navigation),
            ("navigate", "iframe", Initiator::Embedded),
            ("no-cors", "image", Initiator::Embedded),
            ("cors", "empty", Initiator::Script),
            ("same-origin", "empty", Initiator::Script),
            ("unheard-of", "document", Initiator::Embedded),
        ];
        for (mode, dest, expected) in table {
            let headers = headers(&[("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]);

            assert_eq!(initiator(&headers), expected, "{mode} {dest}");
        }
    }

    #[test]
    fn without_fetch_metadata_the_initiator_is_told_by_what_it_wants() {
        assert_eq!(initiator(&headers(&[])), Initiator::Navigation);
        assert_eq!(
            initiator(&headers(&[("accept", "*/*")])),
            Initiator::Navigation
        );
        assert_eq!(
            initiator(&headers(&[("accept", "application/json")])),
            Initiator::Script
        );
        assert_eq!(
            initiator(&headers(&[("x-requested-with", "XMLHttpRequest")])),
            Initiator::Script
        );
    }

    #[test]
    fn every_announcement_of_a_prefetch_is_understood() {
        for (name, value) in [
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("next-router-prefetch", "1"),
            ("x-middleware-prefetch", "1"),
        ] {
            assert_eq!(
                initiator(&headers(&[(name, value), ("sec-fetch-mode", "navigate")])),
                Initiator::Prefetch
            );
        }
    }

    #[test]
    fn a_program_that_names_no_type_gets_no_redirect() {
        let curl = headers(&[("accept", "*/*")]);
        let browser = headers(&[("accept", "text/html,application/xhtml+xml")]);

        assert!(!is_navigation(&Method::GET, &curl));
        assert!(is_navigation(&Method::GET, &browser));
        assert!(!is_navigation(&Method::POST, &browser));
    }

    #[test]
    fn an_unknown_site_counts_as_foreign() {
        assert_eq!(
            site(&headers(&[("sec-fetch-site", "new-value")])),
            Some(Site::CrossSite)
        );
        assert_eq!(site(&headers(&[])), None);
    }
}
