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

use super::database::Database;
use super::errors;

/// A database in a folder that is deleted at the end of the test.
pub(super) struct Sqlite {
    folder: PathBuf,
    pool: SqlitePool,
}

impl Sqlite {
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

    const NO_TABLE: &str = "no such table: absent";

    async fn start() -> Self {
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

    fn store(&self) -> SqliteStore {
        SqliteStore::new(self.pool.clone())
    }

    fn store_without_table(&self) -> SqliteStore {
        self.store().with_table_name("absent").expect("a name")
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
