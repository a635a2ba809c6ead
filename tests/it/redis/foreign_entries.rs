//! Entries under our names that we did not write.

use std::time::Duration;

use tower_oidc::{
    LockRequest, RefreshCoordinator, Revocation, RevocationStore, SaveOutcome, SaveRequest,
    SessionStore, UnlockRequest,
};
use tower_oidc_tests::RedisServer;

use super::{HOUR, find, revoke, save, store, works};

const REMEDY: &str = "choose another prefix";

/// Commands that write something under the name of an entry.
const FOREIGN: [&[&str]; 5] = [
    &["SET", "canary"],
    &["SET", "-1"],
    &["SET", "1.5:canary"],
    &["LPUSH", "1"],
    &["HSET", "canary", "1"],
];

async fn write(server: &RedisServer, command: &[&str], key: &str) {
    let (name, arguments) = command.split_first().unwrap();
    server.command(&["DEL", key]).await;
    server.command(&[&[*name, key], arguments].concat()).await;
}

/// M-06: it is an error that shows nothing of the entry, and the entry stays.
#[tokio::test]
async fn a_foreign_entry_is_an_error_and_is_not_overwritten() {
    let server = RedisServer::start().await;
    let store = store(&server);
    for command in FOREIGN {
        for key in ["tower-oidc:session:a", "tower-oidc:revoked:a"] {
            write(&server, command, key).await;
            let before = server.command(&["DUMP", key]).await;
            let errors = if key.contains("session") {
                let expected = SaveRequest::new("a", Some(1), "a record", HOUR);
                [
                    store.load("a".to_owned()).await.unwrap_err(),
                    save(&store, "a", "a record").await.unwrap_err(),
                    store.save(expected).await.unwrap_err(),
                ]
                .map(|error| error.to_string())
                .to_vec()
            } else {
                [
                    find(&store, "a").await.unwrap_err(),
                    revoke(&store, "a").await.unwrap_err(),
                ]
                .map(|error| error.to_string())
                .to_vec()
            };
            for text in errors {
                assert!(text.contains(REMEDY), "{command:?} {text}");
                assert!(!text.contains("canary"), "{text}");
            }
            assert_eq!(server.command(&["DUMP", key]).await, before);
        }
    }
    works(&store).await;
}

/// M-06: a lock without expiry is none: it would stop the refreshes of a session for ever.
#[tokio::test]
async fn a_lock_without_expiry_is_an_error() {
    let server = RedisServer::start().await;
    let store = store(&server);
    for command in FOREIGN {
        write(&server, command, "tower-oidc:lock:{a}").await;

        let request = LockRequest::new("a", "owner", HOUR);
        let text = store.lock(request).await.unwrap_err().to_string();

        assert!(text.contains(REMEDY), "{text}");
    }
    let request = UnlockRequest::new("a", "owner", None);
    assert!(store.store_and_unlock(request).await.is_err());
}

/// M-02: an expiry that somebody removed comes back with the next write.
#[tokio::test]
async fn a_write_restores_an_expiry() {
    let server = RedisServer::start().await;
    let store = store(&server);
    save(&store, "a", "a record").await.unwrap();
    revoke(&store, "a").await.unwrap();
    let keys = ["tower-oidc:session:a", "tower-oidc:revoked:a"];
    for key in keys {
        assert_eq!(server.command(&["PERSIST", key]).await, "1");
    }

    let request = SaveRequest::new("a", Some(1), "another", HOUR);
    assert_eq!(store.save(request).await.unwrap(), SaveOutcome::Saved);
    let revocation = Revocation::new("a", 0, Duration::from_secs(100));
    assert!(!store.revoke(revocation).await.unwrap());

    for key in keys {
        let rest: u64 = server.command(&["PTTL", key]).await.parse().unwrap();
        assert!(rest > 90_000, "{rest}");
    }
}
