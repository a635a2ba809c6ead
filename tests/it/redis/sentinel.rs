//! A server that Sentinels choose.

use tower_oidc_redis::RedisStore;
use tower_oidc_tests::RedisServer;

use super::{answer, find, works};

async fn sentinel(primary: &RedisServer) -> RedisServer {
    let sentinel = RedisServer::sentinel().await;
    let port = primary.port().to_string();
    let monitor = ["SENTINEL", "MONITOR", "main", "127.0.0.1", &port, "1"];
    sentinel.command(&monitor).await;
    sentinel
}

/// M-10.
#[tokio::test]
async fn the_server_that_the_sentinels_name_is_used() {
    let (first, second) = (RedisServer::start().await, RedisServer::start().await);
    let sentinel = sentinel(&first).await;
    let store = RedisStore::sentinel_builder("redis://main", [sentinel.url()]);
    let store = store.build().unwrap();
    works(&store).await;
    assert_eq!(first.command(&["DBSIZE"]).await, "1");

    // The Sentinels choose another one.
    sentinel.command(&["SENTINEL", "REMOVE", "main"]).await;
    let port = second.port().to_string();
    let monitor = ["SENTINEL", "MONITOR", "main", "127.0.0.1", &port, "1"];
    sentinel.command(&monitor).await;
    drop(first);

    answer(&store).await;
    assert_eq!(find(&store, "works").await.unwrap(), [None]);
    works(&store).await;
    assert_eq!(second.command(&["DBSIZE"]).await, "1");
}

/// M-07, M-10.
#[tokio::test]
async fn a_name_that_the_sentinels_do_not_know_is_an_error_with_a_remedy() {
    let server = RedisServer::start().await;
    let sentinel = sentinel(&server).await;
    let store = RedisStore::sentinel_builder("redis://:canary@other", [sentinel.url()]);

    let text = find(&store.build().unwrap(), "a")
        .await
        .unwrap_err()
        .to_string();

    assert!(text.contains("check the host of the URL"), "{text}");
    assert!(text.contains("\"other\""), "{text}");
    assert!(!text.contains("canary"), "{text}");
}
