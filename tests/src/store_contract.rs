//! The rules of [`RevocationStore`] and [`RefreshCoordinator`], for every store that is tested.
//!
//! `pass` lets some time pass: it moves the store's clock, or returns at once if the store follows the real time.

use std::time::Duration;

use tokio::task::JoinSet;
use tower_oidc::{
    LockOutcome, LockRequest, RefreshCoordinator, Revocation, RevocationStore, StoredSession,
    UnlockRequest,
};

const HOUR: Duration = Duration::from_secs(3600);
/// Real stores need some milliseconds for the first questions.
const SOON: Duration = Duration::from_millis(500);

const TASKS: usize = 64;

/// A name of 43 characters, as the layer makes them.
fn name(text: &str) -> String {
    format!("{text:-<43}")
}

async fn revoke(store: &impl RevocationStore, key: &str, time: u64, keep_for: Duration) -> bool {
    let revocation = Revocation::new(name(key), time, keep_for);
    store.revoke(revocation).await.expect("an answer")
}

async fn times<const N: usize>(store: &impl RevocationStore, keys: [&str; N]) -> [Option<u64>; N] {
    let found = store.find(keys.map(name).to_vec()).await;
    let found = found.expect("an answer").try_into();
    found.expect("as many times as keys")
}

/// Every rule of [`RevocationStore`].
pub async fn revocation_store(store: impl RevocationStore + Clone, pass: impl AsyncFn(Duration)) {
    assert_eq!(times(&store, []).await, []);
    assert_eq!(times(&store, ["a", "b"]).await, [None, None]);

    // The greater time counts, and the first who records it learns that it is new.
    assert!(revoke(&store, "a", 9, HOUR).await);
    assert!(!revoke(&store, "a", 9, HOUR).await);
    assert!(!revoke(&store, "a", 8, HOUR).await);
    assert!(revoke(&store, "a", 10, HOUR).await);
    assert!(revoke(&store, "b", 0, HOUR).await);
    assert!(revoke(&store, "c", u64::MAX - 1, HOUR).await);
    assert!(revoke(&store, "c", u64::MAX, HOUR).await);
    assert!(!revoke(&store, "c", u64::MAX - 1, HOUR).await);
    assert_eq!(
        times(&store, ["c", "none", "a", "b", "a"]).await,
        [Some(u64::MAX), None, Some(10), Some(0), Some(10)]
    );
    let names: Vec<_> = (0..70)
        .map(|number| name(&format!("many-{number}")))
        .collect();
    assert_eq!(store.find(names).await.expect("an answer"), [None; 70]);

    let at_once = |store| async move { revoke(&store, "at-once", 1, HOUR).await };
    let results = all(&store, at_once).await;
    assert_eq!(results.iter().filter(|&&is_new| is_new).count(), 1);

    // The later end counts, with whatever time it came.
    revoke(&store, "short", 5, SOON).await;
    revoke(&store, "longer", 5, SOON).await;
    revoke(&store, "longer", 4, HOUR).await;
    revoke(&store, "long", 5, HOUR).await;
    revoke(&store, "long", 6, SOON).await;
    while times(&store, ["short"]).await != [None] {
        pass(SOON).await;
    }
    assert_eq!(times(&store, ["longer", "long"]).await, [Some(5), Some(6)]);
    assert!(revoke(&store, "short", 5, HOUR).await);
}

/// Asks for the lock; `Err` if another holds it.
async fn lock(
    coordinator: &impl RefreshCoordinator,
    key: &str,
    owner: &str,
    lock_for: Duration,
) -> Result<Option<Vec<u8>>, ()> {
    let request = LockRequest::new(name(key), owner, lock_for);
    match coordinator.lock(request).await.expect("an answer") {
        LockOutcome::Taken { stored } => Ok(stored),
        LockOutcome::HeldByAnother => Err(()),
        outcome => panic!("{outcome:?}"),
    }
}

async fn unlock(
    coordinator: &impl RefreshCoordinator,
    key: &str,
    owner: &str,
    session: Option<(&[u8], Duration)>,
) {
    let session = session.map(|(value, keep_for)| StoredSession::new(value, keep_for));
    let request = UnlockRequest::new(name(key), owner, session);
    let result = coordinator.store_and_unlock(request).await;
    result.expect("an answer");
}

/// Every rule of [`RefreshCoordinator`].
pub async fn refresh_coordinator(
    coordinator: impl RefreshCoordinator + Clone,
    pass: impl AsyncFn(Duration),
) {
    let store = &coordinator;
    assert_eq!(lock(store, "a", "first", HOUR).await, Ok(None));
    assert_eq!(lock(store, "a", "second", HOUR).await, Err(()));
    assert_eq!(lock(store, "b", "second", HOUR).await, Ok(None));

    // Only its holder releases a lock.
    unlock(store, "a", "second", None).await;
    assert_eq!(lock(store, "a", "third", HOUR).await, Err(()));
    let value: &[u8] = &[0, 255, b':'];
    unlock(store, "a", "first", Some((value, HOUR))).await;
    assert_eq!(
        lock(store, "a", "third", HOUR).await,
        Ok(Some(value.to_vec()))
    );

    // Without a session the stored value stays unchanged; an empty one is a value.
    unlock(store, "a", "third", None).await;
    assert_eq!(
        lock(store, "a", "fourth", HOUR).await,
        Ok(Some(value.to_vec()))
    );
    unlock(store, "a", "fourth", Some((b"", HOUR))).await;
    assert_eq!(lock(store, "a", "fifth", HOUR).await, Ok(Some(Vec::new())));

    let at_once = |store: (usize, _)| async move {
        let (number, store) = store;
        lock(&store, "at-once", &format!("owner-{number}"), HOUR)
            .await
            .is_ok()
    };
    let numbered = (0..TASKS).map(|number| (number, coordinator.clone()));
    let taken: Vec<bool> = numbered
        .map(at_once)
        .collect::<JoinSet<_>>()
        .join_all()
        .await;
    assert_eq!(taken.into_iter().filter(|&is_taken| is_taken).count(), 1);

    // A lock expires, and the holder that comes too late releases no other's.
    assert_eq!(lock(store, "expires", "slow", SOON).await, Ok(None));
    while lock(store, "expires", "quick", HOUR).await.is_err() {
        pass(SOON).await;
    }
    unlock(store, "expires", "slow", Some((b"late", SOON))).await;
    assert_eq!(lock(store, "expires", "third", HOUR).await, Err(()));
    unlock(store, "expires", "quick", None).await;
    // And so does a value.
    loop {
        let stored = lock(store, "expires", "reader", HOUR)
            .await
            .expect("a free lock");
        unlock(store, "expires", "reader", None).await;
        match stored {
            Some(value) => assert_eq!(value, b"late"),
            None => break,
        }
        pass(SOON).await;
    }
}

/// Runs this with many tasks at the same time.
async fn all<S: Clone, F>(store: &S, run: impl Fn(S) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let tasks = (0..TASKS).map(|_| run(store.clone()));
    tasks.collect::<JoinSet<_>>().join_all().await
}
