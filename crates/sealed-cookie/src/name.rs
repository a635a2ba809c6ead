//! Names of cookies and the prefixes that browsers enforce.

use std::fmt;

use crate::chunk::MAX_VALUE;
use crate::config_error::ConfigError;

/// A prefix with which a browser guards how a cookie was set (RFC 6265bis section 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefix {
    /// No prefix: any sibling host can set the cookie too. For plain http during development.
    None,
    /// `__Secure-`: set with `Secure` over https. For cookies with a `Domain`.
    Secure,
    /// `__Host-`: as `__Secure-`, and by this host alone, for all of its paths.
    Host,
}

impl Prefix {
    /// What the name begins with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Secure => "__Secure-",
            Self::Host => "__Host-",
        }
    }
}

/// The full name of a cookie.
///
/// ```
/// use sealed_cookie::{CookieName, Prefix};
///
/// let name = CookieName::new(Prefix::Host, "auth")?;
/// assert_eq!(name.as_str(), "__Host-auth");
/// # Ok::<(), sealed_cookie::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CookieName {
    prefix: Prefix,
    name: String,
}

impl CookieName {
    /// Joins a prefix and a base name.
    ///
    /// # Errors
    ///
    /// When the base is no token of RFC 9110 section 5.6.2, or has a prefix already: browsers
    /// compare prefixes without regard to case, and so does this.
    pub fn new(prefix: Prefix, base: &str) -> Result<Self, ConfigError> {
        if base.is_empty() || !base.bytes().all(is_token_character) {
            return Err(ConfigError::Name {
                base: base.to_owned(),
            });
        }
        let begins_with = |prefix: Prefix| {
            base.as_bytes()
                .get(..prefix.as_str().len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_str().as_bytes()))
        };
        if begins_with(Prefix::Host) || begins_with(Prefix::Secure) {
            return Err(ConfigError::PrefixInName {
                base: base.to_owned(),
            });
        }
        Ok(Self {
            prefix,
            name: format!("{}{base}", prefix.as_str()),
        })
    }

    /// The full name, prefix included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The prefix alone.
    #[must_use]
    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// Checks that name, suffix and the longest value fit what browsers take.
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

/// RFC 6265bis section 5.6 ignores a cookie whose name and value have more than 4,096 octets.
const MAX_NAME: usize = 4096 - MAX_VALUE;

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
