//! Requests for another protocol on the same connection, such as a WebSocket, and which pages may make
//! them.
//!
//! Browsers let any page open a WebSocket to any host, ask nobody before, and let the page read what
//! comes. Their cookies go along from every other host of the same site, whatever `SameSite` says, and
//! layers against cross-site requests pass the request because it is a GET. Only `Origin` says which
//! page asks (RFC 6455 section 10.2), and browsers always send it.

use http::header::{ORIGIN, UPGRADE};
use http::{HeaderMap, Method, Request};

use crate::components::Components;
use crate::log_limit::limited;

/// HTTP/2 over plain TCP (RFC 7540 section 3.2): the same request with the same answer, and no browser
/// asks for it.
const HTTP_2: &[u8] = b"h2c";

/// Whether the client asks for another protocol: with an `Upgrade` field (RFC 9110 section 7.8) that
/// names anything but HTTP/2, or with CONNECT, which HTTP/2 and HTTP/3 use for it (RFC 8441, RFC 9220).
///
/// A field that names nothing counts too, because servers look only for its presence.
pub(crate) fn is_asked_for(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::CONNECT
        || headers
            .get_all(UPGRADE)
            .iter()
            .any(|field| !names_http_2_alone(field.as_bytes()))
}

fn names_http_2_alone(field: &[u8]) -> bool {
    let mut protocols = field
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|protocol| !protocol.is_empty())
        .peekable();
    protocols.peek().is_some() && protocols.all(|protocol| protocol.eq_ignore_ascii_case(HTTP_2))
}

/// Whether a page of another origin asks for another protocol. Without `Origin` it is a program, which
/// sends only cookies that it was given.
///
/// Of several base URLs only the one of this request counts as ours: the application's other origins
/// have sessions of their own, so that one that is broken into does not reach the users of another.
/// `allowed_origins` is for pages that are meant to.
pub(crate) fn is_from_foreign_page<B>(shared: &Components, request: &Request<B>) -> bool {
    let headers = request.headers();
    if !is_asked_for(request.method(), headers) || !headers.contains_key(ORIGIN) {
        return false;
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    // Byte by byte, as browsers write it: lower case, without the default port.
    let is_ours = |origin: &[u8]| {
        origin == shared.origin.base_url.origin().as_bytes()
            || shared
                .origin
                .allowed_origins
                .iter()
                .any(|allowed| origin == allowed.as_bytes())
    };
    let is_foreign = match (origins.next(), origins.next()) {
        (Some(origin), None) => !is_ours(origin.as_bytes()),
        _ => true,
    };
    if is_foreign {
        limited!(
            warn,
            shared,
            ("upgrade", "foreign_origin"),
            base_url = shared.origin.base_url.origin(),
            "a page of another origin asked for a WebSocket or another upgrade, and nobody counts as \
             signed in for it; if the page is part of this application, give its origin with \
             allowed_origins"
        );
    }
    is_foreign
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(fields: &[&'static [u8]], expected: bool) {
        let headers = fields
            .iter()
            .map(|field| (UPGRADE, HeaderValue::from_bytes(field).unwrap()))
            .collect();

        assert_eq!(is_asked_for(&Method::GET, &headers), expected, "{fields:?}");
    }

    #[test]
    fn every_upgrade_field_but_one_for_http_2_asks_for_another_protocol() {
        check(&[], false);
        for http_2 in ["h2c", "H2C", " h2c\t", "h2c, ", ",h2c , H2c"] {
            check(&[http_2.as_bytes()], false);
        }
        for other in [
            "websocket",
            "WebSocket",
            "\twebsocket ",
            "h2c, websocket",
            "websocket,h2c",
            "h2c/1",
            "h2",
            "h2c websocket",
            "TLS/1.0",
            "connect-udp",
            "",
            " , ",
        ] {
            check(&[other.as_bytes()], true);
        }
        check(&[b"h2c", b"websocket"], true);
        check(&[b"h2c", b"h2c"], false);
        check(&[b"\xff"], true);
    }

    #[test]
    fn connect_asks_for_another_protocol_without_any_field() {
        assert!(is_asked_for(&Method::CONNECT, &HeaderMap::new()));
        assert!(!is_asked_for(&Method::POST, &HeaderMap::new()));
    }
}
