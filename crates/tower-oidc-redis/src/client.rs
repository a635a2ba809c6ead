//! How connections to the servers are made.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, RedisFuture, RedisResult, Value};

use crate::authority::Authority;
use crate::config_error::RedisConfigError;
use crate::servers::Servers;

/// Makes connections. It does nothing before it is asked to.
pub(crate) enum Client {
    One(redis::Client),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
    /// Only one task at a time asks for a connection, so nothing waits for this lock.
    #[cfg(feature = "sentinel")]
    Sentinel(tokio::sync::Mutex<redis::sentinel::SentinelClient>),
}

impl Client {
    /// # Errors
    ///
    /// If the servers of a Cluster or the Sentinels differ in what must be the same, or the authority's certificate is
    /// not one.
    pub(crate) fn new(
        servers: &Servers,
        authority: Authority,
        time_limit: Duration,
    ) -> Result<Self, RedisConfigError> {
        if servers.use_tls() {
            crate::authority::choose_cryptography();
        }
        // Other clients have no limit for the connections to single servers.
        #[cfg(not(feature = "cluster"))]
        let _ = time_limit;
        match servers {
            Servers::One(server) => authority.client(server.clone()).map(Self::One),
            #[cfg(feature = "cluster")]
            Servers::Cluster(servers) => {
                let client = crate::cluster::client(servers, authority, time_limit)?;
                Ok(Self::Cluster(Box::new(client)))
            }
            #[cfg(feature = "sentinel")]
            Servers::Sentinels { sentinels, primary } => {
                crate::sentinel::client(sentinels, primary, authority)
                    .map(|client| Self::Sentinel(tokio::sync::Mutex::new(client)))
            }
        }
    }

    /// Connects, and signs in to the server. The caller limits the time.
    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        // The limit of a call includes the time to connect, so the client has none.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        match self {
            Self::One(client) => {
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                connection.await.map(Connection::One)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => client.get_async_connection().await.map(Connection::Cluster),
            #[cfg(feature = "sentinel")]
            Self::Sentinel(client) => {
                let mut client = client.lock().await;
                let connection = client.get_async_connection_with_config(&config);
                connection.await.map(Connection::One)
            }
        }
    }
}

/// An open connection, which any number of tasks use at the same time. Clones share it.
#[derive(Clone)]
pub(crate) enum Connection {
    One(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Connection {
    /// Whether a call that timed out is a reason to connect again. Connections to other servers of a Cluster may be
    /// fine, and its client connects again by itself.
    pub(crate) fn is_replaced_after_a_timeout(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// Asks any one server about itself.
    pub(crate) async fn ask_a_server(&mut self, command: Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => connection.send_packed_command(&command).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => {
                use redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
                let route = RoutingInfo::SingleNode(SingleNodeRoutingInfo::RandomPrimary);
                connection.route_command(command, route).await
            }
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a redis::Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
