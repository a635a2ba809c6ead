//! From settings to a layer: every rule that can be checked without the network is checked here.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{HttpClient, RelyingParty};
use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, Prefix, Purpose, SealedCookie,
    SealedCookieFamily,
};
use sha2::{Digest, Sha256};
use url::Url;

use crate::base_url::BaseUrl;
use crate::builder::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::exchange::Exchanges;
use crate::layer::AuthLayer;
use crate::return_to::ReturnTo;
use crate::session::frame::ProviderId;
use crate::session::lifetime::Lifetimes;
use crate::shared::{Settings, Shared};
use crate::tombstones::Tombstones;

/// Browsers cut a cookie's life to 400 days (RFC 6265bis section 5.5).
const LONGEST_LIFETIME: Duration = Duration::from_secs(400 * 86_400);

pub(crate) fn build(builder: AuthLayerBuilder) -> Result<AuthLayer, ConfigError> {
    let http = http_client(&builder)?;
    let provider = required(
        "provider",
        builder.provider,
        "Provider::new(issuer, client_id)",
    )?;
    let base_url = required(
        "base_url",
        builder.base_url,
        "the origin that users see, such as https://app.example.com",
    )?;
    let base_url = BaseUrl::parse(&base_url)?;
    builder.routes.check()?;
    let lifetimes = lifetimes(builder.idle_lifetime, builder.absolute_lifetime)?;
    let key_ring = key_ring(
        required(
            "cookie_secret",
            builder.cookie_secret,
            "at least 32 random bytes: openssl rand -base64 48",
        )?,
        builder.older_cookie_secrets,
    )?;
    let cookies = Cookies::new(
        &base_url,
        &key_ring,
        builder.cookie_name,
        builder.cookie_domain,
        builder.max_cookies,
    )?;
    let relying_party =
        RelyingParty::new(provider, http, Arc::clone(&builder.clock)).map_err(of_relying_party)?;
    let mount_path = &builder.routes.mount_path;
    let home = builder.after_sign_in.as_deref();
    let after_sign_in = ReturnTo::parse(
        home.unwrap_or(if mount_path.is_empty() {
            "/"
        } else {
            mount_path
        }),
        &base_url,
    )
    .filter(|path| !builder.routes.is_own(path.path()))
    .ok_or_else(|| {
        ConfigError::new(
            "after_sign_in",
            "must be a path of this application such as /welcome, and none of the layer's own",
        )
    })?;
    let after_sign_out = builder
        .after_sign_out
        .unwrap_or_else(|| format!("{}{mount_path}/", base_url.origin()));
    check_absolute("after_sign_out", &after_sign_out)?;

    Ok(AuthLayer {
        shared: Arc::new(Shared {
            provider: provider_id(&relying_party),
            relying_party,
            session_cookie: cookies.session,
            transaction_cookies: cookies.transactions,
            base_url,
            routes: builder.routes,
            lifetimes,
            settings: Settings {
                after_sign_in,
                after_sign_out,
                sign_out_by_get: builder.sign_out_by_get,
                public_claims: builder.session_claims,
            },
            entropy: builder.entropy,
            clock: builder.clock,
            exchanges: Exchanges::default(),
            tombstones: Tombstones::default(),
            #[cfg(feature = "testing")]
            counters: key_ring.counters(),
        }),
    })
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

fn key_ring(
    sealing: impl AsRef<[u8]>,
    older: Vec<impl AsRef<[u8]>>,
) -> Result<KeyRing, ConfigError> {
    let rule = |setting: &'static str| {
        move |error: sealed_cookie::SecretError| ConfigError::new(setting, error.to_string())
    };
    let sealing = CookieSecret::new(sealing).map_err(rule("cookie_secret"))?;
    let mut secrets = vec![sealing];
    for secret in older {
        secrets.push(CookieSecret::new(secret).map_err(rule("older_cookie_secret"))?);
    }
    KeyRing::new(secrets).map_err(rule("older_cookie_secret"))
}

struct Cookies {
    session: SealedCookie,
    transactions: SealedCookieFamily,
}

impl Cookies {
    fn new(
        base_url: &BaseUrl,
        key_ring: &KeyRing,
        name: Option<String>,
        domain: Option<String>,
        max_cookies: u8,
    ) -> Result<Self, ConfigError> {
        let base_name = name.unwrap_or_else(|| match base_url.port() {
            Some(port) => format!("auth-{port}"),
            None => "auth".to_owned(),
        });
        let prefix = match (base_url.is_https(), &domain) {
            (true, None) => Prefix::Host,
            (true, Some(_)) => Prefix::Secure,
            (false, _) => Prefix::None,
        };
        if prefix != Prefix::Host {
            tracing::warn!(
                base_url = base_url.origin(),
                "the cookies have no __Host- prefix: another host of the same site can plant \
                 cookies here, which denies sign-ins or signs users in as somebody else"
            );
        }
        let mut attributes = CookieAttributes::new(base_url.is_https());
        if let Some(domain) = domain {
            attributes = attributes.domain(domain);
        }
        let contexts = [base_url.origin().as_bytes(), base_name.as_bytes()];
        let sealer = |purpose| key_ring.sealer(purpose, &contexts);
        let cookie = |setting: &'static str| {
            move |error: sealed_cookie::ConfigError| ConfigError::new(setting, error.to_string())
        };
        let session = CookieName::new(prefix, &base_name).map_err(cookie("cookie_name"))?;
        let transactions =
            CookieName::new(prefix, &format!("{base_name}.txn")).map_err(cookie("cookie_name"))?;
        Ok(Self {
            session: SealedCookie::new(
                session,
                attributes.clone(),
                sealer(Purpose::SESSION),
                max_cookies,
            )
            .map_err(cookie("max_cookies or cookie_domain"))?,
            transactions: SealedCookieFamily::new(
                transactions,
                attributes,
                sealer(Purpose::TRANSACTION),
            )
            .map_err(cookie("cookie_name or cookie_domain"))?,
        })
    }
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
    ConfigError::new(error.setting(), rule)
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
            .map_err(of_relying_party)?;
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
