//! Which hosts may be served over plain http.

use relying_party::is_loopback;
use url::{Host, Url};

/// What a setting says about an http origin that is not allowed.
pub(crate) type Rule = &'static str;

/// Which hosts may have an `http` origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// This machine alone, which no network is between.
    Loopback,
    /// Private addresses and reserved test names too: `allow_insecure_http`.
    LocalNetworks,
}

/// How far a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Loopback,
    LocalNetwork,
    Public,
}

const PUBLIC: Rule = "must be https: cookies over plain http can be read and replaced on the way. Only \
                      localhost, *.localhost, 127.0.0.0/8 and [::1] may be http, and with \
                      allow_insecure_http, for development, private addresses and names below test, \
                      example and invalid. Behind a proxy that ends TLS, give the https URL that users \
                      see; for development, mkcert makes certificates";

const LOCAL_NETWORK: Rule = "must be https: cookies over plain http can be read and replaced by anybody \
                             on this network. For development alone, set allow_insecure_http(true) \
                             (AUTH_ALLOW_INSECURE_HTTP=true), or take a certificate that mkcert makes; \
                             behind a proxy that ends TLS, give the https URL that users see";

impl PlainHttp {
    /// # Errors
    ///
    /// The rule that an http `url` breaks, and the remedy.
    pub(crate) fn check(self, url: &Url) -> Result<(), Rule> {
        match (reach(url), self) {
            (Reach::Loopback, _) | (Reach::LocalNetwork, Self::LocalNetworks) => Ok(()),
            (Reach::LocalNetwork, Self::Loopback) => Err(LOCAL_NETWORK),
            (Reach::Public, _) => Err(PUBLIC),
        }
    }
}

fn reach(url: &Url) -> Reach {
    if is_loopback(url) {
        return Reach::Loopback;
    }
    let is_local = match url.host() {
        Some(Host::Domain(name)) => is_test_name(name),
        // RFC 1918, RFC 3927. Not RFC 6598, whose addresses are shared with strangers.
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        // RFC 4193, RFC 4291 section 2.5.6.
        Some(Host::Ipv6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        None => false,
    };
    match is_local {
        true => Reach::LocalNetwork,
        false => Reach::Public,
    }
}

/// Names that never lead to a public server (RFC 6761 sections 6.2, 6.4 and 6.5). Not those below
/// example.com and its like, which has one.
fn is_test_name(name: &str) -> bool {
    ["test", "example", "invalid"]
        .iter()
        .any(|reserved| is_below(name, reserved))
}

fn is_below(name: &str, domain: &str) -> bool {
    match name.strip_suffix(domain) {
        Some(rest) => rest.is_empty() || rest.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach_of(host: &str) -> Reach {
        reach(&Url::parse(&format!("http://{host}:3000/")).unwrap())
    }

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
            assert_eq!(reach_of(host) == Reach::Loopback, expected, "{host}");
        }
    }

    #[test]
    fn private_addresses_and_reserved_test_names_are_local_and_all_others_public() {
        for host in [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.254",
            "192.168.1.5",
            "169.254.7.7",
            // The same address in other notations.
            "0xC0A80105",
            "192.168.261",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[fe80::1]",
            "test",
            "app.test",
            "App.Test",
            "a.b.example",
            "app.invalid",
        ] {
            assert_eq!(reach_of(host), Reach::LocalNetwork, "{host}");
        }
        for host in [
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "8.8.8.8",
            "[fbff::1]",
            "[fe00::1]",
            "[fec0::1]",
            "[2001:db8::1]",
            "[::ffff:192.168.1.5]",
            "[64:ff9b::192.168.1.5]",
            "example.com",
            "www.example.org",
            "test.com",
            "mytest",
            "app.test.",
            "app.test.com",
            "192.168.1.5.com",
            "printer.local",
            "app.internal",
            "intranet",
        ] {
            assert_eq!(reach_of(host), Reach::Public, "{host}");
        }
    }

    #[test]
    fn the_setting_opens_local_networks_and_never_the_public() {
        let check = |setting: PlainHttp, host: &str| {
            setting.check(&Url::parse(&format!("http://{host}")).unwrap())
        };
        for setting in [PlainHttp::Loopback, PlainHttp::LocalNetworks] {
            assert_eq!(check(setting, "localhost"), Ok(()));
            let rule = check(setting, "app.example.com").unwrap_err();
            for word in ["https", "proxy", "mkcert"] {
                assert!(rule.contains(word), "{rule}");
            }
        }
        assert_eq!(check(PlainHttp::LocalNetworks, "192.168.1.5"), Ok(()));
        let rule = check(PlainHttp::Loopback, "192.168.1.5").unwrap_err();
        for word in [
            "https",
            "allow_insecure_http(true)",
            "AUTH_ALLOW_INSECURE_HTTP",
        ] {
            assert!(rule.contains(word), "{rule}");
        }
    }
}
