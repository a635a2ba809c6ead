//! The origins of pages that may open WebSockets beside the application's own.

use std::sync::Arc;

use url::Url;

use crate::base_url::BaseUrl;
use crate::config_error::{ConfigError, PADDED, is_padded};

const SETTING: &str = "allowed_origins";

/// The origins as browsers write them.
pub(crate) fn parse(origins: &[String]) -> Result<Arc<[String]>, ConfigError> {
    origins
        .iter()
        .map(|origin| {
            check(origin)?;
            let origin = BaseUrl::parse(origin).map_err(|_| refused())?;
            Ok(origin.origin().to_owned())
        })
        .collect()
}

fn check(origin: &str) -> Result<(), ConfigError> {
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
    if Url::parse(origin).is_ok_and(|url| url.scheme() == "http") {
        return BaseUrl::parse(origin).map(drop).map_err(|_| {
            ConfigError::new(
                SETTING,
                "must be https: anybody on the way can change a page of plain http. Only localhost, \
                 *.localhost, 127.0.0.0/8 and [::1] may be http, without a path",
            )
        });
    }
    Ok(())
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
        parse(&[origin.to_owned()])
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
}
