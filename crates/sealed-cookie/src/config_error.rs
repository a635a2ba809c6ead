//! Settings that browsers refuse.

use std::fmt;

/// A setting of a cookie that browsers refuse. The text names the setting, the rule, and what to
/// do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base name is empty, or has a character that RFC 9110 section 5.6.2 does not allow in a
    /// token.
    Name {
        /// The base name.
        base: String,
    },
    /// The base name begins with a prefix that has a meaning for browsers.
    PrefixInName {
        /// The base name.
        base: String,
    },
    /// The name is too long. Browsers accept 4,096 bytes of name and value (RFC 6265bis section
    /// 5.6), and a value has up to 3,500 characters.
    NameTooLong {
        /// The length of the longest name that would be written, with prefix and suffix, in bytes.
        length: usize,
        /// The greatest length that is allowed, in bytes.
        allowed: usize,
    },
    /// `Domain` is not a host name, or is longer than 253 characters.
    Domain {
        /// The domain.
        domain: String,
    },
    /// `Path` does not begin with a slash, contains a control character, a semicolon or a character
    /// outside ASCII, or is longer than the 1,024 bytes that browsers accept.
    Path {
        /// The path.
        path: String,
    },
    /// The prefixes `__Secure-`, `__Host-` and `__Host-Http-` require `Secure` (RFC 6265bis section 4.1.3).
    PrefixNeedsSecure,
    /// The prefixes `__Host-` and `__Host-Http-` forbid `Domain` (RFC 6265bis section 4.1.3.2).
    HostPrefixForbidsDomain,
    /// The prefixes `__Host-` and `__Host-Http-` require `Path=/` (RFC 6265bis section 4.1.3.2).
    HostPrefixNeedsRootPath,
    /// `SameSite=None` requires `Secure`.
    SameSiteNoneNeedsSecure,
    /// `Partitioned` requires `Secure`.
    PartitionedNeedsSecure,
    /// The maximum number of chunks is not within 1 to 9.
    MaxChunks {
        /// The number that was given.
        max_chunks: u8,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { base } => write!(
                f,
                "cookie name {base:?}: it must consist of letters, digits and !#$%&'*+-.^_`|~; \
                 use for example \"auth\""
            ),
            Self::PrefixInName { base } => write!(
                f,
                "cookie name {base:?}: it must not begin with \"__Host-\", \"__Secure-\" or \
                 \"__Http-\", nor with \"Http-\" behind Prefix::Host; choose the Prefix instead"
            ),
            Self::NameTooLong { length, allowed } => write!(
                f,
                "cookie name: with prefix and suffix it has {length} bytes, and at most {allowed} are \
                 allowed; use a shorter one"
            ),
            Self::Domain { domain } => write!(
                f,
                "cookie domain {domain:?}: it must be a host name; \
                 use for example \"shop.example\", without a leading dot"
            ),
            Self::Path { path } => write!(
                f,
                "cookie path {path:?}: it must begin with \"/\" and have at most 1,024 ASCII \
                 characters, without semicolons and control characters; use \"/\""
            ),
            Self::PrefixNeedsSecure => f.write_str(
                "cookie prefix: __Host-, __Host-Http- and __Secure- require Secure; \
                 set it, or use Prefix::None for plain HTTP during development",
            ),
            Self::HostPrefixForbidsDomain => f.write_str(
                "cookie domain: __Host- and __Host-Http- forbid a Domain; remove it, or use Prefix::Secure",
            ),
            Self::HostPrefixNeedsRootPath => f.write_str(
                "cookie path: __Host- and __Host-Http- require Path=/; remove the path, or use Prefix::Secure",
            ),
            Self::SameSiteNoneNeedsSecure => {
                f.write_str("cookie SameSite: None requires Secure; use HTTPS, or SameSite::Lax")
            }
            Self::PartitionedNeedsSecure => {
                f.write_str("cookie Partitioned: it requires Secure; use HTTPS, or leave it out")
            }
            Self::MaxChunks { max_chunks } => write!(
                f,
                "cookie chunks: the maximum is {max_chunks} and must be within 1 to 9; use 4"
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
