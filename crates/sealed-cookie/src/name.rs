//! Names of cookies and the prefixes that browsers enforce.

use std::fmt;

use crate::chunk::MAX_VALUE;
use crate::config_error::ConfigError;

/// The prefix of a cookie's name, for which browsers check how the cookie was set (RFC 6265bis
/// section 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefix {
    /// No prefix: other hosts of the domain can set a cookie of this name too. This is for plain
    /// HTTP during development.
    None,
    /// `__Secure-`: the cookie was set over HTTPS and has `Secure`. This is for cookies with a
    /// `Domain`.
    Secure,
    /// `__Host-`: the cookie was set over HTTPS by this host, for this host and all of its paths.
    /// Scripts can set one too, unless it exists with `HttpOnly`.
    Host,
    /// `__Host-Http-`: what `__Host-` demands, and the cookie was set by a `Set-Cookie` field with `HttpOnly`.
    /// Scripts, also those of this host's own pages, can neither set nor replace it. Chrome 140 and Firefox 143
    /// are the first that know this prefix; others apply the rules of `__Host-`, with which it begins. The
    /// safest choice.
    HostHttp,
}

impl Prefix {
    /// Returns the text of the prefix, such as `__Host-`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Secure => "__Secure-",
            Self::Host => "__Host-",
            Self::HostHttp => "__Host-Http-",
        }
    }

    /// Whether browsers demand `Path=/` and no `Domain`.
    pub(crate) const fn is_for_one_host(self) -> bool {
        matches!(self, Self::Host | Self::HostHttp)
    }
}

/// The name of a cookie, with its prefix.
///
/// ```
/// use sealed_cookie::{CookieName, Prefix};
///
/// let name = CookieName::new(Prefix::HostHttp, "auth")?;
/// assert_eq!(name.as_str(), "__Host-Http-auth");
/// # Ok::<(), sealed_cookie::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CookieName {
    prefix: Prefix,
    name: String,
}

impl CookieName {
    /// Makes a name of a prefix and a base name.
    ///
    /// # Errors
    ///
    /// Returns an error if the base name is not a token (RFC 9110 section 5.6.2), or if it begins with a prefix or
    /// makes another one of the chosen prefix, in upper or lower case, as browsers ignore the case of prefixes.
    pub fn new(prefix: Prefix, base: &str) -> Result<Self, ConfigError> {
        if base.is_empty() || !base.bytes().all(is_token_character) {
            return Err(ConfigError::Name {
                base: base.to_owned(),
            });
        }
        if has_other_prefix(prefix, base) {
            return Err(ConfigError::PrefixInName {
                base: base.to_owned(),
            });
        }
        Ok(Self {
            prefix,
            name: format!("{}{base}", prefix.as_str()),
        })
    }

    /// Reads a name with its prefix, as `CookieName` displays it.
    ///
    /// # Errors
    ///
    /// Returns an error if what follows the prefix is refused by [`new`](Self::new).
    pub fn parse(name: &str) -> Result<Self, ConfigError> {
        // The longer one first: one begins with the other.
        let prefixes = [Prefix::HostHttp, Prefix::Host, Prefix::Secure];
        let with_base = prefixes
            .into_iter()
            .find_map(|prefix| Some((prefix, name.strip_prefix(prefix.as_str())?)));
        let (prefix, base) = with_base.unwrap_or((Prefix::None, name));
        Self::new(prefix, base)
    }

    /// Returns the name with its prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the prefix.
    #[must_use]
    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// Checks that browsers accept a cookie with this name, a suffix and the longest value.
    pub(crate) fn check_length(&self, suffix: usize) -> Result<(), ConfigError> {
        let length = self.name.len().saturating_add(suffix);
        if length > MAX_NAME {
            return Err(ConfigError::NameTooLong {
                length,
                allowed: MAX_NAME,
            });
        }
        Ok(())
    }
}

impl fmt::Display for CookieName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Browsers ignore a cookie whose name and value have more than 4,096 bytes (RFC 6265bis section
/// 5.6).
const MAX_NAME: usize = 4096 - MAX_VALUE;

/// Whether browsers read another prefix than this one from a name, ignoring case, or a second one behind it.
fn has_other_prefix(prefix: Prefix, base: &str) -> bool {
    let begins_with = |start: &str| {
        base.get(..start.len())
            .is_some_and(|of_base| of_base.eq_ignore_ascii_case(start))
    };
    // "Http-" behind "__Host-" makes "__Host-Http-".
    ["__Host-", "__Secure-", "__Http-"]
        .into_iter()
        .any(begins_with)
        || (prefix == Prefix::Host && begins_with("Http-"))
}

const fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}
