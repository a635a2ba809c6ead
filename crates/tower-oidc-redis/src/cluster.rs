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
    let builder = ClusterClientBuilder::new(servers.to_vec())
        .retries(RETRIES)
        .max_retry_wait(LONGEST_PAUSE_MILLIS)
        .connection_timeout(time_limit)
        .response_timeout(time_limit);
    authority.trusted_by_cluster(builder)?.build().map_err(|_| {
        RedisConfigError::Url(
            "differs from the other servers of the Cluster in more than host and port",
        )
    })
}
