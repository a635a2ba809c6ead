//! The configuration of the layer.

// The documentation shows the setters in this order: first those that every application needs.
pub(crate) mod env;

mod providers;

mod resolver;

mod base_url;
mod client_keys;

mod cookies;

mod former_cookies;

mod routes;

mod sign_in_links;

mod sign_out;

mod logout_routes;

mod hooks;

mod tokens;

mod stores;

mod host;

// From the settings to the layer.
pub(crate) mod assemble;
mod components;
mod former_cookie;
mod keys;
mod lifetimes;
mod origins;
mod pages;
mod provider_client;
mod provider_conflicts;
mod provider_key;
mod provider_list;
mod refresh_times;
pub(crate) mod sealed_cookies;
mod secrets;
mod setting_names;
mod store_settings;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use relying_party::{Clock, HttpClient, SystemClock};
use sealed_cookie::{Entropy, OsEntropy};
use zeroize::Zeroizing;

use self::former_cookie::FormerCookie;
pub(crate) use self::provider_list::Providers;
use self::setting_names::SettingNames;
pub(crate) use self::store_settings::StoreSettings;
#[cfg(feature = "hyper-client")]
use crate::config_error::ConfigError;
use crate::event::EventHook;
use crate::hooks::HookSettings;
use crate::layer::AuthLayer;
use crate::origin::plain_http::PlainHttp;
use crate::origin::routes::Routes;
use crate::origin::sign_out_settings::SignOutSettings;
use crate::provider::script_tokens;
use crate::refresh::{RefreshCoordinator, RevokeAtSignOut};
use crate::secrets::SecretSource;
use crate::session::room::Compression;

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
    pub(crate) secret_source: Option<SecretSource>,
    pub(crate) cookie_name: Option<String>,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) former_cookies: Vec<FormerCookie>,
    pub(crate) max_cookies: u8,
    pub(crate) compression: Compression,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) sessions_since: Option<SystemTime>,
    pub(crate) routes: Routes,
    /// The tokens that scripts may get from the access-token path.
    pub(crate) access_token_resources: Vec<String>,
    /// The parameters of links to the sign-in that are passed on.
    pub(crate) sign_in_parameters: Vec<String>,
    pub(crate) after_sign_in: Option<String>,
    pub(crate) after_sign_out: Option<String>,
    pub(crate) choose_provider: bool,
    pub(crate) choose_provider_page: Option<String>,
    /// How many answers of the resolver are kept, and for how long; `None`: the default.
    pub(crate) provider_cache: Option<(usize, Duration)>,
    pub(crate) origins_from_requests: bool,
    pub(crate) sign_out: SignOutSettings,
    pub(crate) revoke_at_sign_out: RevokeAtSignOut,
    pub(crate) strip_cookies: bool,
    pub(crate) session_claims: Option<Vec<String>>,
    pub(crate) refresh_leeway: Duration,
    pub(crate) user_info_at_sign_in: bool,
    pub(crate) introspect_scopes: bool,
    pub(crate) refresh_coordinator: Option<Arc<dyn RefreshCoordinator>>,
    pub(crate) refresh_wait: Duration,
    /// `None`: the provider's setting applies.
    pub(crate) refresh_request_lifetime: Option<Duration>,
    pub(crate) freezes_between_requests: bool,
    pub(crate) stores: StoreSettings,
    pub(crate) hooks: HookSettings,
    pub(crate) on_event: Option<Arc<EventHook>>,
    pub(crate) root_certificates: Option<Vec<u8>>,
    pub(crate) http_client: Option<Arc<dyn HttpClient>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The names of settings that errors show instead: those of environment variables, or of a setter that
    /// gives several settings.
    pub(crate) names: SettingNames,
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
            secret_source: None,
            cookie_name: None,
            cookie_domain: None,
            former_cookies: Vec::new(),
            max_cookies: DEFAULT_MAX_COOKIES,
            compression: Compression::On,
            idle_lifetime: DEFAULT_IDLE_LIFETIME,
            absolute_lifetime: DEFAULT_ABSOLUTE_LIFETIME,
            sessions_since: None,
            routes: Routes::default(),
            access_token_resources: Vec::new(),
            sign_in_parameters: Vec::new(),
            after_sign_in: None,
            after_sign_out: None,
            choose_provider: false,
            choose_provider_page: None,
            provider_cache: None,
            origins_from_requests: false,
            sign_out: SignOutSettings::default(),
            revoke_at_sign_out: RevokeAtSignOut::default(),
            strip_cookies: false,
            session_claims: None,
            refresh_leeway: DEFAULT_REFRESH_LEEWAY,
            user_info_at_sign_in: false,
            introspect_scopes: false,
            refresh_coordinator: None,
            refresh_wait: DEFAULT_REFRESH_WAIT,
            refresh_request_lifetime: None,
            freezes_between_requests: false,
            stores: StoreSettings::default(),
            hooks: HookSettings::default(),
            on_event: None,
            root_certificates: None,
            http_client: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            names: SettingNames {
                common: vec![(script_tokens::RESOURCES, "access_token_path".into())],
                ..SettingNames::default()
            },
        }
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
