//! What applies to every database: each test runs on SQLite and on PostgreSQL.

use std::time::Duration;

use tower_oidc::{SaveRequest, SessionStore as _};
use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::TestClock;
use tower_oidc_tests::session_store_contract::{
    HOUR, Sessions, forgets_what_has_expired, keeps_the_rules, loses_no_change, session_id,
};
use tower_sessions_core::session::Record;
use tower_sessions_core::{ExpiredDeletion as _, SessionStore as _};
use tower_sessions_sqlx_store::sqlx::types::time::OffsetDateTime;

use super::database::{Database, id};
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{errors, sign_in, two_callers};

fn now() -> OffsetDateTime {
    TestClock::starting_now().now().into()
}

async fn keeps_every_rule(database: &impl Database) {
    let clock = TestClock::starting_now();
    let store = TowerSessionsStore::new(database.store()).clock(clock.clone());

    keeps_the_rules(&store).await;
    forgets_what_has_expired(&store, |time| clock.advance(time)).await;
    loses_no_change(&store, 64).await;
}

/// Another data, whatever it is, is an error, which does not repeat the data.
async fn garbage_is_an_error(database: &impl Database) {
    let store = TowerSessionsStore::new(database.store());
    let (session, other) = (session_id(20), session_id(21));
    let key = id(&session).to_string();
    assert!(Sessions(&store).save(&session, None, "canary").await);
    assert!(Sessions(&store).save(&other, None, "canary").await);
    let written = database.data(&key).await;
    let fails = async |data: &[u8]| {
        database.set_data(&key, data).await;
        let loaded = store.load(session.clone()).await;
        let error = loaded.expect_err("not our record").to_string();
        assert!(
            error.contains(&format!("the record {key} in the session store is damaged")),
            "{error}"
        );
        assert!(!error.contains("canary"), "{error}");
        let request = SaveRequest::new(&*session, Some(1), "new", HOUR);
        store
            .save(request)
            .await
            .expect_err("no version to compare");
    };

    for length in 0..written.len() {
        fails(&written[..length]).await;
    }
    for data in [
        &b"\xc1"[..],
        &[0xff; 1000],
        &[0x92; 50_000],
        b"{\"version\":1}",
    ] {
        fails(data).await;
    }
    fails(&database.data(&id(&other).to_string()).await).await;

    database.set_data(&key, &written).await;
    let record = Sessions(&store).load(&session).await;
    assert_eq!(record, Some((1, "canary".to_owned())));
}

/// No byte that somebody changes makes a panic. What can still be read is protected by its seal.
async fn a_changed_byte_is_no_panic(database: &impl Database) {
    let store = TowerSessionsStore::new(database.store());
    let session = session_id(22);
    let key = id(&session).to_string();
    assert!(Sessions(&store).save(&session, None, "value").await);
    let written = database.data(&key).await;

    for index in 0..written.len() {
        let mut data = written.clone();
        data[index] ^= 0x81;
        database.set_data(&key, &data).await;
        let _any = store.load(session.clone()).await;
    }
}

/// The record of an application that uses the same table.
async fn a_foreign_record_is_an_error(database: &impl Database) {
    let (store, session) = (database.store(), session_id(23));
    let data = [("user".to_owned(), "canary".into())].into();
    let expiry_date = now() + HOUR;
    let id = id(&session);
    let foreign = Record {
        id,
        data,
        expiry_date,
    };
    store.save(&foreign).await.expect("a database");

    let loaded = TowerSessionsStore::new(store).load(session).await;

    let error = loaded.expect_err("not our session").to_string();
    assert!(error.contains("another program wrote it"), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

/// Expired rows are not found, and the store's own task deletes them and no others.
async fn deletes_expired_rows_on_request(database: &impl Database) {
    let hours_ago = TestClock::at(TestClock::starting_now().now() - 3 * HOUR);
    let past = TowerSessionsStore::new(database.store()).clock(hours_ago);
    let store = TowerSessionsStore::new(database.store());
    assert!(Sessions(&past).save(&session_id(24), None, "old").await);
    assert!(Sessions(&store).save(&session_id(25), None, "new").await);

    assert_eq!(Sessions(&store).load(&session_id(24)).await, None);
    assert_eq!(database.rows().await, 2);
    database.store().delete_expired().await.expect("a database");
    assert_eq!(database.rows().await, 1);
    let kept = Sessions(&store).load(&session_id(25)).await;
    assert_eq!(kept, Some((1, "new".to_owned())));
}

/// The longest time that the layer could ask for is one that the database can write.
async fn any_time_can_be_kept(database: &impl Database) {
    let store = TowerSessionsStore::new(database.store());
    for (number, keep_for) in [(26, Duration::MAX), (27, 400 * 24 * HOUR)] {
        let request = SaveRequest::new(session_id(number), None, "value", keep_for);
        store.save(request).await.expect("a database");
        let record = Sessions(&store).load(&session_id(number)).await;
        assert!(record.is_some(), "{keep_for:?}");
    }
}

async fn names_the_table_that_is_not_there<D: Database>(database: &D) {
    let store = TowerSessionsStore::new(database.store_without_table());
    for error in errors(&store).await {
        assert!(error.contains(D::NO_TABLE), "{error}");
    }
}

async fn lets_the_later_of_two_instances_win(database: &impl Database) {
    two_callers::the_later_of_two_instances_wins(database.store()).await;
    let restored = two_callers::saved_during_a_deletion(database.store()).await;
    assert_eq!(restored, Some((2, "one".to_owned())));
}

async fn keeps_a_session_larger_than_cookies(database: &impl Database) {
    sign_in::a_session_larger_than_cookies_is_on_two_instances(&database.store()).await;
    assert_eq!(database.rows().await, 0);
}

/// V-01, V-04, V-05
#[tokio::test]
async fn every_rule_is_kept() {
    keeps_every_rule(&Sqlite::start().await).await;
    keeps_every_rule(&Postgres::start().await).await;
}

/// V-02
#[tokio::test]
async fn garbage_in_the_table_is_an_error() {
    async fn on(database: &impl Database) {
        garbage_is_an_error(database).await;
        a_changed_byte_is_no_panic(database).await;
        a_foreign_record_is_an_error(database).await;
    }
    on(&Sqlite::start().await).await;
    on(&Postgres::start().await).await;
}

/// V-03
#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_names_it() {
    names_the_table_that_is_not_there(&Sqlite::start().await).await;
    names_the_table_that_is_not_there(&Postgres::start().await).await;
}

/// V-04
#[tokio::test]
async fn on_two_instances_the_later_save_wins_and_restores_a_deleted_record() {
    lets_the_later_of_two_instances_win(&Sqlite::start().await).await;
    lets_the_later_of_two_instances_win(&Postgres::start().await).await;
}

/// V-05
#[tokio::test]
async fn expired_rows_are_deleted_on_request() {
    async fn on(database: &impl Database) {
        deletes_expired_rows_on_request(database).await;
        any_time_can_be_kept(database).await;
    }
    on(&Sqlite::start().await).await;
    on(&Postgres::start().await).await;
}

/// V-06
#[tokio::test]
async fn a_session_larger_than_cookies_is_the_same_on_two_instances() {
    keeps_a_session_larger_than_cookies(&Sqlite::start().await).await;
    keeps_a_session_larger_than_cookies(&Postgres::start().await).await;
}
