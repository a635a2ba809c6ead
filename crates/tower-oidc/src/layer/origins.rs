//! Which of the configured origins a request is for.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Once};

use http::header::{HOST, HeaderName};
use http::{HeaderMap, Request, Uri};

use crate::components::Components;
use crate::layer::request_origins::RequestOrigins;
use crate::web::network::{ClientNetwork, Network};

static UNKNOWN_HOST: Once = Once::new();

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The address of the peer of a request's connection, as a request extension that the application
/// inserts where it accepts connections.
///
/// With it, sign-ins are served in turn by the network of their client (24 bits of an IPv4 address, 64
/// of an IPv6 address, and in turn by the first 48 of these) when many wait for the provider, so that a
/// flood from one network does not hold up the others. Without it all clients count as one network. Behind a proxy, declare the proxy with
/// [`trusted_proxy`](crate::AuthLayerBuilder::trusted_proxy); else its address is the client's.
///
/// Only with it, and only from a declared proxy, are `X-Forwarded-Host` and `X-Forwarded-For` read, and
/// of each only the last entry, which that proxy added. With axum, around the layer:
///
/// ```
/// # #[cfg(feature = "axum")]
/// # {
/// use std::net::SocketAddr;
///
/// use axum::extract::{ConnectInfo, Request};
/// use axum::middleware::{Next, from_fn};
/// use axum::response::Response;
/// use axum::{Router, routing::get};
/// use tower_oidc::{AuthContext, AuthLayer, PeerAddress};
///
/// async fn peer_address(
///     ConnectInfo(peer): ConnectInfo<SocketAddr>,
///     mut request: Request,
///     next: Next,
/// ) -> Response {
///     request.extensions_mut().insert(PeerAddress(peer.ip()));
///     next.run(request).await
/// }
///
/// fn app(auth: AuthLayer) -> Router {
///     Router::new()
///         .route("/", get(|auth: AuthContext| async move { format!("{:?}", auth.state()) }))
///         .layer(auth)
///         .layer(from_fn(peer_address)) // the outer one, since it was added later
/// }
/// // axum::serve(listener, app(auth).into_make_service_with_connect_info::<SocketAddr>())
/// # let _ = app;
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the address is all there is")]
pub struct PeerAddress(pub IpAddr);

/// One entry for each allowed origin, the first being the base URL's.
pub(crate) struct Origins {
    pub(crate) first: Arc<Components>,
    pub(crate) others: Vec<Arc<Components>>,
    /// Those that are known from requests alone, if they are served.
    pub(crate) from_requests: Option<RequestOrigins>,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Whether the application sees our cookies.
    pub(crate) strip_cookies: bool,
}

impl Origins {
    /// The origin that `request` is for. A single one takes every request: what a client says of
    /// the host changes nothing. Of several, the host decides, and none may match.
    pub(crate) fn origin_for<B>(&self, request: &Request<B>) -> Option<Arc<Components>> {
        if self.others.is_empty() && self.from_requests.is_none() {
            return Some(Arc::clone(&self.first));
        }
        let host = self
            .forwarded_host(request)
            .or_else(|| host(request.uri(), request.headers()));
        let found = host.and_then(|host| {
            let mut configured = self.all();
            let configured = configured
                .find(|it| it.origin.base_url.is_at(host))
                .cloned();
            configured.or_else(|| self.from_requests.as_ref()?.at(host))
        });
        if found.is_none() {
            // Once, because scanners send any host; and not which, because they choose it.
            UNKNOWN_HOST.call_once(|| {
                tracing::warn!(
                    "a request's host is that of no allowed origin, so nobody is signed in and our \
                     routes answer 421: give the origin as additional_base_url, or declare with \
                     trusted_proxy, and by the extension PeerAddress, the proxy that changes Host"
                );
            });
        }
        found
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Components>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Takes the cookies of every configured origin out of a request, and those of its `own` origin, which may
    /// be known from the request alone, if that is configured.
    pub(crate) fn strip_cookies(&self, own: &Arc<Components>, headers: &mut HeaderMap) {
        if !self.strip_cookies {
            return;
        }
        // At another port the cookies have another name.
        let mut origins: Vec<_> = self.all().chain([own]).collect();
        // Mostly all of one name; each is compared with every cookie of the request.
        origins.sort_unstable_by_key(|it| it.persistence.cookie.name().as_str());
        origins.dedup_by_key(|it| it.persistence.cookie.name().as_str());
        let cookies: Vec<_> = origins
            .iter()
            .flat_map(|it| {
                let others = [&it.persistence.cookie, &it.origin.logout_url_cookie.cookie];
                let former = it.persistence.former.cookies();
                let forms = &it.origin.form_cookies.cookies;
                others.into_iter().chain(forms).chain(former)
            })
            .collect();
        let sets: Vec<_> = origins.iter().map(|it| &it.attempts.cookies).collect();
        sealed_cookie::remove_cookies(headers, &cookies, &sets);
    }

    fn forwarded_host<'a, B>(&self, request: &'a Request<B>) -> Option<&'a str> {
        let PeerAddress(peer) = request.extensions().get()?;
        if !self.is_trusted_proxy(*peer) {
            return None;
        }
        last_entry(request.headers(), &X_FORWARDED_HOST)
    }

    /// The network of the request's client, if the application says who the peer is.
    pub(crate) fn client_network<B>(&self, request: &Request<B>) -> Option<ClientNetwork> {
        let PeerAddress(peer) = *request.extensions().get()?;
        let forwarded = || address(last_entry(request.headers(), &X_FORWARDED_FOR)?);
        let client = match self.is_trusted_proxy(peer) {
            true => forwarded().unwrap_or(peer),
            false => peer,
        };
        Some(ClientNetwork::of(client))
    }

    fn is_trusted_proxy(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|it| it.contains(peer))
    }
}

/// The last entry of a list, which the nearest proxy has added; what comes before may be the client's
/// own.
fn last_entry<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let field = headers.get_all(name).iter().next_back()?;
    field.to_str().ok()?.rsplit(',').next().map(str::trim)
}

/// An address as proxies write it: some add the port, some put IPv6 in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    };
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
        .or_else(bare)
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
    use bytes::Bytes;
    use http::Response;
    use relying_party::{BoxFuture, HttpClient, TransportError, TransportErrorKind};

    use super::*;

    #[track_caller]
    fn check(target: &str, fields: &[&'static str], expected: Option<&str>) {
        let headers = fields
            .iter()
            .map(|field| (HOST, http::HeaderValue::from_static(field)))
            .collect();

        assert_eq!(host(&target.parse().unwrap(), &headers), expected);
    }

    #[derive(Debug)]
    struct NoNetwork;

    impl HttpClient for NoNetwork {
        fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
            Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
        }
    }

    fn of(text: &str) -> Option<ClientNetwork> {
        Some(ClientNetwork::of(text.parse().unwrap()))
    }

    #[test]
    fn only_a_declared_proxy_says_where_a_client_is_and_only_its_last_word_counts() {
        let layer = crate::AuthLayer::builder()
            .provider(relying_party::Provider::new("https://id.example", "app"))
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(NoNetwork)
            .trusted_proxy("10.0.0.0/8")
            .build()
            .unwrap();
        let network = |peer: Option<&str>, forwarded: &str| {
            let mut request = Request::new(());
            let headers = request.headers_mut();
            headers.insert(X_FORWARDED_FOR, forwarded.parse().unwrap());
            if let Some(peer) = peer {
                let peer = PeerAddress(peer.parse().unwrap());
                request.extensions_mut().insert(peer);
            }
            layer.origins.client_network(&request)
        };

        let proxy = Some("10.1.2.3");
        assert_eq!(network(proxy, "203.0.113.1, 192.0.2.1"), of("192.0.2.1"));
        assert_eq!(network(proxy, "unknown"), of("10.1.2.3"));
        let client = Some("198.51.100.1");
        assert_eq!(network(client, "192.0.2.1"), of("198.51.100.1"));
        assert_eq!(network(None, "192.0.2.1"), None);
    }

    #[test]
    fn an_address_may_have_a_port_and_brackets() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1:4711", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:4711", Some("2001:db8::1")),
            ("unknown", None),
            ("", None),
        ] {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(address(text), expected, "{text}");
        }
    }

    #[test]
    fn of_several_entries_the_last_one_counts() {
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, "192.0.2.1".parse().unwrap());
        headers.append(X_FORWARDED_FOR, "192.0.2.2, 192.0.2.3 ".parse().unwrap());

        assert_eq!(last_entry(&headers, &X_FORWARDED_FOR), Some("192.0.2.3"));
    }

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
