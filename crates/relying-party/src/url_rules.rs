//! Which URLs may be used for which purpose, and which must be https.

use url::{Host, Url};

use crate::special_addresses::{is_internal_name, is_special_v4, is_special_v6};

/// Parses an absolute https URL without fragment, or an http one with a loopback host.
pub(crate) fn parse_secure(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        _ => false,
    };
    (secure && url.fragment().is_none()).then_some(url)
}

/// Returns whether a request to `uri` is protected on its way: https, or http to a loopback host.
#[cfg(feature = "hyper-client")]
pub(crate) fn is_secure(uri: &http::Uri) -> bool {
    parse_secure(&uri.to_string()).is_some()
}

/// Returns whether the host of a URL is this computer: `localhost` or a name below it (RFC 6761 section
/// 6.3), an address of 127.0.0.0/8, or `[::1]`. Requests to it pass no network, so they may be http.
///
/// A name that merely resolves to a loopback address does not count, and neither does an IPv4 address
/// that is mapped to IPv6.
///
/// ```
/// use relying_party::is_loopback;
/// use url::Url;
///
/// assert!(is_loopback(&Url::parse("http://localhost:3000/")?));
/// assert!(!is_loopback(&Url::parse("http://192.168.1.5:3000/")?));
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Returns whether the host is an address or a name that only an internal network can have.
pub(crate) fn is_internal(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_special_v4(address),
        Some(Host::Ipv6(address)) => is_special_v6(address),
        Some(Host::Domain(name)) => is_internal_name(name),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_loopback_addresses_are_loopback_hosts() {
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost", true),
            ("app.localhost", true),
            ("127.0.0.1", true),
            ("127.255.255.254", true),
            ("[::1]", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("128.0.0.1", false),
            ("0.0.0.0", false),
            ("[::]", false),
            ("[::ffff:127.0.0.1]", false),
        ] {
            let url = Url::parse(&format!("http://{host}:3000/")).unwrap();
            assert_eq!(is_loopback(&url), expected, "{host}");
        }
    }

    #[test]
    fn internal_addresses_and_names_are_recognized_in_every_notation() {
        for host in [
            "localhost",
            "localhost.",
            "a.localhost.",
            "vault",
            "metadata.google.internal",
            "vault.default.svc",
            "db.service.consul.",
            "0.0.0.1",
            "100.64.0.1",
            "127.0.0.1.",
            "0x7f.1",
            "2130706433",
            "0177.0.0.01",
            "169.254.169.254",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[fd00::1]",
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert!(is_internal(&url), "{host}");
        }
        for host in [
            "op.example",
            "op.example.",
            "8.8.8.8",
            "254.1.example",
            "[2606:4700::1111]",
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert!(!is_internal(&url), "{host}");
        }
    }
}
