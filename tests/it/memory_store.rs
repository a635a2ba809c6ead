//! The store in memory keeps the rules of all stores.

use tower_oidc::MemoryStore;
use tower_oidc_tests::session_store_contract::{
    forgets_what_has_expired, keeps_the_rules, loses_no_change,
};
use tower_oidc_tests::{TestClock, store_contract};

const CALLERS: u32 = 64;

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_rules_of_session_stores() {
    let clock = TestClock::new();
    let store = MemoryStore::new().clock(clock.clone());

    keeps_the_rules(&store).await;
    forgets_what_has_expired(&store, |time| clock.advance(time)).await;
    loses_no_change(&store, CALLERS).await;
}

/// M-01.
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_rules_of_revocation_stores() {
    let clock = TestClock::new();
    let store = MemoryStore::new().clock(clock.clone());

    store_contract::revocation_store(store, async |time| clock.advance(time)).await;
}
