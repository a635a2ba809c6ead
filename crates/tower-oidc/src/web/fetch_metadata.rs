//! What kind of request this is (a navigation, a script's request, a prefetch), and which site it comes from:
//! W3C Fetch Metadata Request Headers, and fallbacks for clients that do not send them.

use http::header::{ACCEPT, HeaderName, ORIGIN};
use http::{HeaderMap, Method};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

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

/// The fields of a request that show what makes it.
///
/// They are collected in one pass over the header: to look for each of ten names takes five times as long, and
/// the layer does this for every request.
#[derive(Clone, Copy, Default)]
pub(crate) struct FetchFields<'a> {
    mode: Option<&'a [u8]>,
    dest: Option<&'a [u8]>,
    accept: Option<&'a [u8]>,
    has_requested_with: bool,
    is_prefetch: bool,
}

impl<'a> FetchFields<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let mut fields = Self::default();
        for (name, value) in headers {
            fields.read(name.as_str(), value.as_bytes());
        }
        fields
    }

    /// Reads the next field of the header. Of several fields with the same name the first one counts.
    pub(crate) fn read(&mut self, name: &str, value: &'a [u8]) {
        match name {
            "sec-fetch-mode" => _ = self.mode.get_or_insert(value),
            "sec-fetch-dest" => _ = self.dest.get_or_insert(value),
            "accept" => _ = self.accept.get_or_insert(value),
            "x-requested-with" => self.has_requested_with = true,
            // Browsers and front-end frameworks announce a prefetch or a prerender with one of these.
            "sec-purpose" | "purpose" | "x-purpose" | "x-moz" => {
                self.is_prefetch |= contains(value, b"prefetch");
            }
            "next-router-prefetch" | "x-middleware-prefetch" => self.is_prefetch = true,
            _ => {}
        }
    }

    fn initiator(&self) -> Initiator {
        if self.is_prefetch {
            return Initiator::Prefetch;
        }
        match self.mode {
            Some(b"navigate") => match self.dest {
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
            None => match self.dest {
                Some(b"empty") if !self.names_html() => Initiator::Script,
                None | Some(b"document" | b"empty") => self.initiator_by_accepted_types(),
                Some(_) => Initiator::Embedded,
            },
        }
    }

    fn initiator_by_accepted_types(&self) -> Initiator {
        if self.has_requested_with || !self.accepts_html() {
            Initiator::Script
        } else {
            Initiator::Navigation
        }
    }

    /// Whether the browser says that it shows the response as the page of a tab. For a navigation that a service
    /// worker forwarded it does not: that may also be for a frame.
    pub(crate) fn is_top_level(&self) -> bool {
        self.mode == Some(b"navigate") && self.dest == Some(b"document")
    }

    /// Whether the response is shown as a page. Without Fetch Metadata, `Accept` has to name HTML, because programs
    /// send `*/*`.
    fn shows_a_page(&self) -> bool {
        self.initiator() == Initiator::Navigation && (self.mode.is_some() || self.names_html())
    }

    /// Whether this is a navigation, which a guard may answer with a redirect to the sign-in.
    pub(crate) fn is_navigation(&self, method: &Method) -> bool {
        (method == Method::GET || method == Method::HEAD) && self.shows_a_page()
    }

    /// Whether a user submitted a form, so that the response is shown as a page.
    pub(crate) fn is_form(&self, method: &Method) -> bool {
        method == Method::POST && self.shows_a_page()
    }

    fn accepts_html(&self) -> bool {
        self.accept.is_none_or(|accept| contains(accept, b"*/*")) || self.names_html()
    }

    fn names_html(&self) -> bool {
        self.accept
            .is_some_and(|accept| contains(accept, b"text/html"))
    }
}

pub(crate) fn initiator(headers: &HeaderMap) -> Initiator {
    FetchFields::of(headers).initiator()
}

/// The same as [`FetchFields::is_top_level`].
pub(crate) fn is_top_level(headers: &HeaderMap) -> bool {
    FetchFields::of(headers).is_top_level()
}

/// The same as [`FetchFields::is_navigation`].
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    FetchFields::of(headers).is_navigation(method)
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
    let fields = FetchFields::of(headers);
    site(headers) == Some(Site::SameOrigin)
        && !fields.is_prefetch
        && matches!(fields.mode, Some(b"cors" | b"same-origin"))
        // A script or an image with `crossorigin` has the same mode.
        && fields.dest == Some(b"empty")
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
    (names_json || is_from_own_script(headers)) && !FetchFields::of(headers).names_html()
}

fn has_custom_header(headers: &HeaderMap) -> bool {
    header(headers, &X_REQUESTED_WITH) == Some(CUSTOM_HEADER_VALUE)
}

fn origin_is(headers: &HeaderMap, origin: &str) -> bool {
    header(headers, &ORIGIN) == Some(origin.as_bytes())
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    headers.get(name).map(http::HeaderValue::as_bytes)
}

/// Whether `needle` is in `haystack`, in upper or lower case.
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
                FetchFields::of(&headers(&pairs)).is_form(&Method::POST),
                expected,
                "{pairs:?}"
            );
            assert!(!FetchFields::of(&headers(&pairs)).is_form(&Method::PUT));
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
