//! The attributes of a cookie, the same when it is set and when it is deleted.

use crate::config_error::ConfigError;
use crate::name::{CookieName, Prefix};

/// To which requests of other sites a browser adds the cookie (RFC 6265bis section 4.1.2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// To none: a sign-in that returns from the provider does not see it either.
    Strict,
    /// To top-level navigations with a safe method.
    Lax,
    /// To all: the application must defend every state change against forged requests itself.
    None,
}

/// The attributes of a cookie: `HttpOnly`, `SameSite=Lax` and `Path=/` unless said otherwise, all
/// of them explicit, since browsers differ in what they take for granted.
///
/// Whether they go together is checked where they meet the name, in
/// [`SealedCookie::new`](crate::SealedCookie::new) and
/// [`SealedCookieSet::new`](crate::SealedCookieSet::new). `HttpOnly` cannot be taken away: no
/// script has a use for a sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieAttributes {
    pub(crate) secure: bool,
    pub(crate) same_site: SameSite,
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
    pub(crate) partitioned: bool,
}

impl CookieAttributes {
    /// The defaults, with `Secure` or without it. Only plain http during development goes without.
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

    /// Sets `SameSite`, which is `Lax` by default: the first request after a sign-in is a
    /// navigation from the provider's site.
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sets `Domain`, which shares the cookie with all hosts below it. There is none by default.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets `Path`, which is `/` by default. It is no protection: scripts of other paths reach the
    /// cookie's path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets `Partitioned`, which keeps one jar for each top-level site that embeds this one. It is
    /// off by default.
    #[must_use]
    pub const fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Checks what a browser would check, before it silently drops the cookie.
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
        if name.prefix() == Prefix::Host && self.domain.is_some() {
            return Err(ConfigError::HostPrefixForbidsDomain);
        }
        if name.prefix() == Prefix::Host && self.path != "/" {
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
    // RFC 6265bis section 5.6 ignores an attribute of more than 1,024 octets.
    path.starts_with('/')
        && path.len() <= 1024
        && path
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
}
