//! Two requests that change one session at the same time, on one instance and on two.

use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::Gate;
use tower_oidc_tests::session_store_contract::{Sessions, session_id};
use tower_sessions_core::SessionStore;

use super::sample::{SampleStore, SlowSave};

/// An instance whose saves wait at the gate, and its gate.
pub(super) fn slow<S: SessionStore + Clone>(store: S) -> (TowerSessionsStore<SlowSave<S>>, Gate) {
    let gate = Gate::new();
    let store = TowerSessionsStore::new(SlowSave(store, gate.clone()));
    (store, gate)
}

/// Two instances compare the same version before either of them writes.
pub(super) async fn the_later_of_two_instances_wins<S: SessionStore + Clone>(store: S) {
    let id = session_id(30);
    let ((one, gate), other) = (slow(store.clone()), TowerSessionsStore::new(store));
    assert!(Sessions(&one).save(&id, None, "first").await);

    let late = Sessions(&one).save(&id, Some(1), "one");
    let meanwhile = async {
        gate.entered().await;
        let saved = Sessions(&other).save(&id, Some(1), "other").await;
        gate.open();
        saved
    };

    assert_eq!(tokio::join!(late, meanwhile), (true, true));
    assert_eq!(
        Sessions(&other).load(&id).await,
        Some((2, "one".to_owned()))
    );
}

/// What the other instance finds if a session ends there while this one saves it.
pub(super) async fn saved_during_a_deletion<S: SessionStore + Clone>(
    store: S,
) -> Option<(u64, String)> {
    let id = session_id(31);
    let ((one, gate), other) = (slow(store.clone()), TowerSessionsStore::new(store));
    assert!(Sessions(&one).save(&id, None, "first").await);

    let late = Sessions(&one).save(&id, Some(1), "one");
    let meanwhile = async {
        gate.entered().await;
        Sessions(&other).delete(&id).await;
        gate.open();
    };

    tokio::join!(late, meanwhile);
    Sessions(&other).load(&id).await
}

/// V-04
#[tokio::test]
async fn on_two_instances_the_later_save_wins() {
    the_later_of_two_instances_wins(SampleStore::default()).await;
}

/// V-04
#[tokio::test]
async fn on_two_instances_a_save_can_restore_a_deleted_record_unless_the_store_prevents_it() {
    let restored = saved_during_a_deletion(SampleStore::like_sql()).await;

    assert_eq!(restored, Some((2, "one".to_owned())));
    assert_eq!(saved_during_a_deletion(SampleStore::default()).await, None);
}

/// V-04
#[tokio::test]
async fn on_one_instance_the_later_save_is_a_conflict() {
    let (id, (store, gate)) = (session_id(1), slow(SampleStore::default()));
    let clone = store.clone();
    assert!(Sessions(&store).save(&id, None, "first").await);

    let early = Sessions(&store).save(&id, Some(1), "early");
    let late = async {
        gate.entered().await;
        gate.open();
        // A second save that comes as far as the gate does not wait there.
        gate.open();
        Sessions(&clone).save(&id, Some(1), "late").await
    };

    assert_eq!(tokio::join!(early, late), (true, false));
    assert_eq!(
        Sessions(&store).load(&id).await,
        Some((2, "early".to_owned()))
    );
}

/// V-04
#[tokio::test]
async fn on_one_instance_a_save_does_not_restore_a_deleted_record() {
    let (id, (store, gate)) = (session_id(1), slow(SampleStore::like_sql()));
    let clone = store.clone();
    assert!(Sessions(&store).save(&id, None, "first").await);

    let save = Sessions(&store).save(&id, Some(1), "late");
    let delete = async {
        gate.entered().await;
        let delete = Sessions(&clone).delete(&id);
        let open = async {
            // Without the lock, the deletion would be over by now.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        tokio::join!(delete, open);
    };

    tokio::join!(save, delete);
    assert_eq!(Sessions(&store).load(&id).await, None);
}
