//! The configuration of the layer.

mod hooks;
mod tokens;

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use relying_party::{Clock, HttpClient, Provider, SystemClock};
use sealed_cookie::{Entropy, OsEntropy};
use zeroize::Zeroizing;

use crate::config_error::ConfigError;
use crate::hooks::Hooks;
use crate::layer::AuthLayer;
use crate::refresh::RefreshCoordinator;
use crate::routes::Routes;

/// The idle lifetime of a session unless configured: a day without a visit ends it.
const DEFAULT_IDLE_LIFETIME: Duration = Duration::from_secs(86_400);

/// The absolute lifetime of a session unless configured: a copied cookie is worth a week at most.
const DEFAULT_ABSOLUTE_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// The cookies that a session may take unless configured: four of 3,500 bytes fit the 16 KiB of
/// request headers that HTTP/2 servers on hyper and most proxies allow.
const DEFAULT_MAX_COOKIES: u8 = 4;

/// How long before its expiry an access token is refreshed unless configured: long enough for a call
/// to the API it is for.
const DEFAULT_REFRESH_LEEWAY: Duration = Duration::from_secs(10);

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
    pub(crate) provider: Option<Provider>,
    pub(crate) base_url: Option<String>,
    pub(crate) additional_base_urls: Vec<String>,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) cookie_secret: Option<Zeroizing<Vec<u8>>>,
    pub(crate) older_cookie_secrets: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) cookie_name: Option<String>,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) max_cookies: u8,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) routes: Routes,
    pub(crate) after_sign_in: Option<String>,
    pub(crate) after_sign_out: Option<String>,
    pub(crate) sign_out_by_get: bool,
    pub(crate) strip_cookies: bool,
    pub(crate) session_claims: Vec<String>,
    pub(crate) refresh_leeway: Duration,
    pub(crate) user_info_at_sign_in: bool,
    pub(crate) introspect_scopes: bool,
    pub(crate) refresh_coordinator: Option<Arc<dyn RefreshCoordinator>>,
    pub(crate) hooks: Hooks,
    pub(crate) root_certificates: Option<Vec<u8>>,
    pub(crate) http_client: Option<Arc<dyn HttpClient>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Settings that came from environment variables, with the names of these.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

impl AuthLayerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            provider: None,
            base_url: None,
            additional_base_urls: Vec::new(),
            trusted_proxies: Vec::new(),
            cookie_secret: None,
            older_cookie_secrets: Vec::new(),
            cookie_name: None,
            cookie_domain: None,
            max_cookies: DEFAULT_MAX_COOKIES,
            idle_lifetime: DEFAULT_IDLE_LIFETIME,
            absolute_lifetime: DEFAULT_ABSOLUTE_LIFETIME,
            routes: Routes::default(),
            after_sign_in: None,
            after_sign_out: None,
            sign_out_by_get: false,
            strip_cookies: false,
            session_claims: DEFAULT_SESSION_CLAIMS.map(str::to_owned).to_vec(),
            refresh_leeway: DEFAULT_REFRESH_LEEWAY,
            user_info_at_sign_in: false,
            introspect_scopes: false,
            refresh_coordinator: None,
            hooks: Hooks::default(),
            root_certificates: None,
            http_client: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            variables: Vec::new(),
        }
    }

    /// Who signs the users in. Required.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The origin under which users reach the application, such as `https://app.example.com`.
    /// Required.
    ///
    /// Redirects are built from it alone, never from a request's `Host` or `X-Forwarded-*`, which
    /// a client can choose. `http` is for loopback hosts.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Another origin under which users reach the application; may be called several times.
    ///
    /// The request's host then decides which origin it is for, and each has keys of its own: a
    /// session of one does not open at another. A request for none of them is anonymous, and the
    /// layer's own routes answer it with 421. Register the callback of each with the provider.
    pub fn additional_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.additional_base_urls.push(base_url.into());
        self
    }

    /// Believes `X-Forwarded-Host` in requests of this peer, for choosing among several origins: an
    /// address, or a network such as `10.0.0.0/8`; may be called several times. Nothing else is ever
    /// read of what proxies add.
    ///
    /// The application has to tell the peer's address by a [`PeerAddress`](crate::PeerAddress)
    /// extension; without it no request counts as the proxy's.
    pub fn trusted_proxy(mut self, network: impl fmt::Display) -> Self {
        self.trusted_proxies.push(network.to_string());
        self
    }

    /// The secret that seals all cookies: at least 32 bytes from a random source, such as the
    /// output of `openssl rand -base64 48`. Required, the same on all machines.
    ///
    /// It is not stretched: whoever has one cookie can try guesses offline, so a passphrase that
    /// somebody thought of is no secret.
    pub fn cookie_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.cookie_secret = Some(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// A secret that still opens cookies but seals none; up to seven.
    ///
    /// To change the secret without signing anybody out: first give every machine the new secret
    /// as an older one, then make it the [`cookie_secret`](Self::cookie_secret) and the former
    /// one the older, and drop that when the absolute lifetime has passed.
    pub fn older_cookie_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.older_cookie_secrets
            .push(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// The base of the cookies' names, without a prefix. Default is `auth`, with the port behind
    /// it if the base URL names one (`auth-3000`), because all ports of a host share their
    /// cookies. Two layers of one host need different names.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sends the cookies to all hosts of a domain too: the base URL's host or a domain above it,
    /// without a leading dot, such as `example.com`. Default is this host alone. For https only.
    ///
    /// It does not share the session with other applications: the keys are bound to the origin of
    /// the base URL, so that no other one opens it. An application of its own on another host of the
    /// domain needs another [`cookie_name`](Self::cookie_name), or the two overwrite each other's
    /// cookies.
    ///
    /// Browsers refuse domains under which anybody can register, such as `co.uk`
    /// (RFC 6265bis section 5.7); `build()` knows those of one label only.
    ///
    /// The cookies then lose their `__Host-` prefix, so each of those hosts can plant cookies
    /// here: it can keep users from signing in, or have them act in an account of its own.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie_domain = Some(domain.into());
        self
    }

    /// How many cookies of 3,500 bytes a session may take: 1 to 9, default 4.
    ///
    /// A stock nginx refuses response heads of more than 4 KiB, so 1 is what fits behind it; API
    /// Gateway takes 2.
    pub const fn max_cookies(mut self, cookies: u8) -> Self {
        self.max_cookies = cookies;
        self
    }

    /// How long a session lives without a visit; default a day. A visit renews the cookie when a
    /// quarter of this has passed.
    pub const fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = lifetime;
        self
    }

    /// How long a session lives at most; default 7 days. Lowering it ends older sessions at once.
    pub const fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = lifetime;
        self
    }

    /// The path that starts a sign-in; default `/auth/sign-in`.
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_in = Some(path.into());
        self
    }

    /// Turns the sign-in path off: only handlers start sign-ins, with
    /// [`AuthContext::sign_in`](crate::AuthContext::sign_in).
    pub fn without_sign_in_path(mut self) -> Self {
        self.routes.sign_in = None;
        self
    }

    /// The path to which the provider sends the browser back; default `/auth/callback`. The base
    /// URL with this path is the redirect URI to register with the provider.
    pub fn callback_path(mut self, path: impl Into<String>) -> Self {
        self.routes.callback = path.into();
        self
    }

    /// The path that signs out; default `/auth/sign-out`. A GET is asked back by a page; if its
    /// button does nothing at a provider that signs out over several hosts, see `form-action` in
    /// `SECURITY.md`.
    pub fn sign_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_out = Some(path.into());
        self
    }

    /// Turns the sign-out path off: only handlers sign out, with
    /// [`AuthContext::sign_out`](crate::AuthContext::sign_out).
    pub fn without_sign_out_path(mut self) -> Self {
        self.routes.sign_out = None;
        self
    }

    /// Turns on the path to which the provider sends the browser back after a sign-out, such as
    /// `/auth/signed-out`. Default off: then it is the page itself.
    ///
    /// With it, one URI is registered with the provider (`post_logout_redirect_uri`) whatever page
    /// a sign-out leads to, and a sealed `state` shows that the sign-out began here.
    pub fn signed_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.signed_out = Some(path.into());
        self
    }

    /// The path that tells the application's scripts who is signed in; default `/auth/session`.
    pub fn session_path(mut self, path: impl Into<String>) -> Self {
        self.routes.session = Some(path.into());
        self
    }

    /// Turns the session path off.
    pub fn without_session_path(mut self) -> Self {
        self.routes.session = None;
        self
    }

    /// The prefix that an outer router strips before the layer sees a path, such as `/app` for
    /// `Router::nest("/app", …)`. Default none.
    pub fn mount_path(mut self, path: impl Into<String>) -> Self {
        self.routes.mount_path = path.into();
        self
    }

    /// Where a sign-in leads that names no page to come back to; a path as users see it, default
    /// the mount path, or `/`.
    pub fn after_sign_in(mut self, path: impl Into<String>) -> Self {
        self.after_sign_in = Some(path.into());
        self
    }

    /// Where a sign-out leads: a path as users see it, or an absolute URL. Default is the mount
    /// path with a slash. Its absolute form is what to register with the provider
    /// (`post_logout_redirect_uri`), unless the [`signed_out_path`](Self::signed_out_path) is on.
    pub fn after_sign_out(mut self, page: impl Into<String>) -> Self {
        self.after_sign_out = Some(page.into());
        self
    }

    /// Whether a link on the application's own pages may sign out without a question. Default is
    /// a page that asks, because some browsers and extensions follow links ahead of the user.
    pub const fn sign_out_by_get(mut self, allowed: bool) -> Self {
        self.sign_out_by_get = allowed;
        self
    }

    /// Whether our cookies are taken out of requests before the inner service sees them; default
    /// no. For services that pass requests on to others.
    pub const fn strip_cookies(mut self, strip: bool) -> Self {
        self.strip_cookies = strip;
        self
    }

    /// The claims that the session path shows to the application's scripts. Default: `sub` and
    /// the usual names, picture and email address.
    pub fn session_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.session_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Trusts these certificate authorities (PEM) too when it talks to the provider. For the
    /// default HTTP client; one of your own brings its own.
    #[cfg(feature = "hyper-client")]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// The HTTP client towards the provider. Default is hyper with rustls (feature
    /// `hyper-client`).
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http_client = Some(Arc::new(client));
        self
    }

    /// The clock; default the system's. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The source of random bytes; default the system's. For tests.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Checks the settings and builds the layer. The provider is not contacted: its metadata is
    /// fetched at the first sign-in, or by [`AuthLayer::discover`].
    ///
    /// # Errors
    ///
    /// The error names the setting, the rule and the remedy.
    pub fn build(mut self) -> Result<AuthLayer, ConfigError> {
        let variables = mem::take(&mut self.variables);
        crate::build::build(self).map_err(|error| error.renamed(&variables))
    }
}

/// Names the settings that are no secrets.
impl fmt::Debug for AuthLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayerBuilder")
            .field("provider", &self.provider)
            .field("base_url", &self.base_url)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
