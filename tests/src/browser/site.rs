//! Origins and sites, as the HTML standard and RFC 6265bis section 5.2 compare them.

use url::{Host, Url};

/// The relation of two URLs, nearest first: the value of `Sec-Fetch-Site`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    SameOrigin,
    SameSite,
    CrossSite,
}

impl Relation {
    pub(super) fn of(a: &Url, b: &Url) -> Self {
        if a.origin() == b.origin() {
            Self::SameOrigin
        } else if a.scheme() == b.scheme() && site(a) == site(b) {
            Self::SameSite
        } else {
            Self::CrossSite
        }
    }

    /// The value of `Sec-Fetch-Site`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// The registrable domain of a host, or the host itself if it has none.
///
/// Without the public suffix list: two labels make a registrable domain. `localhost` and addresses
/// stand for themselves, so `localhost` and `127.0.0.1` are cross-site.
pub(super) fn registrable_domain(host: &str) -> &str {
    if matches!(Host::parse(host), Ok(Host::Ipv4(_) | Host::Ipv6(_))) {
        return host;
    }
    let labels = host.rmatch_indices('.').nth(1);
    labels.map_or(host, |(dot, _)| &host[dot + 1..])
}

/// W3C Secure Contexts section 3.1: https, or loopback by any of its names.
pub(super) fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// The browser's rule, written once more: with `relying_party::is_loopback`, a mistake in the library would
/// be a mistake of the browser that tests it too.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn site(url: &Url) -> &str {
    registrable_domain(url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_follow_scheme_host_and_port() {
        let of = |a, b| {
            Relation::of(
                &Url::parse(a).expect("a URL"),
                &Url::parse(b).expect("a URL"),
            )
        };
        for (a, b, expected) in [
            (
                "https://app.example/a",
                "https://app.example/b",
                Relation::SameOrigin,
            ),
            (
                "https://app.example",
                "https://app.example:8443",
                Relation::SameSite,
            ),
            (
                "https://a.app.example",
                "https://b.app.example",
                Relation::SameSite,
            ),
            (
                "http://app.example",
                "https://app.example",
                Relation::CrossSite,
            ),
            (
                "https://app.example",
                "https://evil.example",
                Relation::CrossSite,
            ),
            (
                "http://localhost:1",
                "http://localhost:2",
                Relation::SameSite,
            ),
            (
                "http://localhost:1",
                "http://127.0.0.1:1",
                Relation::CrossSite,
            ),
            ("http://10.0.0.1", "http://11.0.0.1", Relation::CrossSite),
        ] {
            assert_eq!(of(a, b), expected, "{a} {b}");
            assert_eq!(of(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn loopback_is_trustworthy_and_its_look_alikes_are_not() {
        let trusted = |url| is_trustworthy(&Url::parse(url).expect("a URL"));
        assert!(trusted("http://localhost:3000"));
        assert!(trusted("http://127.0.0.1:3000"));
        assert!(trusted("http://[::1]:3000"));
        assert!(trusted("https://app.example"));
        assert!(!trusted("http://localhost.app.example"));
        assert!(!trusted("http://app.example"));
    }
}
