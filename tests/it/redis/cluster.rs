//! A Cluster of one server, which owns all slots and checks that each script stays in one.

use std::time::Duration;

use tower_oidc_redis::{RedisStore, Warning};
use tower_oidc_tests::session_store_contract::{keeps_the_rules, loses_no_change};
use tower_oidc_tests::{RedisServer, store_contract};

use super::{answer, ask_again, find, works};

async fn cluster() -> RedisServer {
    let server = RedisServer::with(&[
        ("cluster-enabled", "yes"),
        ("cluster-require-full-coverage", "no"),
    ])
    .await;
    server
        .command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
        .await;
    while !server
        .command(&["CLUSTER", "INFO"])
        .await
        .contains("cluster_state:ok")
    {}
    server
}

fn store(server: &RedisServer) -> RedisStore {
    RedisStore::cluster_builder([server.url()])
        .build()
        .expect("a URL")
}

/// M-01, M-10.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_rules_of_all_stores() {
    let server = cluster().await;
    let store = store(&server);

    keeps_the_rules(&store).await;
    loses_no_change(&store, 64).await;
    store_contract::revocation_store(store.clone(), ask_again).await;
    store_contract::refresh_coordinator(store, ask_again).await;
}

/// M-03, M-10.
#[tokio::test]
async fn a_cluster_that_crashed_and_is_back_is_used_again() {
    let mut server = cluster().await;
    let store = store(&server);
    works(&store).await;
    server.kill().await;
    let started = tokio::time::Instant::now();
    assert!(find(&store, "a").await.is_err());
    assert!(started.elapsed() < Duration::from_secs(2));

    server.restart().await;

    answer(&store).await;
    assert_eq!(find(&store, "works").await.unwrap(), [Some(1)]);
}

/// M-08, M-10.
#[tokio::test]
async fn one_server_of_a_cluster_is_asked_for_its_settings() {
    let server = cluster().await;
    assert_eq!(store(&server).check().await.unwrap(), []);
    server
        .command(&["CONFIG", "SET", "appendfsync", "no"])
        .await;
    let appendfsync = "no".to_owned();
    assert_eq!(
        store(&server).check().await.unwrap(),
        [Warning::SyncsLater { appendfsync }]
    );
}
