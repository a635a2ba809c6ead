//! Which `Domain` the cookies of an origin may have.

use crate::config_error::ConfigError;
use crate::origin::base_url::BaseUrl;

const SETTING: &str = "cookie_domain";

/// Checks that browsers accept a cookie of this origin for this domain (RFC 6265bis section 5.1.3). They
/// refuse others silently, and then nobody can sign in.
pub(crate) fn check(domain: &str, base_url: &BaseUrl) -> Result<(), ConfigError> {
    let refused = |rule: String| Err(ConfigError::new(SETTING, rule));
    if !base_url.is_https() {
        return refused(
            "is for https: without the __Secure- prefix every host of the domain could replace \
             the cookies over plain http; leave it out during development"
                .to_owned(),
        );
    }
    let Some(host) = base_url.domain() else {
        return refused(format!(
            "is for host names, and {} is an address, which has no domain; leave it out",
            base_url.origin()
        ));
    };
    if domain.starts_with('.') {
        return refused(
            "must not start with a dot: write `example.com`, which includes all hosts below"
                .to_owned(),
        );
    }
    if !domain.contains('.') {
        return refused(
            "must have at least two labels, such as `example.com`: browsers refuse cookies for a \
             whole top-level domain"
                .to_owned(),
        );
    }
    if is_host_or_above(&domain.to_ascii_lowercase(), host) {
        Ok(())
    } else {
        refused(format!(
            "must be the host of {} or a domain above it, such as `example.com` for \
             app.example.com; browsers refuse any other",
            base_url.origin()
        ))
    }
}

fn is_host_or_above(domain: &str, host: &str) -> bool {
    match host.strip_suffix(domain) {
        Some(below) => below.is_empty() || below.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::plain_http::PlainHttp;

    fn is_taken(domain: &str, base_url: &str) -> bool {
        check(
            domain,
            &BaseUrl::parse(base_url, PlainHttp::Loopback).unwrap(),
        )
        .is_ok()
    }

    #[test]
    fn the_host_and_the_domains_above_it_are_taken() {
        for domain in ["a.app.example.com", "app.example.com", "Example.COM"] {
            assert!(
                is_taken(domain, "https://a.App.example.com:8443"),
                "{domain}"
            );
        }
    }

    #[test]
    fn what_browsers_would_refuse_is_refused() {
        for (domain, base_url) in [
            ("", "https://app.example.com"),
            (".", "https://app.example.com"),
            (".example.com", "https://app.example.com"),
            ("com", "https://app.example.com"),
            ("ple.com", "https://app.example.com"),
            ("p.example.com", "https://app.example.com"),
            ("b.app.example.com", "https://app.example.com"),
            ("example.org", "https://app.example.com"),
            ("example.com.", "https://app.example.com"),
            ("localhost", "https://localhost"),
            ("127.0.0.1", "https://127.0.0.1"),
            ("0.1", "https://127.0.0.1"),
            ("::1", "https://[::1]"),
            ("localhost", "http://localhost:3000"),
            ("app.localhost", "http://app.localhost:3000"),
        ] {
            assert!(!is_taken(domain, base_url), "{domain} at {base_url}");
        }
    }
}
