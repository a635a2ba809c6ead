//! On SQLite, in a file.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::sqlite::{
    SqliteConnectOptions, SqlitePool, SqliteSynchronous,
};
use tower_sessions_sqlx_store::sqlx::{query, query_scalar};

use super::database::{self, Database};
use super::{errors, sign_in, two_callers};

/// A database in a folder that is deleted at the end of the test.
pub(super) struct Sqlite {
    folder: PathBuf,
    pool: SqlitePool,
}

impl Sqlite {
    pub(super) async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("sqlite-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("a writable folder");
        let pool = Self::connect(&folder, Duration::from_secs(20)).await;
        let this = Self { folder, pool };
        this.store().migrate().await.expect("a new database");
        this
    }

    async fn connect(folder: &std::path::Path, busy_timeout: Duration) -> SqlitePool {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("sessions.db"))
            .create_if_missing(true)
            // No test survives a power cut.
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(busy_timeout);
        SqlitePool::connect_with(options)
            .await
            .expect("a writable folder")
    }
}

impl Database for Sqlite {
    type Store = SqliteStore;

    fn store(&self) -> SqliteStore {
        SqliteStore::new(self.pool.clone())
    }

    async fn data(&self, key: &str) -> Vec<u8> {
        let data = query_scalar("select data from tower_sessions where id = ?").bind(key);
        data.fetch_one(&self.pool).await.expect("a row")
    }

    async fn set_data(&self, key: &str, data: &[u8]) {
        let update = query("update tower_sessions set data = ? where id = ?")
            .bind(data)
            .bind(key);
        let done = update.execute(&self.pool).await.expect("a table");
        assert_eq!(done.rows_affected(), 1);
    }

    async fn rows(&self) -> i64 {
        let count = query_scalar("select count(*) from tower_sessions");
        count.fetch_one(&self.pool).await.expect("a table")
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // Leftover files are in cargo's directory for temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// V-01, V-04, V-05
#[tokio::test]
async fn every_rule_is_kept() {
    database::every_rule_is_kept(&Sqlite::start().await).await;
}

/// V-02
#[tokio::test]
async fn garbage_in_the_table_is_an_error() {
    let sqlite = Sqlite::start().await;
    database::garbage_is_an_error(&sqlite).await;
    database::a_changed_byte_is_no_panic(&sqlite).await;
    database::a_foreign_record_is_an_error(&sqlite).await;
}

/// V-05
#[tokio::test]
async fn expired_rows_are_deleted_on_request() {
    let sqlite = Sqlite::start().await;
    database::expired_rows_are_deleted_on_request(&sqlite).await;
    database::any_time_can_be_kept(&sqlite).await;
}

/// V-04
#[tokio::test]
async fn on_two_instances_the_later_save_wins_and_restores_a_deleted_record() {
    let sqlite = Sqlite::start().await;
    two_callers::the_later_of_two_instances_wins(sqlite.store()).await;
    let restored = two_callers::saved_during_a_deletion(sqlite.store()).await;
    assert_eq!(restored, Some((2, "one".to_owned())));
}

/// V-03
#[tokio::test]
async fn a_database_that_is_locked_is_an_error_and_works_afterwards() {
    let sqlite = Sqlite::start().await;
    let waits_for_nothing = Sqlite::connect(&sqlite.folder, Duration::ZERO).await;
    let store = TowerSessionsStore::new(SqliteStore::new(waits_for_nothing));
    let id = session_id(1);
    assert!(Sessions(&store).save(&id, None, "kept").await);
    let mut lock = sqlite.pool.acquire().await.expect("a database");
    query("begin exclusive")
        .execute(&mut *lock)
        .await
        .expect("no other transaction");

    let locked = "error returned from database: (code: 5) database is locked";
    assert_eq!(errors(&store).await, [locked; 3]);

    query("rollback")
        .execute(&mut *lock)
        .await
        .expect("a transaction");
    let record = Sessions(&store).load(&id).await;
    assert_eq!(record, Some((1, "kept".to_owned())));
}

/// V-03
#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_names_it() {
    let sqlite = Sqlite::start().await;
    let store = sqlite.store().with_table_name("absent").expect("a name");

    for error in errors(&TowerSessionsStore::new(store)).await {
        assert!(error.contains("no such table: absent"), "{error}");
    }
}

/// V-06
#[tokio::test]
async fn a_session_larger_than_cookies_is_the_same_on_two_instances() {
    let sqlite = Sqlite::start().await;
    sign_in::a_session_larger_than_cookies_is_on_two_instances(&sqlite.store()).await;
    assert_eq!(sqlite.rows().await, 0);
}
