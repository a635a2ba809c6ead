//! The part of a browser's cookie jar that one site sees.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::SET_COOKIE;
use sealed_cookie::SetCookies;

use super::request;

#[derive(Debug, Default, Clone)]
pub(crate) struct Jar(pub(crate) BTreeMap<String, String>);

impl Jar {
    /// Follows the `Set-Cookie` fields of a response (RFC 6265bis section 5.7).
    pub(crate) fn store(&mut self, cookies: SetCookies) {
        let mut headers = HeaderMap::new();
        cookies.append_to(&mut headers);
        self.obey(&headers);
    }

    pub(crate) fn obey(&mut self, headers: &HeaderMap) {
        for field in headers.get_all(SET_COOKIE) {
            let field = field.to_str().unwrap();
            let (pair, attributes) = field.split_once("; ").unwrap_or((field, ""));
            let (name, value) = pair.split_once('=').unwrap();
            assert!(
                name.len() + value.len() <= 4096,
                "browsers ignore a cookie of this size"
            );
            if attributes
                .split("; ")
                .any(|attribute| attribute == "Max-Age=0")
            {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn request(&self) -> HeaderMap {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request((!pairs.is_empty()).then(|| pairs.join("; ")))
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
