//! Stores over a real Redis server.

mod cluster;
mod contract;
mod crash_under_load;
mod faults;
mod foreign_entries;
mod garbage;
mod instances;
mod many_organizations;
mod sentinel;
mod settings;
mod tls;

use std::time::Duration;

use tower_oidc::{Revocation, RevocationStore, SaveOutcome, SaveRequest, SessionStore, StoreError};
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::RedisServer;

const HOUR: Duration = Duration::from_secs(3600);

fn store(server: &RedisServer) -> RedisStore {
    RedisStore::new(server.url()).expect("a URL")
}

async fn save(store: &RedisStore, id: &str, value: &str) -> Result<SaveOutcome, StoreError> {
    let request = SaveRequest::new(id, None, value.to_owned(), HOUR);
    store.save(request).await
}

async fn revoke(store: &RedisStore, key: &str) -> Result<bool, StoreError> {
    store.revoke(Revocation::new(key, 1, HOUR)).await
}

async fn find(store: &RedisStore, key: &str) -> Result<Vec<Option<u64>>, StoreError> {
    store.find(vec![key.to_owned()]).await
}

/// The server follows the real time, so a test asks again until that has passed.
async fn ask_again(_: Duration) {
    tokio::task::yield_now().await;
}

/// Asks until there is an answer.
async fn answer(store: &RedisStore) {
    while find(store, "any").await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// The store has written all kinds of entries and reads them.
async fn works(store: &RedisStore) {
    assert_eq!(
        save(store, "works", "a record").await.unwrap(),
        SaveOutcome::Saved
    );
    assert_eq!(
        store
            .load("works".to_owned())
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
    assert!(revoke(store, "works").await.unwrap());
    let keys = ["works", "none", "other"].map(str::to_owned).to_vec();
    assert_eq!(store.find(keys).await.unwrap(), [Some(1), None, None]);
    store.delete("works".to_owned()).await.unwrap();
}
