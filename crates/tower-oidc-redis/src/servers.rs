//! Which servers to connect to: the URLs, parsed.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::config_error::RedisConfigError;

const SCHEMES: [&str; 7] = [
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "redis+unix",
    "valkey+unix",
    "unix",
];

/// The servers that the settings name.
#[derive(Clone)]
pub(crate) enum Servers {
    One(ConnectionInfo),
    /// Some of the servers of a Cluster, which know the others.
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
    /// Sentinels, and the server that they choose: its host is the name that they know it by.
    #[cfg(feature = "sentinel")]
    Sentinels {
        sentinels: Vec<ConnectionInfo>,
        primary: ConnectionInfo,
    },
}

impl Servers {
    /// Whether a connection to one of them uses TLS.
    pub(crate) fn use_tls(&self) -> bool {
        let is_tls =
            |server: &ConnectionInfo| matches!(server.addr(), ConnectionAddr::TcpTls { .. });
        match self {
            Self::One(server) => is_tls(server),
            #[cfg(feature = "cluster")]
            Self::Cluster(servers) => servers.iter().any(is_tls),
            #[cfg(feature = "sentinel")]
            Self::Sentinels { sentinels, primary } => {
                is_tls(primary) || sentinels.iter().any(is_tls)
            }
        }
    }
}

/// Shows the addresses, without names of users and passwords.
impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(server) => write!(f, "{}", Address(server)),
            #[cfg(feature = "cluster")]
            Self::Cluster(servers) => write!(f, "the Cluster at {}", Addresses(servers)),
            #[cfg(feature = "sentinel")]
            Self::Sentinels { sentinels, primary } => {
                write!(
                    f,
                    "{:?} of the Sentinels at {}",
                    host(primary),
                    Addresses(sentinels)
                )
            }
        }
    }
}

/// Parses the URL of a server.
///
/// # Errors
///
/// If it is not a URL of a Redis server. The error shows nothing of it.
pub(crate) fn parse(url: &str) -> Result<ConnectionInfo, RedisConfigError> {
    let (scheme, _) = url
        .split_once(':')
        .ok_or(RedisConfigError::Url("has no scheme"))?;
    if !SCHEMES.contains(&scheme) {
        return Err(RedisConfigError::Url(
            "has a scheme that Redis does not have",
        ));
    }
    // The client takes `#insecure` as a wish to accept every certificate.
    if url.contains('#') {
        return Err(RedisConfigError::Url("has a fragment (`#`)"));
    }
    if matches!(scheme, "rediss" | "valkeys") && cfg!(not(feature = "tls")) {
        return Err(RedisConfigError::TlsNotBuilt);
    }
    // The client's error may contain a part of the URL.
    let server = url
        .into_connection_info()
        .map_err(|_| RedisConfigError::Url("cannot be parsed"))?;
    // The name of the client's library is worth no command and no permission.
    let settings = server.redis_settings().clone().set_skip_set_lib_name();
    Ok(server.set_redis_settings(settings))
}

/// Parses several URLs, of which there must be one.
#[cfg(any(feature = "cluster", feature = "sentinel"))]
pub(crate) fn parse_all(urls: &[String]) -> Result<Vec<ConnectionInfo>, RedisConfigError> {
    if urls.is_empty() {
        return Err(RedisConfigError::Url("is missing"));
    }
    urls.iter().map(|url| parse(url)).collect()
}

/// The host of a server that is not a socket in the file system.
#[cfg(feature = "sentinel")]
pub(crate) fn host(server: &ConnectionInfo) -> &str {
    match server.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
        _ => "",
    }
}

struct Address<'a>(&'a ConnectionInfo);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                write!(f, "{host}:{port}")
            }
            ConnectionAddr::Unix(path) => write!(f, "{}", path.display()),
            _ => f.write_str("an unknown address"),
        }
    }
}

#[cfg(any(feature = "cluster", feature = "sentinel"))]
struct Addresses<'a>(&'a [ConnectionInfo]);

#[cfg(any(feature = "cluster", feature = "sentinel"))]
impl fmt::Display for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, server) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Address(server))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_user_and_password() {
        let shown = |url| Servers::One(parse(url).unwrap()).to_string();

        assert_eq!(shown("redis://me:canary@db.example"), "db.example:6379");
        assert_eq!(shown("valkey://[::1]:7000/3"), "::1:7000");
        assert_eq!(
            shown("unix:///run/redis.sock?pass=canary"),
            "/run/redis.sock"
        );
    }

    #[test]
    fn a_bad_url_is_refused_with_a_remedy_that_shows_nothing_of_it() {
        for url in [
            "",
            "canary",
            "https://:canary@db.example",
            "redis://:canary@",
            "redis://:canary@db.example:port",
            "redis://:canary@db.example/canary",
            "redis://:can#ary@db.example",
            "rediss://:canary@db.example#insecure",
            "redis://:canary@db.example?protocol=canary",
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains("redis://user:password@host:6379"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_url_that_asks_for_tls_names_the_feature() {
        let error = parse("rediss://db.example").unwrap_err();
        assert_eq!(error, RedisConfigError::TlsNotBuilt);
    }
}
