//! The settings of the origins under which users reach the application.

use std::fmt;

use super::AuthLayerBuilder;
use crate::origin::plain_http::PlainHttp;

impl AuthLayerBuilder {
    /// Sets the origin under which users reach the application, such as `https://app.example.com`. Required.
    ///
    /// It is the origin that the browser shows, even if a front-end server or a proxy is in front of the
    /// application. Redirects are built from it, never from a request's `Host` or `X-Forwarded-*`, which a
    /// client can choose. [`build`](Self::build) refuses `http`, except for loopback hosts;
    /// [`allow_insecure_http`](Self::allow_insecure_http) adds hosts of a local network, for development.
    ///
    /// Environment variable: `AUTH_BASE_URL`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Adds another origin under which users reach the application; may be called several times. Default:
    /// none.
    ///
    /// The request's host then decides to which origin the request belongs. Each origin has its own keys, so
    /// a session of one does not open at another. A request for any other host is anonymous, and the layer's
    /// own routes answer it with 421. Register the callback of each origin with the provider.
    /// [`build`](Self::build) refuses two origins with the same host and port.
    ///
    /// Environment variable: `AUTH_ADDITIONAL_BASE_URLS`.
    pub fn additional_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.additional_base_urls.push(base_url.into());
        self
    }

    /// Accepts `http` in [`base_url`](Self::base_url), [`additional_base_url`](Self::additional_base_url)
    /// and [`allowed_origins`](Self::allowed_origins) for hosts of a local network, for example to test an
    /// application on a phone. Only for development. Default: `false`, which accepts `http` only on
    /// loopback.
    ///
    /// Hosts of a local network are private and link-local addresses (RFC 1918, RFC 3927, RFC 4193; RFC 4291
    /// section 2.5.6), and names below `test`, `example` and `invalid` (RFC 6761). [`build`](Self::build)
    /// refuses `http` for a public name or address even with this setting, so that it cannot open a
    /// production deployment by accident.
    ///
    /// Anyone on the network between browser and application can read and replace cookies and codes over
    /// plain http, and so act as the user. A warning at the start says so. Browsers send no Fetch Metadata
    /// to such origins, so `Origin` alone decides: only a POST from a page of this origin signs out, and a
    /// link does not, even with [`sign_out_by_get`](Self::sign_out_by_get).
    ///
    /// Environment variable: `AUTH_ALLOW_INSECURE_HTTP`.
    ///
    /// ```
    /// # use tower_oidc::{AuthLayer, ConfigError, Provider};
    /// # fn main() -> Result<(), ConfigError> {
    /// # #[cfg(feature = "hyper-client")]
    /// let auth = AuthLayer::builder()
    ///     .provider(Provider::new("https://id.example.com", "client-id"))
    ///     .base_url("http://192.168.1.5:3000")
    ///     .allow_insecure_http(true)
    ///     .cookie_secret("xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub const fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.plain_http = match allow {
            true => PlainHttp::LocalNetworks,
            false => PlainHttp::Loopback,
        };
        self
    }

    /// Trusts the headers that a proxy adds to requests; may be called several times. The proxy is given as
    /// an address, or as a network such as `10.0.0.0/8`. Default: none, and no `X-Forwarded-*` header is
    /// read.
    ///
    /// The proxy's `X-Forwarded-Host` chooses among several origins. The last address of its
    /// `X-Forwarded-For` says from which network a sign-in comes, so that networks take turns under load. No
    /// other header of a proxy is read.
    ///
    /// The application must add the peer's address to each request as a [`PeerAddress`](crate::PeerAddress)
    /// extension. Without it, no request counts as the proxy's.
    ///
    /// Environment variable: `AUTH_TRUSTED_PROXIES`.
    pub fn trusted_proxy(mut self, network: impl fmt::Display) -> Self {
        self.trusted_proxies.push(network.to_string());
        self
    }

    /// Adds origins whose pages may open WebSockets here as the signed-in user, such as
    /// `https://www.example.com`. Default: none; only the origin of the request itself may.
    /// [`build`](Self::build) refuses `*`, `null`, and `http` except for loopback;
    /// [`allow_insecure_http`](Self::allow_insecure_http) adds local networks.
    ///
    /// Browsers send the user's cookies with a WebSocket from any host of the same site, without asking the
    /// server first (no CORS). So if the `Origin` of such a request is neither its own origin nor one of
    /// these, the request is anonymous ([`NotSignedIn::ForeignOrigin`](crate::NotSignedIn::ForeignOrigin)),
    /// and guards and extractors answer it with 403. This applies to the method CONNECT, and to an `Upgrade`
    /// field for anything but HTTP/2. A request without `Origin` does not come from a browser, and is
    /// served.
    ///
    /// Each of several base URLs counts as another origin; add them here if their pages belong together.
    /// Other requests are not affected: use CORS to let pages of another origin use `fetch`.
    ///
    /// Environment variable: `AUTH_ALLOWED_ORIGINS`.
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_origins
            .extend(origins.into_iter().map(Into::into));
        self
    }
}
