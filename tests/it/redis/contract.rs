//! The rules of all stores.

use std::time::Duration;

use bytes::Bytes;
use tower_oidc::{SaveOutcome, SaveRequest, SessionStore};
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::session_store_contract::{keeps_the_rules, loses_no_change};
use tower_oidc_tests::{RedisServer, store_contract};

use super::{HOUR, ask_again, save, store};

const CALLERS: u32 = 64;

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_rules_of_session_stores() {
    let server = RedisServer::start().await;

    keeps_the_rules(&store(&server)).await;
}

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_saves_in_redis_one_wins() {
    let server = RedisServer::start().await;

    loses_no_change(&store(&server), CALLERS).await;
}

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_rules_of_revocation_stores() {
    let server = RedisServer::start().await;

    store_contract::revocation_store(store(&server), ask_again).await;
}

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_rules_of_refresh_coordinators() {
    let server = RedisServer::start().await;

    store_contract::refresh_coordinator(store(&server), ask_again).await;
}

/// M-01: neither the value nor the version is limited to text or to 53 bits.
#[tokio::test]
async fn a_record_has_any_bytes_and_any_version() {
    let server = RedisServer::start().await;
    let store = store(&server);
    let every_byte: Vec<u8> = (0..=255).collect();
    for (id, value) in [
        ("bytes", Bytes::from(every_byte)),
        ("like-ours", Bytes::from("7:7:7")),
    ] {
        let mut request = SaveRequest::new(id, None, value.clone(), HOUR);
        request.version = u64::MAX - 1;
        assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);
        let near = SaveRequest::new(id, Some(u64::MAX - 2), "", HOUR);
        assert_eq!(store.save(near).await.unwrap(), SaveOutcome::Conflict);
        let request = SaveRequest::new(id, Some(u64::MAX - 1), value.clone(), HOUR);
        assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);

        let record = store.load(id.to_owned()).await.unwrap().unwrap();

        assert_eq!((record.version, record.value), (u64::MAX, value));
    }
}

/// M-01: the same request twice is one save, because the answer to the first may have been lost.
#[tokio::test]
async fn a_repeated_save_is_no_conflict() {
    let server = RedisServer::start().await;
    let store = store(&server);
    for expected in [None, Some(1)] {
        for _ in 0..2 {
            let request = SaveRequest::new("a", expected, format!("{expected:?}"), HOUR);
            assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);
        }
    }
}

/// M-02.
#[tokio::test]
async fn a_record_expires_at_the_time_of_its_last_save() {
    const SOON: Duration = Duration::from_millis(500);
    let server = RedisServer::start().await;
    let store = store(&server);
    for (id, keep_for) in [("none", Duration::ZERO), ("short", SOON), ("renewed", SOON)] {
        let request = SaveRequest::new(id, None, "first", keep_for);
        assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);
    }
    let renewed = SaveRequest::new("renewed", Some(1), "second", HOUR);
    assert_eq!(store.save(renewed).await.unwrap(), SaveOutcome::Saved);

    for id in ["none", "short"] {
        while store.load(id.to_owned()).await.unwrap().is_some() {}
        let late = SaveRequest::new(id, Some(1), "second", HOUR);
        assert_eq!(store.save(late).await.unwrap(), SaveOutcome::Conflict);
        assert_eq!(save(&store, id, "third").await.unwrap(), SaveOutcome::Saved);
    }
    let record = store.load("renewed".to_owned()).await.unwrap();
    assert_eq!(record.unwrap().version, 2);
}

/// M-02: every entry has an expiry, and the prefix that was set.
#[tokio::test(flavor = "multi_thread")]
async fn every_entry_expires_and_has_the_prefix() {
    let server = RedisServer::start().await;
    let store = RedisStore::builder(server.url()).prefix("shop:").build();
    let store = store.expect("the settings work");

    keeps_the_rules(&store).await;
    store_contract::revocation_store(store.clone(), ask_again).await;
    store_contract::refresh_coordinator(store, ask_again).await;

    let script = "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do
        if redis.call('TTL', key) < 0 or string.sub(key, 1, 5) ~= 'shop:' then return key end
        n = n + 1 end return n > 10";
    assert_eq!(server.command(&["EVAL", script, "0"]).await, "1");
}
