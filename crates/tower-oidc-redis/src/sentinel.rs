//! A client of the server that Redis Sentinel chooses.

use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{ConnectionAddr, ConnectionInfo, TlsMode};

use crate::authority::Authority;
use crate::config_error::RedisConfigError;
use crate::servers::host;

/// # Errors
///
/// If the first URL has no host, which is the server's name.
pub(crate) fn client(
    sentinels: &[ConnectionInfo],
    primary: &ConnectionInfo,
    authority: Authority,
) -> Result<SentinelClient, RedisConfigError> {
    if host(primary).is_empty() {
        return Err(RedisConfigError::Url(
            "has no host, which the Sentinels know",
        ));
    }
    let addresses: Vec<_> = sentinels.iter().map(|it| it.addr().clone()).collect();
    let mut builder =
        SentinelClientBuilder::new(addresses, host(primary), SentinelServerType::Master)
            .map_err(|_| RedisConfigError::Url("of a Sentinel cannot be used"))?;

    let settings = primary.redis_settings();
    builder = builder
        .set_client_to_redis_db(settings.db())
        .set_client_to_redis_protocol(settings.protocol());
    if let Some(user) = settings.username() {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = settings.password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if is_tls(primary) {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    // All Sentinels are taken to have the user and the password of the first.
    if let Some(first) = sentinels.first() {
        let settings = first.redis_settings();
        if let Some(user) = settings.username() {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if is_tls(first) {
            builder = builder.set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
    }
    authority
        .trusted_by_sentinels(builder)?
        .build()
        .map_err(|_| RedisConfigError::Url("of a Sentinel cannot be used"))
}

fn is_tls(server: &ConnectionInfo) -> bool {
    matches!(server.addr(), ConnectionAddr::TcpTls { .. })
}
