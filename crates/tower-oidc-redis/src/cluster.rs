//! A client of a Cluster.

use std::time::Duration;

use redis::ConnectionInfo;
use redis::cluster::{ClusterClient, ClusterClientBuilder};

use crate::authority::Authority;
use crate::config_error::RedisConfigError;

/// How often a call follows a key that moved to another server, or tries again while the Cluster chooses a primary.
const RETRIES: u32 = 5;
const LONGEST_PAUSE_MILLIS: u64 = 100;

/// # Errors
///
/// If the URLs differ in user, password, database or TLS, or are not network addresses.
pub(crate) fn client(
    servers: &[ConnectionInfo],
    authority: Authority,
    time_limit: Duration,
) -> Result<ClusterClient, RedisConfigError> {
    // The client takes these settings from the first, and ignores a password that only another has.
    let settings = |server: &ConnectionInfo| {
        let settings = server.redis_settings();
        let text = |it: Option<&str>| it.map(str::to_owned);
        (
            text(settings.username()),
            text(settings.password()),
            settings.db(),
        )
    };
    let first = servers.first().map(settings);
    if servers.iter().any(|server| Some(settings(server)) != first) {
        return Err(DIFFERENT);
    }
    let builder = ClusterClientBuilder::new(servers.to_vec())
        .retries(RETRIES)
        .max_retry_wait(LONGEST_PAUSE_MILLIS)
        .connection_timeout(time_limit)
        .response_timeout(time_limit);
    authority
        .trusted_by_cluster(builder)?
        .build()
        .map_err(|_| DIFFERENT)
}

const DIFFERENT: RedisConfigError = RedisConfigError::Url(
    "differs from the other servers of the Cluster in more than host and port",
);
