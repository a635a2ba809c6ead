//! What it says about the settings of a server.

use tower_oidc_redis::{RedisStore, Warning};
use tower_oidc_tests::session_store_contract::keeps_the_rules;
use tower_oidc_tests::{RedisServer, store_contract};

use super::{ask_again, revoke, store, works};

async fn warnings(settings: &[(&str, &str)]) -> Vec<Warning> {
    let server = RedisServer::with(settings).await;
    store(&server).check().await.unwrap()
}

/// M-08.
#[tokio::test]
async fn settings_that_lose_nothing_give_no_warning() {
    assert_eq!(warnings(&[]).await, []);
    assert_eq!(warnings(&[("maxmemory", "100mb")]).await, []);
    assert_eq!(warnings(&[("maxmemory-policy", "allkeys-lru")]).await, []);
}

/// M-08.
#[tokio::test]
async fn each_setting_that_loses_entries_gives_a_warning() {
    let policy = "volatile-ttl".to_owned();
    assert_eq!(
        warnings(&[("maxmemory", "100mb"), ("maxmemory-policy", &policy)]).await,
        [Warning::Evicts { policy }]
    );
    assert_eq!(
        warnings(&[("appendonly", "no")]).await,
        [Warning::NoAppendOnlyFile]
    );
    let appendfsync = "everysec".to_owned();
    assert_eq!(
        warnings(&[("appendfsync", "everysec")]).await,
        [Warning::SyncsLater { appendfsync }]
    );
}

/// M-08: debian's package has snapshots alone.
#[tokio::test]
async fn stock_settings_give_a_warning() {
    let server = RedisServer::with_nothing_but(&[]).await;

    assert_eq!(
        store(&server).check().await.unwrap(),
        [Warning::NoAppendOnlyFile]
    );
}

/// M-08.
#[tokio::test]
async fn a_replica_and_a_server_with_replicas_give_a_warning() {
    let primary = RedisServer::start().await;
    let replica = RedisServer::start().await;
    let port = primary.port().to_string();
    replica.command(&["REPLICAOF", "127.0.0.1", &port]).await;
    while !primary
        .command(&["INFO", "replication"])
        .await
        .contains("connected_slaves:1")
    {}

    let warnings = store(&primary).check().await.unwrap();
    assert_eq!(warnings, [Warning::AsynchronousReplicas { replicas: 1 }]);
    assert_eq!(store(&replica).check().await.unwrap(), [Warning::IsReplica]);
}

/// M-08: a hosting provider may forbid CONFIG, and INFO shows most of the settings.
#[tokio::test]
async fn a_server_that_tells_no_settings_is_no_error() {
    for (forbidden, command) in [("-config", "CONFIG GET"), ("-info", "INFO")] {
        let server = RedisServer::start().await;
        let user = [
            "ACL",
            "SETUSER",
            "app",
            "on",
            ">secret",
            "~tower-oidc:*",
            "+@all",
            forbidden,
        ];
        server.command(&user).await;
        let url = format!("redis://app:secret@127.0.0.1:{}", server.port());

        let warnings = RedisStore::new(url).unwrap().check().await.unwrap();

        assert_eq!(warnings, [Warning::CouldNotLook { command }]);
    }
}

/// M-07: the documented permissions are enough for everything but a Cluster and a Sentinel, and less is an error that names
/// the documentation.
#[tokio::test]
async fn the_documented_permissions_are_enough() {
    let readme = include_str!("../../../crates/tower-oidc-redis/README.md");
    let line = readme.lines().find(|line| line.starts_with("ACL SETUSER"));
    let line: Vec<_> = line.expect("an example").split(' ').collect();
    let server = RedisServer::start().await;
    assert_eq!(server.command(&line).await, "OK");
    let url = format!("redis://app:password@127.0.0.1:{}", server.port());
    let store = RedisStore::new(url).unwrap();

    assert_eq!(store.check().await.unwrap(), []);
    keeps_the_rules(&store).await;
    store_contract::revocation_store(store.clone(), ask_again).await;
    store_contract::refresh_coordinator(store.clone(), ask_again).await;
    works(&store).await;

    server
        .command(&["ACL", "SETUSER", "app", "resetkeys"])
        .await;
    let text = revoke(&store, "a").await.unwrap_err().to_string();
    assert!(text.contains("NOPERM"), "{text}");
}
