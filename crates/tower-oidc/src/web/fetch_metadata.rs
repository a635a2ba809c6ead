//! What kind of request this is (a navigation, a script's request, a prefetch), and which site it comes from:
//! W3C Fetch Metadata Request Headers, and fallbacks for clients that do not send them.

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

/// What makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initiator {
    /// A top-level navigation.
    Navigation,
    /// A prefetch or prerender, which must have no effect.
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
        // An unknown value counts as the least trusted one.
        _ => Site::CrossSite,
    })
}

pub(crate) fn initiator(headers: &HeaderMap) -> Initiator {
    if is_prefetch(headers) {
        return Initiator::Prefetch;
    }
    let dest = header(headers, &SEC_FETCH_DEST);
    match header(headers, &SEC_FETCH_MODE) {
        Some(b"navigate") => match dest {
            None | Some(b"document") => Initiator::Navigation,
            // Chromium sends this if a service worker forwards a navigation, as in
            // `respondWith(fetch(event.request))`. Otherwise no script can make a request of this mode
            // (Fetch standard, the constructor of `Request`). It may also be for a frame in a page of the
            // same site; see `is_top_level`.
            Some(b"empty") => Initiator::Navigation,
            Some(_) => Initiator::Embedded,
        },
        Some(b"cors" | b"same-origin" | b"websocket") => Initiator::Script,
        Some(_) => Initiator::Embedded,
        // A proxy removed the mode, or the browser sends none of these headers.
        None => match dest {
            Some(b"empty") if !names_html(headers) => Initiator::Script,
            None | Some(b"document" | b"empty") => by_accepted_types(headers),
            Some(_) => Initiator::Embedded,
        },
    }
}

fn by_accepted_types(headers: &HeaderMap) -> Initiator {
    if headers.contains_key(X_REQUESTED_WITH) || !accepts_html(headers) {
        Initiator::Script
    } else {
        Initiator::Navigation
    }
}

/// Whether the browser says that it shows the response as the page of a tab. For a navigation that a service
/// worker forwarded it does not: that may also be for a frame.
pub(crate) fn is_top_level(headers: &HeaderMap) -> bool {
    header(headers, &SEC_FETCH_MODE) == Some(b"navigate")
        && header(headers, &SEC_FETCH_DEST) == Some(b"document")
}

/// Whether this is a navigation, which a guard may answer with a redirect to the sign-in.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    (method == Method::GET || method == Method::HEAD) && shows_a_page(headers)
}

/// Whether a user submitted a form, so that the response is shown as a page.
pub(crate) fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::POST && shows_a_page(headers)
}

/// Whether the response is shown as a page. Without Fetch Metadata, `Accept` has to name HTML, because programs
/// send `*/*`.
fn shows_a_page(headers: &HeaderMap) -> bool {
    initiator(headers) == Initiator::Navigation
        && (headers.contains_key(SEC_FETCH_MODE) || names_html(headers))
}

/// Whether a page of this origin makes the request, or it is a navigation that no page started. `origin`
/// is the origin of this application.
pub(crate) fn is_from_own_page(headers: &HeaderMap, origin: &str) -> bool {
    match site(headers) {
        Some(Site::SameOrigin) => true,
        Some(Site::None) => initiator(headers) == Initiator::Navigation,
        Some(Site::SameSite | Site::CrossSite) => false,
        None => origin_is(headers, origin) || has_custom_header(headers),
    }
}

/// Whether the browser says that a script of a page of this origin makes the request, with `fetch` or
/// `XMLHttpRequest`. Without Fetch Metadata it is false: `Origin` and our own request header do not prove that
/// a browser hides the response from other pages.
pub(crate) fn is_from_own_script(headers: &HeaderMap) -> bool {
    site(headers) == Some(Site::SameOrigin)
        && !is_prefetch(headers)
        && matches!(
            header(headers, &SEC_FETCH_MODE),
            Some(b"cors" | b"same-origin")
        )
        // A script or an image with `crossorigin` has the same mode.
        && header(headers, &SEC_FETCH_DEST) == Some(b"empty")
}

/// Whether a page of another origin makes the request. Without Fetch Metadata this depends on `Origin`:
/// browsers send it with every request whose response a script of another origin could read. `origin` is the
/// origin of this application.
pub(crate) fn is_from_another_origin(headers: &HeaderMap, origin: &str) -> bool {
    match site(headers) {
        Some(Site::SameOrigin | Site::None) => false,
        Some(Site::SameSite | Site::CrossSite) => true,
        None => headers.contains_key(ORIGIN) && !origin_is(headers, origin),
    }
}

/// Whether the caller prefers JSON to a page. A script whose `Accept` names neither gets JSON, because it
/// cannot follow a redirect to the provider.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let names_json =
        header(headers, &ACCEPT).is_some_and(|accept| contains(accept, b"application/json"));
    (names_json || is_from_own_script(headers)) && !names_html(headers)
}

fn has_custom_header(headers: &HeaderMap) -> bool {
    header(headers, &X_REQUESTED_WITH) == Some(CUSTOM_HEADER_VALUE)
}

fn origin_is(headers: &HeaderMap, origin: &str) -> bool {
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
    fn fetch_metadata_identifies_the_initiator() {
        let table = [
            ("navigate", "document", Initiator::Navigation),
            ("navigate", "empty", Initiator::Navigation),
            ("navigate", "iframe", Initiator::Embedded),
            ("navigate", "frame", Initiator::Embedded),
            ("navigate", "object", Initiator::Embedded),
            ("no-cors", "empty", Initiator::Embedded),
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
    fn without_fetch_metadata_the_accepted_types_identify_the_initiator() {
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
    fn without_a_mode_the_destination_and_the_accepted_types_decide() {
        let table = [
            ("iframe", "text/html", Initiator::Embedded),
            ("image", "*/*", Initiator::Embedded),
            ("empty", "*/*", Initiator::Script),
            ("empty", "text/html", Initiator::Navigation),
            ("document", "text/html", Initiator::Navigation),
        ];
        for (dest, accept, expected) in table {
            let headers = headers(&[("sec-fetch-dest", dest), ("accept", accept)]);

            assert_eq!(initiator(&headers), expected, "{dest} {accept}");
        }
    }

    #[test]
    fn a_posted_form_is_neither_a_script_nor_a_frame() {
        let html = ("accept", "text/html");
        let table = [
            (vec![("sec-fetch-mode", "navigate"), html], true),
            (
                vec![("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")],
                true,
            ),
            (
                vec![("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
                false,
            ),
            (vec![("sec-fetch-mode", "cors"), html], false),
            (vec![html], true),
            (vec![html, ("x-requested-with", "XMLHttpRequest")], false),
            (vec![("accept", "*/*")], false),
            (vec![], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(
                is_form(&Method::POST, &headers(&pairs)),
                expected,
                "{pairs:?}"
            );
            assert!(!is_form(&Method::PUT, &headers(&pairs)));
        }
    }

    #[test]
    fn every_announcement_of_a_prefetch_is_recognized() {
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
