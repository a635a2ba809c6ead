//! Requests for another protocol on the same connection, such as a WebSocket, and which pages may make
//! them.
//!
//! Browsers let any page open a WebSocket to any host, without a preflight, and let the page read what the
//! host sends. They send the cookies too if the page is of another host of the same site, whatever
//! `SameSite` says. Layers against cross-site requests let the request pass, because it is a GET. Only
//! `Origin` shows which page makes the request (RFC 6455 section 10.2), and browsers always send it.

use http::header::{ORIGIN, UPGRADE};
use http::{HeaderMap, Method};

/// HTTP/2 over plain TCP (RFC 7540 section 3.2). The server answers the same request over another version of
/// HTTP, and browsers never ask for it, so it does not count.
const HTTP_2: &[u8] = b"h2c";

/// Whether the client asks for another protocol: with an `Upgrade` field (RFC 9110 section 7.8) that
/// names anything but HTTP/2, or with CONNECT, which HTTP/2 and HTTP/3 use for it (RFC 8441, RFC 9220).
///
/// A field that names nothing counts too, because servers look only for its presence.
pub(crate) fn is_asked_for(method: &Method, headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(UPGRADE).iter();
    method == Method::CONNECT || fields.any(|field| names_another_protocol(field.as_bytes()))
}

/// Whether an `Upgrade` field names anything but HTTP/2.
pub(crate) fn names_another_protocol(field: &[u8]) -> bool {
    !names_http_2_alone(field)
}

fn names_http_2_alone(field: &[u8]) -> bool {
    let mut protocols = field
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|protocol| !protocol.is_empty())
        .peekable();
    protocols.peek().is_some() && protocols.all(|protocol| protocol.eq_ignore_ascii_case(HTTP_2))
}

/// Whether a page of an origin that is neither `own` nor one of `allowed` asks for another protocol.
/// A request without `Origin` is from a program that is not a browser. It only sends cookies that it was given.
pub(crate) fn is_from_foreign_page(
    method: &Method,
    headers: &HeaderMap,
    own: &str,
    allowed: &[String],
) -> bool {
    if !is_asked_for(method, headers) || !headers.contains_key(ORIGIN) {
        return false;
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    // Compared byte by byte: browsers send origins in lower case and without the default port.
    let is_ours = |origin: &[u8]| {
        origin == own.as_bytes() || allowed.iter().any(|allowed| origin == allowed.as_bytes())
    };
    match (origins.next(), origins.next()) {
        (Some(origin), None) => !is_ours(origin.as_bytes()),
        _ => true,
    }
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

    #[test]
    fn only_the_own_origin_and_allowed_origins_may_upgrade() {
        const OWN: &str = "https://app.example";
        let allowed = ["https://chat.example".to_owned()];
        let is_foreign = |origins: &[&'static str]| {
            let mut headers = HeaderMap::new();
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            for origin in origins {
                headers.append(ORIGIN, HeaderValue::from_static(origin));
            }
            is_from_foreign_page(&Method::GET, &headers, OWN, &allowed)
        };

        for origins in [&[][..], &[OWN], &["https://chat.example"]] {
            assert!(!is_foreign(origins), "{origins:?}");
        }
        for origins in [
            &["null"][..],
            &["https://APP.example"],
            &["https://app.example:443"],
            &["http://app.example"],
            &["https://app.example.evil.example"],
            &[OWN, OWN],
        ] {
            assert!(is_foreign(origins), "{origins:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("null"));
        assert!(!is_from_foreign_page(&Method::GET, &headers, OWN, &allowed));
    }
}
