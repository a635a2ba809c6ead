//! Settings that no browser would honour.

use std::fmt;

/// A setting of a cookie is wrong. It says which one, the rule and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base name is empty, or has a character that RFC 9110 section 5.6.2 does not allow in a
    /// token.
    Name {
        /// The base name.
        base: String,
    },
    /// The base name begins with a prefix that means something to browsers.
    PrefixInName {
        /// The base name.
        base: String,
    },
    /// The name is too long to leave room for a value of 3,500 characters within the 4,096 bytes
    /// that browsers take (RFC 6265bis section 5.6).
    NameTooLong {
        /// The bytes of the longest name that would be written.
        length: usize,
        /// The most that there may be.
        allowed: usize,
    },
    /// `Domain` is not a host name, or longer than 253 characters.
    Domain {
        /// The domain.
        domain: String,
    },
    /// `Path` does not begin with a slash, has a control character, a semicolon or a character
    /// outside ASCII, or is longer than the 1,024 bytes that browsers take.
    Path {
        /// The path.
        path: String,
    },
    /// `__Secure-` and `__Host-` demand `Secure` (RFC 6265bis section 4.1.3).
    PrefixNeedsSecure,
    /// `__Host-` forbids `Domain` (RFC 6265bis section 4.1.3.2).
    HostPrefixForbidsDomain,
    /// `__Host-` demands `Path=/` (RFC 6265bis section 4.1.3.2).
    HostPrefixNeedsRootPath,
    /// Browsers refuse `SameSite=None` without `Secure`.
    SameSiteNoneNeedsSecure,
    /// Browsers refuse `Partitioned` without `Secure`.
    PartitionedNeedsSecure,
    /// The cap of chunks is not within 1 to 9.
    MaxChunks {
        /// The cap.
        max_chunks: u8,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { base } => write!(
                f,
                "cookie name {base:?}: it must be made of letters, digits and !#$%&'*+-.^_`|~; \
                 take for example \"auth\""
            ),
            Self::PrefixInName { base } => write!(
                f,
                "cookie name {base:?}: it must not begin with \"__Host-\" or \"__Secure-\"; \
                 choose the Prefix instead"
            ),
            Self::NameTooLong { length, allowed } => write!(
                f,
                "cookie name: with prefix and suffix it has {length} bytes and may have {allowed}; \
                 take a shorter one"
            ),
            Self::Domain { domain } => write!(
                f,
                "cookie domain {domain:?}: it must be a host name; \
                 take for example \"shop.example\", without a leading dot"
            ),
            Self::Path { path } => write!(
                f,
                "cookie path {path:?}: it must begin with \"/\" and have at most 1,024 ASCII \
                 characters, none of them a semicolon or control; take \"/\""
            ),
            Self::PrefixNeedsSecure => f.write_str(
                "cookie prefix: __Host- and __Secure- need Secure; \
                 set it, or use Prefix::None for plain http during development",
            ),
            Self::HostPrefixForbidsDomain => f.write_str(
                "cookie domain: __Host- forbids a Domain; remove it, or use Prefix::Secure",
            ),
            Self::HostPrefixNeedsRootPath => f.write_str(
                "cookie path: __Host- needs Path=/; remove the path, or use Prefix::Secure",
            ),
            Self::SameSiteNoneNeedsSecure => {
                f.write_str("cookie SameSite: None needs Secure; use https, or SameSite::Lax")
            }
            Self::PartitionedNeedsSecure => {
                f.write_str("cookie Partitioned: it needs Secure; use https, or leave it out")
            }
            Self::MaxChunks { max_chunks } => write!(
                f,
                "cookie chunks: the cap is {max_chunks} and must be within 1 to 9; take 4"
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
