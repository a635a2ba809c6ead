//! The origins of pages that may open WebSockets beside the application's own.

use std::sync::Arc;

use url::Url;

use crate::config_error::{ConfigError, PADDED, is_padded};
use crate::origin::base_url::BaseUrl;
use crate::origin::plain_http::PlainHttp;

const SETTING: &str = "allowed_origins";

/// The origins as browsers write them.
pub(crate) fn parse(
    origins: &[String],
    plain_http: PlainHttp,
) -> Result<Arc<[String]>, ConfigError> {
    origins
        .iter()
        .map(|origin| {
            check(origin, plain_http)?;
            let origin = BaseUrl::parse(origin, plain_http).map_err(|_| refused())?;
            if !origin.is_https() && !origin.is_loopback() {
                tracing::warn!(
                    origin = origin.origin(),
                    "for development only: allowed_origins has an origin of plain http, whose pages \
                     anybody on the network can replace and so open WebSockets as the user; use https"
                );
            }
            Ok(origin.origin().to_owned())
        })
        .collect()
}

fn check(origin: &str, plain_http: PlainHttp) -> Result<(), ConfigError> {
    if is_padded(origin) {
        return Err(ConfigError::new(SETTING, PADDED));
    }
    if origin.contains('*') {
        return Err(ConfigError::new(
            SETTING,
            "must not have a `*`: give every origin in full, such as https://www.example.com",
        ));
    }
    if origin.eq_ignore_ascii_case("null") {
        return Err(ConfigError::new(
            SETTING,
            "must not be `null`: any site can make its pages send that; remove it",
        ));
    }
    match Url::parse(origin) {
        Ok(url) if url.scheme() == "http" => plain_http
            .check(&url)
            .map_err(|rule| ConfigError::new(SETTING, rule)),
        _ => Ok(()),
    }
}

fn refused() -> ConfigError {
    ConfigError::new(
        SETTING,
        "must be origins such as https://www.example.com: scheme and host, and the port if it is not \
         the default, without path, query, fragment or user information",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_one(origin: &str) -> Result<Arc<[String]>, ConfigError> {
        parse(&[origin.to_owned()], PlainHttp::Loopback)
    }

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (given, kept) in [
            ("https://WWW.example.com:443/", "https://www.example.com"),
            (
                "https://www.example.com:8443",
                "https://www.example.com:8443",
            ),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://localhost:5173", "http://localhost:5173"),
        ] {
            assert_eq!(*parse_one(given).unwrap(), [kept]);
        }
    }

    #[test]
    fn what_is_no_single_origin_is_refused() {
        for origin in [
            "",
            "*",
            "null",
            "www.example.com",
            "https://*.example.com",
            "https://www.example.com/chat",
            "https://www.example.com?x",
            "https://user@www.example.com",
            "http://www.example.com",
            "wss://www.example.com",
            "https://one.example, https://two.example",
        ] {
            assert_eq!(
                parse_one(origin).unwrap_err().setting(),
                SETTING,
                "{origin}"
            );
        }
    }

    #[test]
    fn an_http_origin_of_a_local_network_is_for_allow_insecure_http() {
        for origin in ["http://192.168.1.5:5173", "http://www.test"] {
            let error = parse_one(origin).unwrap_err();
            assert_eq!(error.setting(), SETTING);
            assert!(error.to_string().contains("allow_insecure_http"), "{error}");

            let origins = [origin.to_owned()];
            assert_eq!(*parse(&origins, PlainHttp::LocalNetworks).unwrap(), origins);
        }
        for origin in ["http://www.example.com", "http://192.168.1.5/chat"] {
            let origins = [origin.to_owned()];
            assert!(
                parse(&origins, PlainHttp::LocalNetworks).is_err(),
                "{origin}"
            );
        }
    }
}
