//! The configuration of the layer.

pub(crate) mod build;
mod components;
mod cookies;
pub(crate) mod env;
mod hooks;
mod lifetimes;
mod origins;
mod pages;
mod provider_client;
mod providers;

mod routes;
pub(crate) mod sealed_cookies;
mod tokens;

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use relying_party::{Clock, HttpClient, SystemClock};
use sealed_cookie::{Entropy, OsEntropy};
use zeroize::Zeroizing;

pub(crate) use self::providers::Providers;
use crate::config_error::ConfigError;
use crate::event::EventHook;
use crate::hooks::Hooks;
use crate::layer::AuthLayer;
use crate::origin::plain_http::PlainHttp;
use crate::origin::routes::Routes;
use crate::provider::script_tokens;
use crate::refresh::RefreshCoordinator;

/// The idle lifetime of a session unless configured: it ends after a day without a visit.
const DEFAULT_IDLE_LIFETIME: Duration = Duration::from_secs(86_400);

/// The absolute lifetime of a session unless configured: a copied cookie works for a week at most.
const DEFAULT_ABSOLUTE_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// The cookies that a session may take unless configured: four of 3,500 bytes fit into the 16 KiB of
/// request headers that HTTP/2 servers on hyper and most proxies accept.
const DEFAULT_MAX_COOKIES: u8 = 4;

/// How long before its expiry an access token is refreshed unless configured: long enough for a call
/// to the API it is for.
const DEFAULT_REFRESH_LEEWAY: Duration = Duration::from_secs(10);

/// How long a caller waits for a refresh unless configured: people and proxies accept this, but not much
/// more.
const DEFAULT_REFRESH_WAIT: Duration = Duration::from_secs(10);

/// What the session route shows unless configured: who the user is, and nothing else.
const DEFAULT_SESSION_CLAIMS: [&str; 9] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "username",
    "picture",
    "email",
    "email_verified",
];

/// Collects the settings of an [`AuthLayer`]; [`build`](Self::build) checks them all.
///
/// ```no_run
/// use tower_oidc::{AuthLayer, Provider};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = AuthLayer::builder()
///     .provider(Provider::logto("https://tenant.logto.app", "app-id").client_secret("app-secret"))
///     .base_url("http://localhost:3000")
///     .cookie_secret(std::env::var("COOKIE_SECRET")?) // openssl rand -base64 48
///     .build()?;
/// # let _ = auth;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is built before `build`"]
pub struct AuthLayerBuilder {
    pub(crate) providers: Providers,
    pub(crate) base_url: Option<String>,
    pub(crate) additional_base_urls: Vec<String>,
    pub(crate) plain_http: PlainHttp,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) cookie_secret: Option<Zeroizing<Vec<u8>>>,
    pub(crate) additional_cookie_secrets: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) cookie_name: Option<String>,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) max_cookies: u8,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) routes: Routes,
    /// The tokens that scripts may get from the access-token path.
    pub(crate) access_token_resources: Vec<String>,
    pub(crate) after_sign_in: Option<String>,
    pub(crate) after_sign_out: Option<String>,
    pub(crate) sign_out_by_get: bool,
    pub(crate) strip_cookies: bool,
    pub(crate) session_claims: Vec<String>,
    pub(crate) refresh_leeway: Duration,
    pub(crate) user_info_at_sign_in: bool,
    pub(crate) introspect_scopes: bool,
    pub(crate) refresh_coordinator: Option<Arc<dyn RefreshCoordinator>>,
    pub(crate) refresh_wait: Duration,
    /// `None`: the provider's setting applies.
    pub(crate) refresh_request_lifetime: Option<Duration>,
    pub(crate) freezes_between_requests: bool,
    pub(crate) hooks: Hooks,
    pub(crate) on_event: Option<Arc<EventHook>>,
    pub(crate) root_certificates: Option<Vec<u8>>,
    pub(crate) http_client: Option<Arc<dyn HttpClient>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The names of settings that errors show instead: those of environment variables, or of a setter that
    /// gives several settings.
    pub(crate) variables: Vec<(&'static str, Cow<'static, str>)>,
}

impl AuthLayer {
    /// Starts a configuration in code.
    ///
    /// ```no_run
    /// use tower_oidc::{AuthLayer, Provider};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = AuthLayer::builder()
    ///     .provider(Provider::new("https://id.example.com", "client-id").client_secret("…"))
    ///     .base_url("https://shop.example.com")
    ///     .cookie_secret(std::env::var("COOKIE_SECRET")?) // openssl rand -base64 48
    ///     .build()?;
    /// # let _ = auth;
    /// # Ok(()) }
    /// ```
    pub fn builder() -> AuthLayerBuilder {
        AuthLayerBuilder::new()
    }

    /// Reads the whole configuration from environment variables, and builds the layer with the default HTTP
    /// client. [`AuthLayerBuilder::from_env`] lists the variables, and lets you add settings in code.
    ///
    /// ```no_run
    /// // AUTH_ISSUER=https://id.example.com AUTH_CLIENT_ID=… AUTH_CLIENT_SECRET=…
    /// // AUTH_BASE_URL=https://shop.example.com AUTH_COOKIE_SECRET=…
    /// let auth = tower_oidc::AuthLayer::from_env()?;
    /// # let _ = auth;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error names the variable, what is wrong and what to do.
    #[cfg(feature = "hyper-client")]
    pub fn from_env() -> Result<Self, ConfigError> {
        AuthLayerBuilder::from_env()?.build()
    }
}

impl AuthLayerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            providers: Providers::default(),
            base_url: None,
            additional_base_urls: Vec::new(),
            plain_http: PlainHttp::Loopback,
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            cookie_secret: None,
            additional_cookie_secrets: Vec::new(),
            cookie_name: None,
            cookie_domain: None,
            max_cookies: DEFAULT_MAX_COOKIES,
            idle_lifetime: DEFAULT_IDLE_LIFETIME,
            absolute_lifetime: DEFAULT_ABSOLUTE_LIFETIME,
            routes: Routes::default(),
            access_token_resources: Vec::new(),
            after_sign_in: None,
            after_sign_out: None,
            sign_out_by_get: false,
            strip_cookies: false,
            session_claims: DEFAULT_SESSION_CLAIMS.map(str::to_owned).to_vec(),
            refresh_leeway: DEFAULT_REFRESH_LEEWAY,
            user_info_at_sign_in: false,
            introspect_scopes: false,
            refresh_coordinator: None,
            refresh_wait: DEFAULT_REFRESH_WAIT,
            refresh_request_lifetime: None,
            freezes_between_requests: false,
            hooks: Hooks::default(),
            on_event: None,
            root_certificates: None,
            http_client: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            variables: vec![(script_tokens::RESOURCES, "access_token_path".into())],
        }
    }

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

    /// Trusts these certificate authorities (PEM) in addition to the usual ones in requests to the provider.
    /// Default: none. It applies to the default HTTP client only, not to one given with
    /// [`http_client`](Self::http_client). [`build`](Self::build) refuses a text without a readable certificate.
    ///
    /// Environment variable: `AUTH_CA_FILE`, the path of a file.
    #[cfg(feature = "hyper-client")]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Sets the HTTP client that sends requests to the provider. Default: hyper with rustls (feature
    /// `hyper-client`). Without that feature, [`build`](Self::build) requires this setting.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Request, Response};
    /// use tower_oidc::{AuthLayer, BoxFuture, HttpClient, TransportError, TransportErrorKind};
    ///
    /// #[derive(Debug)]
    /// struct Offline;
    ///
    /// impl HttpClient for Offline {
    ///     fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
    ///         let error = TransportError::new(TransportErrorKind::Connect);
    ///         Box::pin(async move { Err(error) })
    ///     }
    /// }
    ///
    /// let builder = AuthLayer::builder().http_client(Offline);
    /// # let _ = builder;
    /// ```
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http_client = Some(Arc::new(client));
        self
    }

    /// Sets the clock, for tests. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of random bytes, for tests. Default: the operating system's.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
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

    /// Checks the settings and builds the layer. The provider is not contacted: its metadata is fetched at
    /// the first sign-in, or by [`AuthLayer::discover`].
    ///
    /// A log line at INFO shows the configuration, and which URIs to register with the provider.
    ///
    /// # Errors
    ///
    /// The error names the setting, what is wrong and what to do, and shows no secret.
    pub fn build(mut self) -> Result<AuthLayer, ConfigError> {
        let variables = mem::take(&mut self.variables);
        build::build(self).map_err(|error| error.renamed(&variables))
    }
}

/// Shows no secrets.
impl fmt::Debug for AuthLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayerBuilder")
            .field("providers", &self.providers)
            .field("base_url", &self.base_url)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
