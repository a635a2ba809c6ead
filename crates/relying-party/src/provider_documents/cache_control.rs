//! How long the response of the key endpoint stays fresh.

use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;

/// Returns how long a response says it stays fresh (RFC 9111 sections 5.2.2.1, 5.2.2.4 and 5.2.2.5):
/// not at all with `no-store` or `no-cache`, even if a `max-age` precedes them.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for directive in headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
    {
        let directive = directive.trim().to_ascii_lowercase();
        if directive == "no-store" || directive == "no-cache" {
            return Some(Duration::ZERO);
        }
        let seconds = directive
            .strip_prefix("max-age=")
            .and_then(|seconds| seconds.trim_matches('"').parse().ok());
        max_age = max_age.or_else(|| seconds.map(Duration::from_secs));
    }
    max_age
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_directive_that_forbids_caching_overrides_max_age_in_any_order() {
        let age = |seconds| Some(Duration::from_secs(seconds));
        for (fields, expected) in [
            (&[][..], None),
            (&["public"], None),
            (&["max-age=many"], None),
            (&["public, Max-Age=\"300\""], age(300)),
            (&["max-age=300", "max-age=600"], age(300)),
            (&["no-store, max-age=300"], age(0)),
            (&["max-age=300, no-store"], age(0)),
            (&["max-age=300, No-Cache"], age(0)),
            (&["max-age=300", "no-cache"], age(0)),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(field));
            }
            assert_eq!(max_age(&headers), expected, "{fields:?}");
        }
    }
}
