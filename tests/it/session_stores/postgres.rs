//! On a real PostgreSQL server.

use std::time::Duration;

use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};
use tower_oidc_tests::visits::fetch;
use tower_sessions_sqlx_store::PostgresStore;
use tower_sessions_sqlx_store::sqlx::postgres::{PgPool, PgPoolOptions};
use tower_sessions_sqlx_store::sqlx::{query, query_scalar};

use super::database::{self, Database};
use super::postgres_server::PostgresServer;
use super::{errors, sign_in, two_callers};

/// A server with a table, and connections to it.
pub(super) struct Postgres {
    server: PostgresServer,
    pool: PgPool,
}

impl Postgres {
    pub(super) async fn start() -> Self {
        let server = PostgresServer::start().await;
        let pool = PgPoolOptions::new()
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(server.options());
        let this = Self { server, pool };
        this.store().migrate().await.expect("a new database");
        this
    }
}

impl Database for Postgres {
    type Store = PostgresStore;

    fn store(&self) -> PostgresStore {
        PostgresStore::new(self.pool.clone())
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

/// V-01, V-04, V-05
#[tokio::test]
async fn every_rule_is_kept() {
    database::every_rule_is_kept(&Postgres::start().await).await;
}

/// V-02
#[tokio::test]
async fn garbage_in_the_table_is_an_error() {
    let postgres = Postgres::start().await;
    database::garbage_is_an_error(&postgres).await;
    database::a_changed_byte_is_no_panic(&postgres).await;
    database::a_foreign_record_is_an_error(&postgres).await;
}

/// V-05
#[tokio::test]
async fn expired_rows_are_deleted_on_request() {
    let postgres = Postgres::start().await;
    database::expired_rows_are_deleted_on_request(&postgres).await;
    database::any_time_can_be_kept(&postgres).await;
}

/// V-04
#[tokio::test]
async fn on_two_instances_the_later_save_wins_and_restores_a_deleted_record() {
    let postgres = Postgres::start().await;
    two_callers::the_later_of_two_instances_wins(postgres.store()).await;
    let restored = two_callers::saved_during_a_deletion(postgres.store()).await;
    assert_eq!(restored, Some((2, "one".to_owned())));
}

/// V-03
#[tokio::test]
async fn a_server_that_is_down_is_an_error_and_works_when_it_is_back() {
    let mut postgres = Postgres::start().await;
    let store = TowerSessionsStore::new(postgres.store());
    let id = session_id(1);
    assert!(Sessions(&store).save(&id, None, "kept").await);

    postgres.server.stop();
    let errors = errors(&store).await;
    database::assert_no_secret(&errors, &[&"canary"]);
    postgres.server.restart().await;

    let record = Sessions(&store).load(&id).await;
    assert_eq!(record, Some((1, "kept".to_owned())));
    assert!(Sessions(&store).save(&id, Some(1), "changed").await);
}

/// V-03
#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_names_it() {
    let postgres = Postgres::start().await;
    let store = postgres.store().with_table_name("absent").expect("a name");

    for error in errors(&TowerSessionsStore::new(store)).await {
        assert!(
            error.contains("tower_sessions.absent\" does not exist"),
            "{error}"
        );
    }
}

/// V-06
#[tokio::test]
async fn a_session_larger_than_cookies_is_the_same_on_two_instances() {
    let postgres = Postgres::start().await;
    sign_in::a_session_larger_than_cookies_is_on_two_instances(&postgres.store()).await;
    assert_eq!(postgres.rows().await, 0);
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
