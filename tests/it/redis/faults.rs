//! A server that is down, slow or full.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tower_oidc::SessionStore;
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::RedisServer;

use super::{answer, find, revoke, save, store, works};

/// Shorter than any test waits, and longer than a server needs.
const LIMIT: Duration = Duration::from_millis(300);

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

fn impatient_store(server: &RedisServer) -> RedisStore {
    let builder = RedisStore::builder(server.url());
    builder.time_limit(LIMIT).build().expect("a URL")
}

/// M-03: it connects when the server is there, and until then its errors say where it looked.
#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_an_error_until_it_is_up() {
    let mut server = RedisServer::start().await;
    server.kill().await;
    let url = format!("redis://user:canary@127.0.0.1:{}", server.port());
    let error = find(&RedisStore::new(url).unwrap(), "a").await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(&format!("127.0.0.1:{}", server.port())),
        "{text}"
    );
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("canary") && !text.contains("user"), "{text}");

    let store = store(&server);
    assert!(find(&store, "a").await.is_err());
    server.restart().await;

    answer(&store).await;
    works(&store).await;
}

/// M-07: a wrong password is reported, and not shown.
#[tokio::test]
async fn a_wrong_password_is_reported_and_not_shown() {
    let server = RedisServer::with(&[("requirepass", "secret")]).await;
    for (url, expected) in [
        (
            format!("redis://:canary@127.0.0.1:{}", server.port()),
            "check the URL",
        ),
        (server.url(), "password"),
    ] {
        let store = RedisStore::new(url).unwrap();
        let text = find(&store, "a").await.unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
    let url = format!("redis://:secret@127.0.0.1:{}", server.port());
    works(&RedisStore::new(url).unwrap()).await;
}

/// M-03: no call fails because the server restarted since the last one; what was written is still there.
#[tokio::test]
async fn a_server_that_crashed_and_is_back_is_used_at_once() {
    let mut server = RedisServer::start().await;
    let store = store(&server);
    save(&store, "kept", "a record").await.unwrap();
    revoke(&store, "kept").await.unwrap();
    for _ in 0..3 {
        let started = Instant::now();
        server.kill().await;
        server.restart().await;
        // Two attempts to connect have a pause between them.
        while started.elapsed() < PAUSE {
            server.command(&["PING"]).await;
        }

        let record = store.load("kept".to_owned()).await.unwrap();

        assert_eq!(record.unwrap().version, 1);
        assert_eq!(find(&store, "kept").await.unwrap(), [Some(1)]);
    }
}

/// M-03: calls that wait for an answer fail as soon as the server crashes.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_ends_the_calls_that_wait() {
    let mut server = RedisServer::start().await;
    let builder = RedisStore::builder(server.url());
    let store = builder.time_limit(Duration::from_secs(30)).build().unwrap();
    answer(&store).await;
    server.freeze().await;
    let calls: JoinSet<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            async move { find(&store, "a").await }
        })
        .collect();
    tokio::task::yield_now().await;

    server.kill().await;

    for result in calls.join_all().await {
        assert!(result.is_err());
    }
    server.restart().await;
    answer(&store).await;
}

/// M-04: no call waits longer than its limit, and no connections pile up.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_makes_each_call_wait_for_the_limit_alone() {
    let server = RedisServer::start().await;
    let store = impatient_store(&server);
    answer(&store).await;
    server.freeze().await;
    for _ in 0..3 {
        let calls: JoinSet<_> = (0..1_000)
            .map(|_| {
                let store = store.clone();
                async move { find(&store, "a").await.unwrap_err().to_string() }
            })
            .collect();

        // Without a limit they would wait forever.
        let answers = timeout(3 * LIMIT, calls.join_all()).await;

        for text in answers.expect("all calls ended in time") {
            assert!(text.contains("within 300 ms"), "{text}");
        }
    }
    server.thaw().await;

    answer(&store).await;
    works(&store).await;
    // Our connection and one of redis-cli; the server closes those that were given up when it sees them.
    while server.command(&["CLIENT", "LIST"]).await.lines().count() > 2 {}
}

/// M-05: a full server refuses what is new and keeps what it has.
#[tokio::test]
async fn a_full_server_refuses_new_entries_and_loses_none() {
    let server = RedisServer::with(&[("maxmemory", "2mb")]).await;
    let store = store(&server);
    let value = "x".repeat(10_000);
    let mut saved = 0;
    let text = loop {
        match save(&store, &format!("session-{saved}"), &value).await {
            Ok(_) => saved += 1,
            Err(error) => break error.to_string(),
        }
    };
    assert!(text.contains("raise maxmemory"), "{text}");
    assert!(saved > 10, "{saved}");

    for number in 0..saved {
        let record = store.load(format!("session-{number}")).await.unwrap();
        assert!(record.is_some(), "{number} of {saved}");
    }
    for number in 0..saved {
        store.delete(format!("session-{number}")).await.unwrap();
    }
    works(&store).await;
}

/// M-03: scripts that the server has forgotten are sent again.
#[tokio::test]
async fn a_server_that_forgot_our_scripts_gets_them_again() {
    let server = RedisServer::start().await;
    let store = store(&server);
    for number in 0..3 {
        assert!(revoke(&store, &format!("a-{number}")).await.unwrap());
        server.command(&["SCRIPT", "FLUSH"]).await;
    }
}

/// M-03: a server that is a replica, such as after a failover, is left, and then asked again.
#[tokio::test]
async fn a_server_that_became_a_replica_is_asked_over_a_new_connection() {
    let (server, primary) = (RedisServer::start().await, RedisServer::start().await);
    let store = impatient_store(&server);
    works(&store).await;
    let connection = our_connection(&server).await;
    let port = primary.port().to_string();
    server.command(&["REPLICAOF", "127.0.0.1", &port]).await;

    // The first question may come too soon after the first connection for another one.
    while our_connection(&server).await == connection {
        let text = revoke(&store, "a").await.unwrap_err().to_string();
        let is_known = text.contains("READONLY") || text.contains("loads its data");
        assert!(is_known, "{text}");
    }

    server.command(&["REPLICAOF", "NO", "ONE"]).await;
    answer(&store).await;
    assert!(revoke(&store, "a").await.unwrap());
}

/// The number of the one connection that is not of redis-cli.
async fn our_connection(server: &RedisServer) -> String {
    let list = server.command(&["CLIENT", "LIST", "TYPE", "NORMAL"]).await;
    let line = list.lines().find(|line| !line.contains("cmd=client|list"));
    let id = line.and_then(|line| line.split(' ').next());
    id.unwrap_or_default().to_owned()
}
