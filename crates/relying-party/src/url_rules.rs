//! Which URLs may be used for what.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

/// Parses an absolute https URL without fragment, or an http one whose host is a loopback
/// address.
pub(crate) fn parse_secure(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        _ => false,
    };
    (secure && url.fragment().is_none()).then_some(url)
}

/// Whether a request to `uri` is protected: https, or http to this machine.
#[cfg(feature = "hyper-client")]
pub(crate) fn is_secure(uri: &http::Uri) -> bool {
    parse_secure(&uri.to_string()).is_some()
}

/// Whether the host is this machine by its name (RFC 6761 section 6.3) or literal address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host is a literal address, or `localhost`, that only an inner network can mean.
pub(crate) fn is_private(url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => address.to_canonical(),
        Some(Host::Domain(_)) | None => return is_loopback(url),
    };
    match address {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4 == Ipv4Addr::UNSPECIFIED
                || v4 == Ipv4Addr::BROADCAST
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T-16
    #[test]
    fn this_machine_is_meant_by_localhost_and_loopback_addresses() {
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
}
