//! On a real PostgreSQL server.

use std::time::Duration;

use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};
use tower_oidc_tests::visits::fetch;
use tower_sessions_sqlx_store::PostgresStore;
use tower_sessions_sqlx_store::sqlx::postgres::{PgPool, PgPoolOptions};
use tower_sessions_sqlx_store::sqlx::{query, query_scalar};

use super::database::Database;
use super::postgres_server::PostgresServer;
use super::{errors, sign_in};

/// A server with a table, and connections to it.
pub(super) struct Postgres {
    server: PostgresServer,
    pool: PgPool,
}

impl Database for Postgres {
    type Store = PostgresStore;

    const NO_TABLE: &str = "tower_sessions.absent\" does not exist";

    async fn start() -> Self {
        let server = PostgresServer::start().await;
        let pool = PgPoolOptions::new()
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(server.options());
        let this = Self { server, pool };
        this.store().migrate().await.expect("a new database");
        this
    }

    fn store(&self) -> PostgresStore {
        PostgresStore::new(self.pool.clone())
    }

    fn store_without_table(&self) -> PostgresStore {
        self.store().with_table_name("absent").expect("a name")
    }

    async fn data(&self, key: &str) -> Vec<u8> {
        let data = query_scalar("select data from tower_sessions.session where id = $1").bind(key);
        data.fetch_one(&self.pool).await.expect("a row")
    }

    async fn set_data(&self, key: &str, data: &[u8]) {
        let update = query("update tower_sessions.session set data = $1 where id = $2");
        let done = update
            .bind(data)
            .bind(key)
            .execute(&self.pool)
            .await
            .expect("a table");
        assert_eq!(done.rows_affected(), 1);
    }

    async fn rows(&self) -> i64 {
        let count = query_scalar("select count(*) from tower_sessions.session");
        count.fetch_one(&self.pool).await.expect("a table")
    }
}

/// V-03
#[tokio::test]
async fn a_server_that_is_down_is_an_error_and_works_when_it_is_back() {
    let mut postgres = Postgres::start().await;
    let store = TowerSessionsStore::new(postgres.store());
    let id = session_id(1);
    assert!(Sessions(&store).save(&id, None, "kept").await);

    postgres.server.stop();
    for error in errors(&store).await {
        assert!(!error.is_empty() && !error.contains("canary"), "{error}");
    }
    postgres.server.restart().await;

    let record = Sessions(&store).load(&id).await;
    assert_eq!(record, Some((1, "kept".to_owned())));
    assert!(Sessions(&store).save(&id, Some(1), "changed").await);
}

/// V-06
#[tokio::test]
async fn a_user_is_still_signed_in_when_the_server_is_back() {
    let mut postgres = Postgres::start().await;
    let (app, other) = sign_in::two_instances(&postgres.store()).await;
    let browser = sign_in::signed_in(&app).await;

    postgres.server.stop();
    assert_eq!(fetch(&browser, "/private").await.status(), 503);
    assert_eq!(fetch(&browser, "/untouched").await.status(), 200);
    postgres.server.restart().await;

    assert_eq!(fetch(&browser, "/private").await.text(), "large");
    other.serve(&browser);
    assert_eq!(fetch(&browser, "/private").await.text(), "large");
}
