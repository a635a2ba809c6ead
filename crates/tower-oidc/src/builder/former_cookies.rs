//! The settings of session cookies that had another name, prefix or domain.

use sealed_cookie::{CookieAttributes, CookieName, Prefix, SealedCookie, Sealer};

use super::AuthLayerBuilder;
use super::former_cookie::FormerCookie;
use crate::config_error::ConfigError;
use crate::origin::base_url::BaseUrl;
use crate::origin::cookie_domain;
use crate::persistence::former_cookies::FormerCookies;

const SETTING: &str = "former_cookie_name";

/// Each name costs another search of the request's cookies.
const MAX_NAMES: usize = 4;

impl AuthLayerBuilder {
    /// Deletes session cookies of a name that they had before [`cookie_name`](Self::cookie_name) changed. Default: none;
    /// a browser sends them with each request until they expire. Give the whole name, with its prefix, as the
    /// browser shows it; up to four names, [`build`](Self::build) refuses more.
    ///
    /// They are deleted with all their chunks at the next sign-in or sign-out whose request brings them, if the
    /// response's head has room for it. They are not opened: with a new name users have to sign in again. Remove the
    /// setting when the absolute lifetime has passed.
    ///
    /// | what changes | former name |
    /// |---|---|
    /// | `cookie_name("shop")` is added, or was `auth` | `former_cookie_name("__Host-Http-auth")` |
    /// | the prefix: an earlier version of this crate set `__Host-auth` | `former_cookie_name("__Host-auth")` |
    /// | [`cookie_domain`](Self::cookie_domain) is added | `former_cookie_name("__Host-Http-auth")` |
    /// | `cookie_domain("example.com")` is removed, or another one | `former_cookie_name_at("__Secure-auth", "example.com")` |
    ///
    /// Over plain http, names with a prefix are ignored, because browsers keep no such cookies there. `build` refuses
    /// names that another cookie of this layer has, as well as names that no cookie of it can have had.
    ///
    /// Environment variable: `AUTH_FORMER_COOKIE_NAMES`, a list. In it, `__Secure-auth@example.com` is a name and its
    /// domain.
    pub fn former_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.former_cookies.push(FormerCookie {
            name: name.into(),
            domain: None,
        });
        self
    }

    /// Deletes session cookies of a former name, as [`former_cookie_name`](Self::former_cookie_name) does, that were
    /// set for this [`cookie_domain`](Self::cookie_domain). A browser only deletes a cookie if the domain is the same.
    pub fn former_cookie_name_at(
        mut self,
        name: impl Into<String>,
        cookie_domain: impl Into<String>,
    ) -> Self {
        self.former_cookies.push(FormerCookie {
            name: name.into(),
            domain: Some(cookie_domain.into()),
        });
        self
    }
}

/// The former cookies at an origin whose session cookie is now `current`.
pub(super) fn former_cookies(
    builder: &AuthLayerBuilder,
    base_url: &BaseUrl,
    current: &CookieName,
    sealer: &Sealer,
) -> Result<FormerCookies, ConfigError> {
    let former = &builder.former_cookies;
    if former.len() > MAX_NAMES {
        return Err(refused("may be given four times: remove the oldest names"));
    }
    let mut cookies = Vec::new();
    let mut earlier = Vec::new();
    for FormerCookie { name, domain } in former {
        let name = CookieName::parse(name)
            .map_err(|error| ConfigError::new(SETTING, error.to_string()))?;
        if !base_url.is_https() && name.prefix() != Prefix::None {
            continue;
        }
        check(&name, domain.as_deref(), base_url)?;
        let is_current = name == *current && *domain == builder.cookie_domain;
        let is_other_cookie = overlaps(&name, current) || overlaps(current, &name);
        if is_current || is_other_cookie {
            return Err(refused(
                "is the name of a cookie that this layer sets now, so that it would be deleted: remove it",
            ));
        }
        if earlier.contains(&(name.clone(), domain)) {
            return Err(refused("is given twice: remove one"));
        }
        earlier.push((name.clone(), domain));
        let mut attributes = CookieAttributes::new(base_url.is_https());
        if let Some(domain) = domain {
            attributes = attributes.domain(domain);
        }
        let cookie = SealedCookie::new(name, attributes, sealer.clone(), 1);
        cookies.push(cookie.map_err(|error| ConfigError::new(SETTING, error.to_string()))?);
    }
    Ok(FormerCookies::new(cookies))
}

/// Refuses what no cookie of this layer can have been at this origin: browsers would ignore its deletion.
fn check(name: &CookieName, domain: Option<&str>, base_url: &BaseUrl) -> Result<(), ConfigError> {
    match (name.prefix(), domain) {
        (Prefix::None, _) if base_url.is_https() => Err(refused(
            "must have its prefix on https: give the whole name as the browser shows it, such as \
             __Host-Http-auth",
        )),
        (Prefix::Secure, None) => Err(refused(
            "begins with __Secure-, so it had a domain: give it too, with former_cookie_name_at, or in \
             AUTH_FORMER_COOKIE_NAMES as __Secure-auth@example.com",
        )),
        (Prefix::Secure, Some(domain)) => {
            cookie_domain::check(domain, base_url).map_err(|error| error.named(SETTING))
        }
        (_, Some(_)) => Err(refused(
            "has a domain, which only cookies that begin with __Secure- have: give the name alone",
        )),
        _ => Ok(()),
    }
}

/// Whether `name` is also that of a chunk of `cookie`, or of another cookie whose name continues with a dot.
fn overlaps(name: &CookieName, cookie: &CookieName) -> bool {
    let rest = name.as_str().strip_prefix(cookie.as_str());
    rest.is_some_and(|rest| rest.starts_with('.'))
}

fn refused(rule: &'static str) -> ConfigError {
    ConfigError::new(SETTING, rule)
}
