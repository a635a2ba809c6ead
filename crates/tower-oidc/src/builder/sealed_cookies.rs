//! The names, attributes and keys of an origin's cookies.

use std::borrow::Cow;

use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, Prefix, Purpose, SealedCookie,
    SealedCookieSet, Sealer,
};
use zeroize::Zeroizing;

use super::former_cookies::former_cookies;
use crate::builder::AuthLayerBuilder;
use crate::config_error::{ConfigError, PADDED, is_padded};
use crate::origin::base_url::BaseUrl;
use crate::origin::{cookie_domain, form_cookies};
use crate::persistence::former_cookies::FormerCookies;

/// Checks the secrets. An error names the setting of the secret that is invalid.
pub(crate) fn key_ring(
    sealing: &Zeroizing<Vec<u8>>,
    additional: &[Zeroizing<Vec<u8>>],
) -> Result<KeyRing, ConfigError> {
    let mut secrets = vec![secret("cookie_secret", sealing)?];
    for other in additional {
        secrets.push(secret("additional_cookie_secret", other)?);
    }
    KeyRing::new(secrets)
        .map_err(|error| ConfigError::new("additional_cookie_secret", error.to_string()))
}

/// Checks one secret. Text with white space around it is refused: if one instance had a file's line break in
/// its secret and another did not, they could not open each other's cookies. Binary secrets may have any
/// bytes.
pub(crate) fn secret(
    setting: impl Into<Cow<'static, str>>,
    bytes: &[u8],
) -> Result<CookieSecret, ConfigError> {
    let is_text = bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    if is_text && str::from_utf8(bytes).is_ok_and(is_padded) {
        return Err(ConfigError::new(setting, PADDED));
    }
    CookieSecret::new(bytes).map_err(|error| ConfigError::new(setting, error.to_string()))
}

/// The cookies of one origin.
pub(crate) struct Cookies {
    pub(crate) session: SealedCookie,
    pub(crate) former: FormerCookies,
    pub(crate) transactions: SealedCookieSet,
    pub(crate) demands: Sealer,
    pub(crate) logout_sealer: Sealer,
    pub(crate) logout_url: SealedCookie,
    pub(crate) forms: [SealedCookie; form_cookies::COOKIES],
    pub(crate) refreshed_session_sealer: Sealer,
}

/// A provider's form between its POST and the navigation that follows.
const FORM: Purpose = Purpose::new("form");

/// What guards demand, in a link to the sign-in.
const DEMANDS: Purpose = Purpose::new("demands");

/// Sessions on their way to another instance.
const REFRESHED_SESSION: Purpose = Purpose::new("successor");

impl Cookies {
    pub(crate) fn new(
        base_url: &BaseUrl,
        key_ring: &KeyRing,
        builder: &AuthLayerBuilder,
    ) -> Result<Self, ConfigError> {
        let base_name = builder.cookie_name.clone();
        let base_name = base_name.unwrap_or_else(|| match base_url.port() {
            Some(port) => format!("auth-{port}"),
            None => "auth".to_owned(),
        });
        let prefix = prefix(base_url, builder);
        let mut attributes = CookieAttributes::new(base_url.is_https());
        if let Some(domain) = &builder.cookie_domain {
            cookie_domain::check(domain, base_url)?;
            attributes = attributes.domain(domain);
        }
        let contexts = [base_url.origin().as_bytes(), base_name.as_bytes()];
        let sealer = |purpose| key_ring.sealer(purpose, &contexts);
        let session = CookieName::new(prefix, &base_name).map_err(from_sealed_cookie)?;
        let transactions =
            CookieName::new(prefix, &format!("{base_name}.txn")).map_err(from_sealed_cookie)?;
        let logout_url =
            CookieName::new(prefix, &format!("{base_name}.logout")).map_err(from_sealed_cookie)?;
        let form = |number| {
            let name = CookieName::new(prefix, &format!("{base_name}.form.{number}"));
            let name = name.map_err(from_sealed_cookie)?;
            SealedCookie::new(name, attributes.clone(), sealer(FORM), 1).map_err(from_sealed_cookie)
        };
        let session_sealer = sealer(Purpose::SESSION);
        Ok(Self {
            former: former_cookies(builder, base_url, &session, &session_sealer)?,
            forms: [form(0)?, form(1)?, form(2)?, form(3)?],
            session: SealedCookie::new(
                session,
                attributes.clone(),
                session_sealer,
                builder.max_cookies,
            )
            .map_err(from_sealed_cookie)?,
            transactions: SealedCookieSet::new(
                transactions,
                attributes.clone(),
                sealer(Purpose::TRANSACTION),
            )
            .map_err(from_sealed_cookie)?,
            logout_url: SealedCookie::new(
                logout_url,
                attributes.clone(),
                sealer(Purpose::LOGOUT_URL),
                1,
            )
            .map_err(from_sealed_cookie)?,
            demands: sealer(DEMANDS),
            logout_sealer: sealer(Purpose::LOGOUT),
            refreshed_session_sealer: sealer(REFRESHED_SESSION),
        })
    }
}

fn prefix(base_url: &BaseUrl, builder: &AuthLayerBuilder) -> Prefix {
    match (base_url.is_https(), &builder.cookie_domain) {
        (true, None) => Prefix::HostHttp,
        (true, Some(_)) => Prefix::Secure,
        (false, _) => Prefix::None,
    }
}

/// Logs what cookies without the strictest prefix do not defend against.
pub(super) fn warn_about_prefix(base_url: &BaseUrl, builder: &AuthLayerBuilder) {
    match prefix(base_url, builder) {
        Prefix::None if base_url.is_loopback() => tracing::warn!(
            base_url = base_url.origin(),
            "for development only: over plain http cookies have neither Secure nor the \
             __Host-Http- prefix"
        ),
        Prefix::None => tracing::warn!(
            base_url = base_url.origin(),
            "for development only: allow_insecure_http serves an origin over plain http, so \
             anybody on the network can read and replace its cookies, and act as its users; use \
             https for everything else"
        ),
        Prefix::Secure => tracing::warn!(
            base_url = base_url.origin(),
            "with cookie_domain the cookies have no __Host-Http- prefix: every host of the domain \
             can plant cookies here, which denies sign-ins or signs users in as somebody else"
        ),
        _ => {}
    }
}

fn from_sealed_cookie(error: sealed_cookie::ConfigError) -> ConfigError {
    use sealed_cookie::ConfigError as Cause;
    let setting = match error {
        Cause::MaxChunks { .. } => "max_cookies",
        Cause::Domain { .. } => "cookie_domain",
        // The layer chooses prefix, path and the other attributes, so only the name can be wrong.
        _ => "cookie_name",
    };
    ConfigError::new(setting, error.to_string())
}
