//! The attributes of a cookie. They are the same when it is set and when it is deleted.

use crate::config_error::ConfigError;
use crate::name::{CookieName, Prefix};

/// Which requests that start on other sites carry the cookie (RFC 6265bis section 4.1.2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// No request that starts on another site carries the cookie, not even the one that returns
    /// from the provider after a sign-in.
    Strict,
    /// Only top-level navigations with a safe method, such as following a link, carry the cookie.
    Lax,
    /// All requests carry the cookie. The application must protect itself against forged requests
    /// (CSRF).
    None,
}

/// The attributes of a cookie. The default is `HttpOnly; SameSite=Lax; Path=/`.
///
/// They are always written out, because browsers differ in their defaults. Attributes that
/// contradict each other or the cookie's name are refused by
/// [`SealedCookie::new`](crate::SealedCookie::new) and
/// [`SealedCookieSet::new`](crate::SealedCookieSet::new). `HttpOnly` cannot be turned off, because
/// no script can use a sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieAttributes {
    pub(crate) secure: bool,
    pub(crate) same_site: SameSite,
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
    pub(crate) partitioned: bool,
}

impl CookieAttributes {
    /// Creates the default attributes, with or without `Secure`. Leave out `Secure` only for plain
    /// HTTP during development.
    #[must_use]
    pub fn new(secure: bool) -> Self {
        Self {
            secure,
            same_site: SameSite::Lax,
            domain: None,
            path: "/".to_owned(),
            partitioned: false,
        }
    }

    /// Sets `SameSite`. The default is `Lax`, because the request that ends a sign-in is a
    /// navigation from the provider's site.
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sets `Domain`, which shares the cookie with all hosts of that domain. There is none by
    /// default: only the host that set the cookie receives it.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets `Path`. The default is `/`. A path protects nothing: pages of other paths can send
    /// requests to this path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets `Partitioned`, with which a browser keeps a separate cookie for each top-level site
    /// that embeds this one. The default is `false`.
    #[must_use]
    pub const fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Checks what browsers check. They would drop the cookie without a message.
    pub(crate) fn check(&self, name: &CookieName) -> Result<(), ConfigError> {
        if let Some(domain) = self
            .domain
            .as_deref()
            .filter(|domain| !is_host_name(domain))
        {
            return Err(ConfigError::Domain {
                domain: domain.to_owned(),
            });
        }
        if !is_path(&self.path) {
            return Err(ConfigError::Path {
                path: self.path.clone(),
            });
        }
        if name.prefix() != Prefix::None && !self.secure {
            return Err(ConfigError::PrefixNeedsSecure);
        }
        if name.prefix().is_for_one_host() && self.domain.is_some() {
            return Err(ConfigError::HostPrefixForbidsDomain);
        }
        if name.prefix().is_for_one_host() && self.path != "/" {
            return Err(ConfigError::HostPrefixNeedsRootPath);
        }
        if self.same_site == SameSite::None && !self.secure {
            return Err(ConfigError::SameSiteNoneNeedsSecure);
        }
        if self.partitioned && !self.secure {
            return Err(ConfigError::PartitionedNeedsSecure);
        }
        Ok(())
    }
}

fn is_host_name(domain: &str) -> bool {
    // RFC 1035 section 3.1: 255 octets on the wire, 253 characters as text.
    domain.len() <= 253
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn is_path(path: &str) -> bool {
    // Browsers ignore an attribute of more than 1,024 bytes (RFC 6265bis section 5.6).
    path.starts_with('/')
        && path.len() <= 1024
        && path
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
}
