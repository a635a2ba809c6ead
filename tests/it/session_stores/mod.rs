//! Sessions in the stores of tower-sessions.

#[cfg(feature = "interop")]
mod database;
#[cfg(feature = "interop")]
mod each_database;
mod given_up;
#[cfg(feature = "interop")]
mod postgres;
#[cfg(feature = "interop")]
mod postgres_server;
#[cfg(feature = "interop")]
mod readme;
mod sample;
mod sign_in;
#[cfg(feature = "interop")]
mod sqlite;
mod two_callers;

use tower_oidc::{SaveRequest, SessionStore as _};
use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::TestClock;
use tower_oidc_tests::session_store_contract::{
    HOUR, Sessions, forgets_what_has_expired, keeps_the_rules, loses_no_change, session_id,
};

use self::sample::SampleStore;

/// Why a store did not answer.
async fn errors(store: &impl tower_oidc::SessionStore) -> [String; 3] {
    let id = session_id(1);
    let request = SaveRequest::new(&*id, None, "value", HOUR);
    [
        store.load(id.clone()).await.map(drop),
        store.save(request).await.map(drop),
        store.delete(id).await,
    ]
    .map(|result| {
        result
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    })
}

/// V-01, V-04, V-05
#[tokio::test]
async fn a_store_of_tower_sessions_keeps_every_rule() {
    let clock = TestClock::new();
    let store = TowerSessionsStore::new(SampleStore::default()).clock(clock.clone());

    keeps_the_rules(&store).await;
    forgets_what_has_expired(&store, |time| clock.advance(time)).await;
    loses_no_change(&store, 64).await;
}

/// V-05
#[tokio::test]
async fn a_record_that_has_expired_and_is_still_in_the_table_makes_room() {
    let sample = SampleStore::default();
    let store = TowerSessionsStore::new(sample.clone());
    let id = session_id(1);
    assert!(Sessions(&store).save(&id, None, "old").await);

    sample.hide();

    assert!(Sessions(&store).save(&id, None, "new").await);
    let records = sample.records();
    assert_eq!(records.len(), 1);
    let record = records.values().next().expect("a record");
    assert_eq!(record.data["sealed"], "new");
}

/// V-03
#[tokio::test]
async fn the_error_of_a_store_names_no_url_and_no_password_and_passes() {
    let sample = SampleStore::default();
    let store = TowerSessionsStore::new(sample.clone());

    sample.fail(Some(
        "no connection to postgres://app:canary@db/app password=canary",
    ));
    assert_eq!(errors(&store).await, ["no connection to … …"; 3]);
    sample.fail(None);
    keeps_the_rules(&store).await;
}

/// V-01
#[tokio::test]
async fn an_id_that_names_no_session_is_an_error() {
    let store = TowerSessionsStore::new(SampleStore::default());
    let request = SaveRequest::new("a", None, "value", HOUR);

    assert!(store.load("a".to_owned()).await.is_err());
    assert!(store.save(request).await.is_err());
    assert!(store.delete("a".to_owned()).await.is_err());
}

/// L-01
#[test]
fn debug_shows_nothing_of_the_store() {
    let sample = SampleStore::default();
    sample.fail(Some("canary"));

    let shown = format!("{:?}", TowerSessionsStore::new(sample));

    assert_eq!(shown, "TowerSessionsStore { .. }");
}
