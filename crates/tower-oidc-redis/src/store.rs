//! `RedisStore`, and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::RedisResult;
use tower_oidc::StoreError;

use crate::authority::Authority;
use crate::cause::describe_foreign_entry;
use crate::check::check;
use crate::client::{Client, Connection};
use crate::config_error::RedisConfigError;
use crate::keys::Keys;
use crate::link::{Call, Link};
use crate::servers::{self, Servers};
use crate::warning::Warning;

const DEFAULT_PREFIX: &str = "tower-oidc:";

/// A server answers within a millisecond, so one that needs a second is down.
const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(1);
const SHORTEST_TIME_LIMIT: Duration = Duration::from_millis(10);
const LONGEST_TIME_LIMIT: Duration = Duration::from_secs(30);

/// A [`SessionStore`](tower_oidc::SessionStore), a [`RevocationStore`](tower_oidc::RevocationStore) and a
/// [`RefreshCoordinator`](tower_oidc::RefreshCoordinator) over Redis or Valkey, for applications that run as several
/// instances.
///
/// It connects when it is first used, so the application starts also while the server is down, and connects again by
/// itself. While the server is down, each call fails within the [time limit](RedisStoreBuilder::time_limit).
///
/// Cloning is cheap; clones share one connection.
///
/// ```
/// use tower_oidc::{AuthLayer, Provider};
/// use tower_oidc_redis::RedisStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::new("redis://localhost")?;
/// let auth = AuthLayer::builder()
///     .provider(Provider::new("https://id.example.com", "client-id").client_secret("…"))
///     .base_url("https://shop.example.com")
///     .cookie_secret("xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA")
///     .session_store(store.clone())
///     .revocation_store(store.clone())
///     .refresh_coordinator(store)
///     .build()?;
/// # let _ = auth;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    link: Arc<Link>,
    keys: Arc<Keys>,
}

impl RedisStore {
    /// A store at one server, with the default settings.
    ///
    /// The URL is `redis://user:password@host:6379/0`, where all but the host is optional; `valkey://…` is the same,
    /// `rediss://…` and `valkeys://…` use TLS (feature `tls`), and `redis+unix:///path?pass=…` is a socket in the file
    /// system. Nothing is sent to the server before the first use.
    ///
    /// # Errors
    ///
    /// If the URL is not one of these. The error does not show it.
    pub fn new(url: impl AsRef<str>) -> Result<Self, RedisConfigError> {
        Self::builder(url).build()
    }

    /// Settings of a store at one server; see [`new`](Self::new) for the URL.
    ///
    /// ```
    /// # fn main() -> Result<(), tower_oidc_redis::RedisConfigError> {
    /// use tower_oidc_redis::RedisStore;
    ///
    /// let store = RedisStore::builder("redis://localhost")
    ///     .prefix("shop:")
    ///     .build()?;
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: impl AsRef<str>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(servers::parse(url.as_ref()).map(Servers::One))
    }

    /// Settings of a store in a Redis Cluster: the URLs of some of its servers, which know the others. They differ
    /// in host and port alone.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn cluster_builder<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
    ) -> RedisStoreBuilder {
        let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
        RedisStoreBuilder::new(servers::parse_all(&urls).map(Servers::Cluster))
    }

    /// Settings of a store at the server that Redis Sentinel chooses. The first URL has the server's user, password,
    /// database and TLS, and as its host the name by which the Sentinels know it: `redis://:password@mymaster/0`. The
    /// others are those of the Sentinels, which have one user and password in common.
    #[cfg(feature = "sentinel")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sentinel")))]
    pub fn sentinel_builder<U: Into<String>>(
        url: impl AsRef<str>,
        sentinels: impl IntoIterator<Item = U>,
    ) -> RedisStoreBuilder {
        let sentinels: Vec<String> = sentinels.into_iter().map(Into::into).collect();
        let servers = servers::parse(url.as_ref()).and_then(|primary| {
            let sentinels = servers::parse_all(&sentinels)?;
            Ok(Servers::Sentinels { sentinels, primary })
        });
        RedisStoreBuilder::new(servers)
    }

    /// Asks the server whether its settings can lose entries. Empty: they do not.
    ///
    /// This also happens once in the background, when the first connection is made, and the log then has the warnings.
    /// Of a Cluster, one server is asked.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn check(&self) -> Result<Vec<Warning>, StoreError> {
        self.link.run(&Check).await
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn foreign_entry(&self) -> StoreError {
        self.link.error(describe_foreign_entry())
    }
}

struct Check;

impl Call for Check {
    type Answer = Vec<Warning>;

    async fn run(&self, connection: Connection) -> RedisResult<Vec<Warning>> {
        check(connection).await
    }
}

/// Shows the addresses of the servers, and no user or password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("servers", &self.link.servers())
            .field("prefix", &self.keys.prefix())
            .field("time_limit", &self.link.time_limit())
            .finish()
    }
}

/// The settings of a [`RedisStore`].
#[derive(Clone)]
#[must_use]
pub struct RedisStoreBuilder {
    servers: Result<Servers, RedisConfigError>,
    prefix: String,
    time_limit: Duration,
    authority: Authority,
}

impl RedisStoreBuilder {
    fn new(servers: Result<Servers, RedisConfigError>) -> Self {
        Self {
            servers,
            prefix: DEFAULT_PREFIX.to_owned(),
            time_limit: DEFAULT_TIME_LIMIT,
            authority: Authority::default(),
        }
    }

    /// What the names of all entries begin with: 1 to 64 visible ASCII characters without braces. Default:
    /// `tower-oidc:`. Two applications that share a server need two prefixes, and all instances of an application need
    /// the same.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a call may take in all, the time to connect included. Default: 1 second, a thousand times as long as
    /// a server needs. The layer's own limit is
    /// [`store_timeout`](tower_oidc::AuthLayerBuilder::store_timeout), which should not be shorter, and 5 seconds for
    /// the lock of a refresh.
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Trusts certificates of this authority alone, given as PEM. Default: the authorities of Mozilla's list, which
    /// a server with a public name uses.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Authority::from_pem(pem.into());
        self
    }

    /// The store. Nothing is sent to the server before its first use.
    ///
    /// # Errors
    ///
    /// If a setting is wrong. The error says what to change, and shows no URL.
    pub fn build(self) -> Result<RedisStore, RedisConfigError> {
        let servers = self.servers?;
        let keys = Keys::new(self.prefix)?;
        if !(SHORTEST_TIME_LIMIT..=LONGEST_TIME_LIMIT).contains(&self.time_limit) {
            return Err(RedisConfigError::TimeLimit);
        }
        if self.authority.is_set() && !servers.use_tls() {
            return Err(RedisConfigError::Certificate(
                "is set, and no server uses TLS",
            ));
        }
        let client = Client::new(&servers, self.authority, self.time_limit)?;
        let link = Link::new(client, servers.to_string(), self.time_limit);
        Ok(RedisStore {
            link: Arc::new(link),
            keys: Arc::new(keys),
        })
    }
}

/// Shows the addresses of the servers, and no user or password.
impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers.as_ref().map(ToString::to_string);
        f.debug_struct("RedisStoreBuilder")
            .field("servers", &servers)
            .field("prefix", &self.prefix)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_user_and_no_password() {
        let builder = RedisStore::builder("redis://user:canary@db.example:7000");
        let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());

        assert!(shown.contains("db.example:7000"), "{shown}");
        assert!(shown.contains("tower-oidc:"), "{shown}");
        assert!(
            !shown.contains("canary") && !shown.contains("user"),
            "{shown}"
        );
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let builder = || RedisStore::builder("redis://db.example");
        for limit in [Duration::ZERO, Duration::from_secs(31)] {
            let error = builder().time_limit(limit).build().unwrap_err();
            assert_eq!(error, RedisConfigError::TimeLimit);
        }
        let error = builder().prefix("").build().unwrap_err();
        assert_eq!(error, RedisConfigError::Prefix);
    }

    #[cfg(feature = "tls")]
    #[test]
    fn an_authority_is_pem_and_needs_tls() {
        for (url, pem) in [("redis://db.example", "x"), ("rediss://db.example", "x")] {
            let builder = RedisStore::builder(url).certificate_authority(pem);
            let error = builder.build().unwrap_err();
            assert!(matches!(error, RedisConfigError::Certificate(_)), "{error}");
        }
    }

    #[cfg(feature = "cluster")]
    #[test]
    fn the_servers_of_a_cluster_differ_in_host_and_port_alone() {
        let store = RedisStore::cluster_builder(["redis://a", "redis://b:7000"]).build();
        assert!(format!("{store:?}").contains("a:6379, b:7000"));

        let none: [&str; 0] = [];
        assert!(RedisStore::cluster_builder(none).build().is_err());
        let urls = ["redis://a", "redis://:canary@b"];
        let error = RedisStore::cluster_builder(urls).build().unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }

    #[cfg(feature = "sentinel")]
    #[test]
    fn the_host_of_a_url_is_the_name_that_sentinels_know() {
        let sentinels = ["redis://:canary@a:26379", "redis://:canary@b:26379"];
        let store = RedisStore::sentinel_builder("redis://:canary@main", sentinels).build();
        let shown = format!("{store:?}");
        assert!(
            shown.contains("main") && shown.contains("a:26379, b:26379"),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");

        let error = RedisStore::sentinel_builder("unix:///tmp/redis", sentinels).build();
        assert!(error.is_err());
    }
}
