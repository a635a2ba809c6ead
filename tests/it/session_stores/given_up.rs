//! Calls whose caller stops waiting, as the layer does at its time limit, while the database still works on them.

use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use tokio::task::{unconstrained, yield_now};
use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::Gate;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};

use super::sample::{SampleStore, SlowSave};
use super::two_callers::slow;

type Store = TowerSessionsStore<SlowSave<SampleStore>>;

/// Starts a call, and gives it up where it waits first.
fn give_up(call: impl Future) {
    // Tokio would make a task wait that starts many calls.
    let started = pin!(unconstrained(call)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(started.is_pending(), "the call does not wait");
}

/// A store with a session, whose second version the database still has to write although nobody waits for it.
async fn save_given_up(sample: &SampleStore, id: &str) -> (Store, Gate) {
    let (store, gate) = slow(sample.clone());
    let sessions = Sessions(&store);
    assert!(sessions.save(id, None, "first").await);
    let mut save = Box::pin(sessions.save(id, Some(1), "given up"));
    run_until(gate.entered(), save.as_mut()).await;
    drop(save);
    (store, gate)
}

/// Lets the database execute what it has begun.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

/// Runs a call until something happens that comes before its end.
async fn run_until(event: impl Future<Output = ()>, call: Pin<&mut impl Future>) {
    tokio::select! {
        () = event => {}
        _ = call => panic!("the call has ended already"),
    }
}

/// V-04
#[tokio::test]
async fn a_deletion_comes_after_a_save_that_was_given_up() {
    let id = session_id(1);
    let (store, gate) = save_given_up(&SampleStore::like_sql(), &id).await;
    let sessions = Sessions(&store);

    let deleted = sessions.delete(&id);
    tokio::join!(deleted, async { gate.open() });
    settle().await;

    assert_eq!(sessions.load(&id).await, None);
}

/// V-04
#[tokio::test]
async fn a_save_comes_after_one_that_was_given_up_and_sees_its_version() {
    let id = session_id(1);
    let (store, gate) = save_given_up(&SampleStore::like_sql(), &id).await;
    let sessions = Sessions(&store);

    let saved = sessions.save(&id, Some(1), "later");
    let (is_saved, ()) = tokio::join!(saved, async { gate.open() });
    settle().await;

    assert!(!is_saved);
    let stored = Some((2, "given up".to_owned()));
    assert_eq!(sessions.load(&id).await, stored);
}

/// V-04
#[tokio::test]
async fn a_deletion_that_was_given_up_is_still_done() {
    let id = session_id(1);
    let (store, gate) = save_given_up(&SampleStore::like_sql(), &id).await;
    let sessions = Sessions(&store);

    give_up(sessions.delete(&id));
    yield_now().await;
    // It waits for the deletion, and would otherwise find the version that it expects.
    let saved = sessions.save(&id, Some(2), "restored");
    let (is_restored, ()) = tokio::join!(saved, async { gate.open() });

    assert!(!is_restored);
    assert_eq!(sessions.load(&id).await, None);
}

/// V-04
#[tokio::test]
async fn a_save_that_was_given_up_before_its_turn_does_not_happen() {
    let id = session_id(1);
    let (store, gate) = save_given_up(&SampleStore::like_sql(), &id).await;
    let sessions = Sessions(&store);

    for _ in 0..1000 {
        give_up(sessions.save(&id, Some(2), "too late"));
    }
    gate.open();

    assert!(!sessions.save(&id, None, "waits for the others").await);
    let stored = Some((2, "given up".to_owned()));
    assert_eq!(sessions.load(&id).await, stored);
}

/// V-04
#[tokio::test]
async fn a_thousand_deletions_wait_for_a_database_that_hangs_and_no_more() {
    let (id, sample) = (session_id(0), SampleStore::like_sql());
    let (store, gate) = save_given_up(&sample, &id).await;
    // These ids begin with the same characters, so they share a lock.
    let others = || (1..=1001).map(session_id);
    for other in others() {
        let plain = TowerSessionsStore::new(sample.clone());
        assert!(Sessions(&plain).save(&other, None, "another").await);
    }

    for other in others() {
        give_up(Sessions(&store).delete(&other));
    }
    // The last one of all.
    let deleted = Sessions(&store).delete(&id);
    tokio::join!(deleted, async { gate.open() });

    assert_eq!(sample.records().len(), 1);
}
