//! Why a store cannot be built.

use std::fmt;

/// A setting of a [`RedisStore`](crate::RedisStore) is wrong. The text says what to change, and never contains the
/// URL, which may have a password in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisConfigError {
    /// A URL of a server is not one.
    Url(&'static str),
    /// A URL begins with `rediss://` or `valkeys://`, and the crate is built without its feature `tls`.
    TlsNotBuilt,
    /// The prefix of the keys is not allowed.
    Prefix,
    /// The time limit is too short or too long.
    TimeLimit,
    /// The certificate of the authority is not PEM, or no server uses TLS.
    Certificate(&'static str),
}

impl fmt::Display for RedisConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(problem) => write!(
                f,
                "the URL of the Redis server {problem}; write redis://user:password@host:6379/0, \
                 where all but the host is optional, and percent-encode special characters of the password"
            ),
            Self::TlsNotBuilt => f.write_str(
                "the URL of the Redis server asks for TLS; enable the feature `tls` of tower-oidc-redis",
            ),
            Self::Prefix => f.write_str(
                "the prefix of the Redis keys must be 1 to 64 visible ASCII characters without braces, \
                 such as `shop:`",
            ),
            Self::TimeLimit => {
                f.write_str("the time limit of Redis must be 10 milliseconds to 30 seconds")
            }
            Self::Certificate(problem) => write!(
                f,
                "the certificate of the authority {problem}; give it as PEM, and URLs that begin with rediss://"
            ),
        }
    }
}

impl std::error::Error for RedisConfigError {}
