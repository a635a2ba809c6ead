//! The one origin under which users reach the application.

use url::{Position, Url};

use crate::config_error::{ConfigError, PADDED, is_padded};
use crate::origin::plain_http::PlainHttp;

const SETTING: &str = "base_url";

/// An origin: `https`, or `http` on a host that [`PlainHttp`] allows.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    url: Url,
    origin: String,
}

impl BaseUrl {
    pub(crate) fn parse(text: &str, plain_http: PlainHttp) -> Result<Self, ConfigError> {
        // The URL parser removes it, so nobody would notice it in a file or in pasted text.
        if is_padded(text) {
            return Err(ConfigError::new(SETTING, PADDED));
        }
        let url = Url::parse(text).map_err(|_| {
            ConfigError::new(
                SETTING,
                "must be an absolute URL such as https://app.example.com",
            )
        })?;
        match url.scheme() {
            "https" => {}
            "http" => plain_http
                .check(&url)
                .map_err(|rule| ConfigError::new(SETTING, rule))?,
            _ => return Err(ConfigError::new(SETTING, "must start with https://")),
        }
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err(ConfigError::new(
                SETTING,
                "must be an origin alone, without path, query, fragment or user information; a \
                 path under which the application is mounted goes into mount_path",
            ));
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { url, origin })
    }

    /// `https://app.example.com`, without a slash at its end and without the default port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// Resolves as a browser does.
    pub(crate) fn join(&self, reference: &str) -> Option<Url> {
        self.url.join(reference).ok()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is this machine by its name or address, which no network is between.
    pub(crate) fn is_loopback(&self) -> bool {
        relying_party::is_loopback(&self.url)
    }

    /// Whether `authority`, as a request names it, is this origin's.
    pub(crate) fn is_at(&self, authority: &str) -> bool {
        let own = &self.url[Position::BeforeHost..Position::AfterPort];
        let default_port = match self.url.scheme() {
            "https" => ":443",
            _ => ":80",
        };
        authority.eq_ignore_ascii_case(own)
            || (self.url.port().is_none()
                && authority
                    .strip_suffix(default_port)
                    .is_some_and(|host| host.eq_ignore_ascii_case(own)))
    }

    /// The host if it is a name, in lower case and ASCII; `None` if it is an address.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.url.domain()
    }

    /// The port, unless it is the scheme's own.
    pub(crate) fn port(&self) -> Option<u16> {
        self.url.port()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BaseUrl, ConfigError> {
        BaseUrl::parse(text, PlainHttp::Loopback)
    }

    #[test]
    fn an_origin_is_normalised() {
        for (text, origin) in [
            ("https://App.example.com:443/", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(parse(text).unwrap().origin(), origin);
        }
    }

    #[test]
    fn an_authority_is_compared_without_case_and_default_port() {
        let https = parse("https://app.example.com").unwrap();
        assert!(https.is_at("app.example.com"));
        assert!(https.is_at("APP.example.com:443"));
        for other in [
            "app.example.com:80",
            "app.example.com:8443",
            "example.com",
            "",
            "app.example.com.",
            "u@app.example.com",
        ] {
            assert!(!https.is_at(other), "{other}");
        }
        let http = parse("http://[::1]:3000").unwrap();
        assert!(http.is_at("[::1]:3000"));
        assert!(!http.is_at("[::1]"));
    }

    #[test]
    fn plain_http_is_for_loopback_only_and_the_error_says_what_to_do() {
        let error = parse("http://app.example.com").unwrap_err();

        assert!(
            error.to_string().contains("`base_url`: must be https"),
            "{error}"
        );
    }

    #[test]
    fn a_path_is_refused_and_the_error_names_mount_path() {
        let error = parse("https://app.example.com/app").unwrap_err();

        assert!(error.to_string().contains("mount_path"), "{error}");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "app.example.com",
            "ftp://app.example.com",
            "https://u:p@app.example.com",
            "https://app.example.com\n",
            " https://app.example.com",
            "https://app.example.com\u{feff}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
