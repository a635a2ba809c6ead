//! Which of the configured origins a request is for.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{HOST, HeaderName};
use http::{HeaderMap, Request, Uri};

use crate::shared::Shared;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The address of the peer of a request's connection, as a request extension that the application
/// inserts where it accepts connections.
///
/// Only with it, and only from a peer that
/// [`trusted_proxy`](crate::AuthLayerBuilder::trusted_proxy) declares, is `X-Forwarded-Host` read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the address is all there is")]
pub struct PeerAddress(pub IpAddr);

/// One entry for each allowed origin, the first being the base URL's.
pub(crate) struct Sites {
    pub(crate) first: Arc<Shared>,
    pub(crate) others: Vec<Arc<Shared>>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

impl Sites {
    /// The origin that `request` is for. A single one takes every request: what a client says of
    /// the host changes nothing. Of several, the host decides, and none may match.
    pub(crate) fn site_of<B>(&self, request: &Request<B>) -> Option<&Arc<Shared>> {
        if self.others.is_empty() {
            return Some(&self.first);
        }
        let host = self
            .forwarded_host(request)
            .or_else(|| host(request.uri(), request.headers()))?;
        std::iter::once(&self.first)
            .chain(&self.others)
            .find(|site| site.base_url.is_at(host))
    }

    /// Takes the cookies of every origin out of a request, if that is configured.
    pub(crate) fn strip_cookies(&self, headers: &mut HeaderMap) {
        for site in std::iter::once(&self.first).chain(&self.others) {
            if site.settings.strip_cookies {
                site.strip_cookies(headers);
            }
        }
    }

    fn forwarded_host<'a, B>(&self, request: &'a Request<B>) -> Option<&'a str> {
        let PeerAddress(peer) = request.extensions().get()?;
        if !self.trusted_proxies.contains(peer) {
            return None;
        }
        let forwarded = request
            .headers()
            .get_all(X_FORWARDED_HOST)
            .iter()
            .next_back()?;
        // The nearest proxy's word stands last; what comes before may be the client's.
        forwarded.to_str().ok()?.rsplit(',').next().map(str::trim)
    }
}

/// The authority of an HTTP/2 request or an absolute-form target, or else the Host field. Two that
/// differ are none.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut fields = headers.get_all(HOST).iter();
    let field = match fields.next() {
        Some(field) => Some(field.to_str().ok()?),
        None => None,
    };
    let authority = uri.authority().map(http::uri::Authority::as_str);
    match (authority, field) {
        _ if fields.next().is_some() => None,
        (Some(authority), Some(field)) if !authority.eq_ignore_ascii_case(field) => None,
        (authority, field) => authority.or(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, fields: &[&'static str], expected: Option<&str>) {
        let headers = fields
            .iter()
            .map(|field| (HOST, http::HeaderValue::from_static(field)))
            .collect();

        assert_eq!(host(&target.parse().unwrap(), &headers), expected);
    }

    ///
    #[test]
    fn the_host_is_what_target_and_field_agree_on() {
        check("/", &["a.example"], Some("a.example"));
        check("http://a.example/", &[], Some("a.example"));
        check("http://a.example/", &["A.example"], Some("a.example"));
        check("http://a.example/", &["b.example"], None);
        check("/", &["a.example", "a.example"], None);
        check("/", &[], None);
    }
}
