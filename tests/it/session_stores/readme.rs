//! The example for PostgreSQL in the README of `tower-oidc-stores`.

use std::time::Duration;

use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};
use tower_sessions_core::ExpiredDeletion;
use tower_sessions_sqlx_store::PostgresStore;
use tower_sessions_sqlx_store::sqlx::{self, PgPool};

use super::postgres_server::PostgresServer;

// The example begins here.
/// Creates the table if it does not exist.
async fn sessions(pool: PgPool) -> Result<TowerSessionsStore<PostgresStore>, sqlx::Error> {
    let store = PostgresStore::new(pool);
    store.migrate().await?;
    tokio::spawn(delete_expired_sessions(store.clone()));
    Ok(TowerSessionsStore::new(store))
}

/// Deletes expired sessions every hour, also after an error.
async fn delete_expired_sessions(store: impl ExpiredDeletion + Clone) {
    let hour = Duration::from_secs(3600);
    loop {
        if let Err(error) = store.clone().continuously_delete_expired(hour).await {
            tracing::warn!(?error, "expired sessions were not deleted");
        }
    }
}
// The example ends here.

/// V-01
#[tokio::test]
async fn the_example_of_the_readme_keeps_sessions() {
    let server = PostgresServer::start().await;
    let store = sessions(PgPool::connect_lazy_with(server.options())).await;
    let (store, id) = (store.expect("a server"), session_id(1));

    assert!(Sessions(&store).save(&id, None, "kept").await);
    assert!(Sessions(&store).load(&id).await.is_some());
}

/// V-01
#[test]
fn the_example_of_the_readme_is_the_one_that_is_tested() {
    let readme = include_str!("../../../crates/tower-oidc-stores/README.md");
    let (_, tested) = include_str!("readme.rs")
        .split_once("begins here.\n")
        .expect("an example");
    let (tested, _) = tested.split_once("// The example ends").expect("its end");

    assert!(readme.contains(&format!("```rust,ignore\n{tested}```")));
}
