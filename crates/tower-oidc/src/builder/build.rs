//! From settings to a layer: every rule that can be checked without the network is checked here.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{HttpClient, Provider, RelyingParty, scope};
use sealed_cookie::{KeyRing, Purpose};
use sha2::{Digest, Sha256};
use url::Url;

use crate::builder::AuthLayerBuilder;
use crate::builder::sealed_cookies::{Cookies, key_ring};
use crate::components::Components;
use crate::config_error::{ConfigError, PADDED, is_padded};
use crate::event::Events;
use crate::hooks::RefreshHooks;
use crate::layer::AuthLayer;
use crate::layer::origins::Origins;
use crate::log_limit::LogLimiter;
use crate::origin::Origin;
use crate::origin::allowed_origins;
use crate::origin::base_url::BaseUrl;
use crate::origin::logout_url_cookie::LogoutUrlCookie;
use crate::origin::plain_http::PlainHttp;
use crate::origin::return_to::ReturnTo;
use crate::origin::routes::Routes;
use crate::origin::signed_out_state::SignedOutStates;
use crate::persistence::SessionPersistence;
use crate::persistence::fingerprints::Fingerprints;
use crate::provider::Registration;
use crate::provider::id::ProviderKey;
use crate::provider::script_tokens::ScriptTokens;
use crate::random::Random;
use crate::refresh::{
    CircuitBreaker, Coordination, InvalidWait, RefreshMemory, RefreshTimes, Refresher,
    RefresherParts,
};
use crate::revocation::RevokedSessions;
use crate::session::Session;
use crate::session::frame::ProviderId;
use crate::session::lifetime::Lifetimes;
use crate::sign_in::Attempts;
use crate::sign_in::error::SignInError;
use crate::sign_in::exchange::Exchanges;
use crate::web::hints::Hints;
use crate::web::network::Network;

/// Browsers cut a cookie's life to 400 days (RFC 6265bis section 5.5).
const LONGEST_LIFETIME: Duration = Duration::from_secs(400 * 86_400);

/// What requests to the provider say of who asks, unless the application sets another.
const USER_AGENT: &str = concat!("tower-oidc/", env!("CARGO_PKG_VERSION"));

pub(crate) fn build(builder: AuthLayerBuilder) -> Result<AuthLayer, ConfigError> {
    let http = http_client(&builder)?;
    let (provider_key, provider) = builder.providers.one()?;
    let base_url = required(
        "base_url",
        builder.base_url.as_deref(),
        "the origin that users see, such as https://app.example.com",
    )?;
    let plain_http = builder.plain_http;
    let base_url = BaseUrl::parse(base_url, plain_http)?;
    let others = other_origins(&base_url, &builder.additional_base_urls, plain_http)?;
    let trusted_proxies = trusted_proxies(&builder.trusted_proxies)?;
    builder.routes.check()?;
    let key_ring = key_ring(
        required(
            "cookie_secret",
            builder.cookie_secret.as_ref(),
            "at least 32 random bytes: openssl rand -base64 48",
        )?,
        &builder.additional_cookie_secrets,
    )?;
    let provider = with_request_lifetime(provider, &builder).default_user_agent(USER_AGENT);
    let relying_party =
        RelyingParty::new(provider, http, Arc::clone(&builder.clock)).map_err(of_relying_party)?;
    let hints = Hints::default();
    warn_without_refresh_tokens(relying_party.provider(), &hints);
    let log = Arc::new(LogLimiter::new(Arc::clone(&builder.clock)));
    let common = Common {
        events: Arc::new(Events::new(
            builder.on_event.clone(),
            relying_party.issuer(),
            Arc::clone(&log),
        )),
        script_tokens: ScriptTokens::new(&builder, relying_party.provider())?,
        lifetimes: lifetimes(builder.idle_lifetime, builder.absolute_lifetime)?,
        times: RefreshTimes::new(builder.refresh_wait, relying_party.request_lifetime()).map_err(
            |InvalidWait| ConfigError::new("refresh_wait", "must be from one second to a minute"),
        )?,
        provider_key,
        relying_party,
        fingerprints: Arc::new(Fingerprints::of(&key_ring)),
        random: Arc::new(Random::new(
            key_ring.hedged_random(Purpose::RANDOM, &[]),
            Arc::clone(&builder.entropy),
            Arc::clone(&builder.clock),
        )),
        key_ring,
        routes: Arc::new(builder.routes.clone()),
        public_claims: builder.session_claims.clone().into(),
        allowed_origins: allowed_origins::parse(&builder.allowed_origins, plain_http)?,
        exchanges: Arc::new(Exchanges::new(Arc::clone(&builder.clock))),
        log,
        hints: Arc::new(hints),
        revoked: Arc::new(RevokedSessions::new(builder.absolute_lifetime)),
        refresh_memory: Arc::default(),
        circuit: Arc::default(),
    };
    let components = |base_url| Ok(Arc::new(common.components(&builder, base_url)?));
    let auth = AuthLayer {
        origins: Arc::new(Origins {
            first: components(base_url)?,
            others: others
                .into_iter()
                .map(components)
                .collect::<Result<_, _>>()?,
            trusted_proxies,
            strip_cookies: builder.strip_cookies,
        }),
    };
    auth.log_configuration();
    Ok(auth)
}

fn with_request_lifetime(provider: Provider, builder: &AuthLayerBuilder) -> Provider {
    let lifetime = if builder.freezes_between_requests {
        Some(builder.refresh_wait)
    } else {
        builder.refresh_request_lifetime
    };
    match lifetime {
        Some(lifetime) => provider.request_lifetime(lifetime),
        None => provider,
    }
}

/// What all origins share.
struct Common {
    relying_party: RelyingParty,
    provider_key: Option<ProviderKey>,
    key_ring: KeyRing,
    random: Arc<Random>,
    lifetimes: Lifetimes,
    times: RefreshTimes,
    routes: Arc<Routes>,
    public_claims: Arc<[String]>,
    script_tokens: ScriptTokens,
    allowed_origins: Arc<[String]>,
    exchanges: Arc<Exchanges<Arc<Session>, SignInError>>,
    events: Arc<Events>,
    log: Arc<LogLimiter>,
    hints: Arc<Hints>,
    fingerprints: Arc<Fingerprints>,
    revoked: Arc<RevokedSessions>,
    refresh_memory: Arc<RefreshMemory>,
    circuit: Arc<CircuitBreaker>,
}

impl Common {
    fn components(
        &self,
        builder: &AuthLayerBuilder,
        base_url: BaseUrl,
    ) -> Result<Components, ConfigError> {
        let cookies = Cookies::new(&base_url, &self.key_ring, builder)?;
        let pages = self.pages(builder, &base_url)?;
        let registration = Registration {
            provider: provider_id(&self.relying_party),
            relying_party: self.relying_party.clone(),
            id: self.provider_key.clone(),
            user_info_at_sign_in: builder.user_info_at_sign_in,
            introspect_scopes: builder.introspect_scopes,
            script_tokens: self.script_tokens.clone(),
            circuit: Arc::clone(&self.circuit),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        };
        let hook = RefreshHooks {
            hooks: builder.hooks.clone(),
            max_plaintext: cookies.session.max_plaintext(),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        };
        let coordination = builder.refresh_coordinator.as_ref();
        let coordination = coordination.map(|coordinator| Coordination {
            coordinator: Arc::clone(coordinator),
            sealer: cookies.successor_sealer,
            random: Arc::clone(&self.random),
            entropy: Arc::clone(&builder.entropy),
        });
        let refresher = Refresher::new(RefresherParts {
            memory: Arc::clone(&self.refresh_memory),
            endpoint: Arc::new(registration.clone()),
            hook: Arc::new(hook),
            coordination,
            revoked: Arc::clone(&self.revoked),
            events: Arc::clone(&self.events),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
            lifetimes: self.lifetimes,
            times: self.times,
            leeway: builder.refresh_leeway,
            freezes_between_requests: builder.freezes_between_requests,
        });
        Ok(Components {
            registration,
            origin: Origin {
                base_url,
                routes: Arc::clone(&self.routes),
                after_sign_in: pages.after_sign_in,
                after_sign_out: pages.after_sign_out,
                signed_out_page: pages.signed_out_page,
                allowed_origins: Arc::clone(&self.allowed_origins),
                sign_out_by_get: builder.sign_out_by_get,
                public_claims: Arc::clone(&self.public_claims),
                signed_out_states: SignedOutStates {
                    sealer: cookies.logout_sealer,
                    entropy: Arc::clone(&builder.entropy),
                    clock: Arc::clone(&builder.clock),
                    log: Arc::clone(&self.log),
                },
                logout_url_cookie: LogoutUrlCookie {
                    cookie: cookies.logout_url,
                    entropy: Arc::clone(&builder.entropy),
                    clock: Arc::clone(&builder.clock),
                    log: Arc::clone(&self.log),
                },
                log: Arc::clone(&self.log),
            },
            attempts: Attempts {
                cookies: cookies.transactions,
                exchanges: Arc::clone(&self.exchanges),
                provider: provider_id(&self.relying_party),
                random: Arc::clone(&self.random),
                entropy: Arc::clone(&builder.entropy),
                clock: Arc::clone(&builder.clock),
                log: Arc::clone(&self.log),
                secret_fingerprint: self.fingerprints.sealing().to_owned(),
            },
            persistence: SessionPersistence {
                cookie: cookies.session,
                lifetimes: self.lifetimes,
                revoked: Arc::clone(&self.revoked),
                fingerprints: Arc::clone(&self.fingerprints),
            },
            refresher: Arc::new(refresher),
            hooks: builder.hooks.clone(),
            events: Arc::clone(&self.events),
            random: Arc::clone(&self.random),
            entropy: Arc::clone(&builder.entropy),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
            hints: Arc::clone(&self.hints),
            #[cfg(feature = "testing")]
            counters: self.key_ring.counters(),
        })
    }

    fn pages(&self, builder: &AuthLayerBuilder, base_url: &BaseUrl) -> Result<Pages, ConfigError> {
        let home = match self.routes.mount_path.as_str() {
            "" => "/",
            mount_path => mount_path,
        };
        for (setting, page) in [
            ("after_sign_in", &builder.after_sign_in),
            ("after_sign_out", &builder.after_sign_out),
        ] {
            if page.as_deref().is_some_and(is_padded) {
                return Err(ConfigError::new(setting, PADDED));
            }
        }
        let own_page = |page: &str| {
            ReturnTo::parse(page, base_url).filter(|page| !self.routes.is_own(page.path()))
        };
        let after_sign_in = own_page(builder.after_sign_in.as_deref().unwrap_or(home));
        let after_sign_in = after_sign_in.ok_or_else(|| {
            ConfigError::new(
                "after_sign_in",
                "must be a path of this application such as /welcome, and none of the layer's own",
            )
        })?;
        let default_page = format!("{}/", self.routes.mount_path);
        let after_sign_out = builder.after_sign_out.as_deref().unwrap_or(&default_page);
        let signed_out_page = ReturnTo::parse(after_sign_out, base_url);
        if signed_out_page
            .as_ref()
            .is_some_and(|page| self.routes.is_own(page.path()))
        {
            return Err(ConfigError::new(
                "after_sign_out",
                "must be none of the layer's own paths, which show no page; give a page of the \
                 application, such as /bye",
            ));
        }
        let absolute = match &signed_out_page {
            Some(page) => format!("{}{}", base_url.origin(), page.as_str()),
            None => after_sign_out.to_owned(),
        };
        check_absolute("after_sign_out", &absolute)?;
        if signed_out_page.is_none() && self.routes.signed_out.is_some() {
            return Err(ConfigError::new(
                "after_sign_out",
                "must be a path of this application while signed_out_path is on, because that \
                 route leads to it",
            ));
        }
        Ok(Pages {
            after_sign_in,
            after_sign_out: absolute,
            signed_out_page: signed_out_page
                .or_else(|| own_page(&default_page))
                .ok_or_else(|| ConfigError::new("mount_path", "must not be a path of a route"))?,
        })
    }
}

/// The pages that sign-ins and sign-outs lead to.
struct Pages {
    after_sign_in: ReturnTo,
    /// Absolute.
    after_sign_out: String,
    signed_out_page: ReturnTo,
}

/// The other allowed origins, each at a host of its own.
fn other_origins(
    first: &BaseUrl,
    urls: &[String],
    plain_http: PlainHttp,
) -> Result<Vec<BaseUrl>, ConfigError> {
    let mut origins: Vec<BaseUrl> = Vec::new();
    for url in urls {
        let origin =
            BaseUrl::parse(url, plain_http).map_err(|error| error.named("additional_base_url"))?;
        let authority = |origin: &BaseUrl| {
            let url = origin.url();
            (url.host_str().map(str::to_owned), url.port())
        };
        if std::iter::once(first)
            .chain(&origins)
            .any(|other| authority(other) == authority(&origin))
        {
            return Err(ConfigError::new(
                "additional_base_url",
                "has the host of another origin already; the host must tell them apart",
            ));
        }
        origins.push(origin);
    }
    Ok(origins)
}

/// A need for refresh tokens that the settings themselves show.
fn warn_without_refresh_tokens(provider: &Provider, hints: &Hints) {
    let needs_them =
        provider.resource_indicators().next().is_some() || provider.has_scope(scope::ORGANIZATIONS);
    if needs_them && !provider.has_scope(scope::OFFLINE_ACCESS) {
        hints.needs_offline_access("tokens for resources and organizations come by refresh");
    }
}

fn trusted_proxies(networks: &[String]) -> Result<Vec<Network>, ConfigError> {
    let parse = |network: &String| {
        network.parse().map_err(|_| {
            ConfigError::new(
                "trusted_proxy",
                "must be an address or a network, such as 10.0.0.1 or 10.0.0.0/8, and not everybody",
            )
        })
    };
    networks.iter().map(parse).collect()
}

fn required<T>(
    setting: &'static str,
    value: Option<T>,
    remedy: &'static str,
) -> Result<T, ConfigError> {
    value.ok_or_else(|| ConfigError::new(setting, format!("is missing: give {remedy}")))
}

fn lifetimes(idle: Duration, absolute: Duration) -> Result<Lifetimes, ConfigError> {
    let minute = Duration::from_secs(60);
    for (setting, lifetime) in [("idle_lifetime", idle), ("absolute_lifetime", absolute)] {
        if lifetime < minute || lifetime > LONGEST_LIFETIME {
            return Err(ConfigError::new(
                setting,
                "must be from one minute to 400 days, the longest that browsers keep a cookie",
            ));
        }
    }
    if idle > absolute {
        return Err(ConfigError::new(
            "idle_lifetime",
            "must not be longer than absolute_lifetime, which would end the session before",
        ));
    }
    Ok(Lifetimes { idle, absolute })
}

/// SHA-256 over issuer and client, each behind its length, cut to eight bytes: enough to tell
/// apart what shares a secret, an origin and a cookie name already.
fn provider_id(relying_party: &RelyingParty) -> ProviderId {
    let mut hash = Sha256::new();
    for part in [relying_party.issuer(), relying_party.client_id()] {
        hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = [0; 8];
    for (to, from) in id.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    ProviderId(id)
}

fn check_absolute(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    let web = Url::parse(url)
        .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none());
    if web && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ConfigError::new(
            setting,
            "must be an absolute URL such as https://app.example.com/bye, without a fragment",
        ))
    }
}

fn of_relying_party(error: relying_party::ConfigError) -> ConfigError {
    let rule = format!("{}; {}", error.rule(), error.remedy());
    let setting = match error.setting() {
        "request_lifetime" => "refresh_request_lifetime",
        setting => setting,
    };
    ConfigError::new(setting, rule)
}

fn http_client(builder: &AuthLayerBuilder) -> Result<Arc<dyn HttpClient>, ConfigError> {
    if let Some(client) = &builder.http_client {
        return Ok(Arc::clone(client));
    }
    default_client(builder.root_certificates.as_deref())
}

#[cfg(feature = "hyper-client")]
fn default_client(root_certificates: Option<&[u8]>) -> Result<Arc<dyn HttpClient>, ConfigError> {
    let mut client = relying_party::HyperClient::builder();
    if let Some(pem) = root_certificates {
        client = client
            .add_root_certificates_pem(pem)
            .map_err(|error| of_relying_party(error).named("root_certificates_pem"))?;
    }
    Ok(Arc::new(client.build()))
}

#[cfg(not(feature = "hyper-client"))]
fn default_client(_: Option<&[u8]>) -> Result<Arc<dyn HttpClient>, ConfigError> {
    Err(ConfigError::new(
        "http_client",
        "is missing: give one, or turn on the feature `hyper-client`",
    ))
}
