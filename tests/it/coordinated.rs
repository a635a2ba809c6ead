//! Machines that share a coordinator refresh, and end, as one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use relying_party::BoxFuture;
use tokio::sync::Semaphore;
use tower_oidc::{CoordinatorError, RefreshCoordinator};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{Machine, ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, token};

type Acquired = Result<Option<Vec<u8>>, CoordinatorError>;
type Successor = Option<(Vec<u8>, Duration)>;

/// What a key-value store does for several processes.
#[derive(Clone, Debug, Default)]
struct InMemory(Arc<Mutex<HashMap<String, Entry>>>);

#[derive(Clone, Debug)]
struct Entry {
    lock: Arc<Semaphore>,
    successor: Option<Vec<u8>>,
}

impl InMemory {
    fn with<T>(&self, family: &str, work: impl FnOnce(&mut Entry) -> T) -> T {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(family.to_owned()).or_insert_with(|| Entry {
            lock: Arc::new(Semaphore::new(1)),
            successor: None,
        });
        work(entry)
    }

    fn is_locked(&self) -> bool {
        let entries = self.entries();
        entries
            .iter()
            .any(|(_, it)| it.lock.available_permits() == 0)
    }

    fn entries(&self) -> Vec<(String, Entry)> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.clone().into_iter().collect()
    }
}

impl RefreshCoordinator for InMemory {
    fn acquire(&self, family: String, _: Duration) -> BoxFuture<Acquired> {
        let store = self.clone();
        Box::pin(async move {
            let lock = store.with(&family, |entry| Arc::clone(&entry.lock));
            lock.acquire().await.expect("never closed").forget();
            Ok(store.with(&family, |entry| entry.successor.clone()))
        })
    }

    fn release(&self, family: String, successor: Successor) -> BoxFuture<()> {
        let store = self.clone();
        Box::pin(async move {
            store.with(&family, |entry| {
                if let Some((sealed, _)) = successor {
                    entry.successor = Some(sealed);
                }
                entry.lock.add_permits(1);
            });
        })
    }
}

/// One whose code is wrong: at once, or while it works.
#[derive(Debug)]
struct Panics {
    at_once: bool,
}

impl RefreshCoordinator for Panics {
    fn acquire(&self, _: String, _: Duration) -> BoxFuture<Acquired> {
        assert!(!self.at_once, "a mistake of the application's");
        Box::pin(async { panic!("a mistake of the application's") })
    }

    fn release(&self, _: String, _: Successor) -> BoxFuture<()> {
        panic!("nothing was acquired");
    }
}

/// One whose store is down.
#[derive(Debug)]
struct Down;

impl RefreshCoordinator for Down {
    fn acquire(&self, _: String, _: Duration) -> BoxFuture<Acquired> {
        Box::pin(async { Err(CoordinatorError::new("no connection")) })
    }

    fn release(&self, _: String, _: Successor) -> BoxFuture<()> {
        panic!("nothing was acquired");
    }
}

async fn two_machines(coordinator: &InMemory) -> (App, Machine) {
    let app = App::with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let other = app.another_machine(|auth| auth.refresh_coordinator(coordinator.clone()));
    let other = other.await;
    (app, other)
}

#[tokio::test]
async fn machines_that_share_a_coordinator_refresh_as_one() {
    let coordinator = InMemory::default();
    let (app, other) = two_machines(&coordinator).await;
    let (here, there) = app.two_browsers(&other).await;
    for round in 1..=3 {
        app.clock.advance(EXPIRY);
        let held = app.provider.hold_token_requests();
        let (here, there) = (here.clone(), there.clone());
        let answers = tokio::spawn(async move {
            tokio::join!(at_once(16, &here, "/token"), at_once(16, &there, "/token"))
        });
        held.wait_for(1).await;
        held.release();

        let (here, there) = answers.await.unwrap();

        assert!(
            here.iter()
                .chain(&there)
                .all(|it| it["token"] == here[0]["token"])
        );
        assert_eq!(app.provider.refreshes().len(), round);
    }
    // What is shared tells nobody who it is or what it holds.
    let entries = coordinator.entries();
    assert_eq!(entries.len(), 1);
    let newest = token(&here).await;
    let (family, entry) = &entries[0];
    let sealed = String::from_utf8(entry.successor.clone().unwrap()).unwrap();
    assert_eq!(family.len(), 43);
    for secret in [newest.as_str().unwrap(), "alice"] {
        assert!(!sealed.contains(secret) && !family.contains(secret));
    }
}

/// A store that answers with what somebody else put there.
#[tokio::test]
async fn a_forged_successor_is_ignored() {
    let coordinator = InMemory::default();
    let app = App::with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/refresh").await;
    let (family, _) = coordinator.entries().remove(0);
    for forged in [b"".to_vec(), b"forged".to_vec(), vec![0xff; 4_000]] {
        coordinator.with(&family, |entry| entry.successor = Some(forged));

        assert_eq!(answer(&browser, "/refresh").await["sub"], "alice");
    }
}

/// A lock that cannot be had must not be worse than none.
async fn refreshes_once_all_the_same(coordinator: impl RefreshCoordinator) {
    let app = App::with(|auth| auth.refresh_coordinator(coordinator)).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);

    let answers = at_once(16, &browser, "/token").await;

    assert!(answers.iter().all(|it| it["token"] == answers[0]["token"]));
    assert_eq!(app.provider.refreshes().len(), 1);
}

#[tokio::test]
async fn a_coordinator_that_fails_changes_nothing() {
    refreshes_once_all_the_same(Down).await;
}

#[tokio::test]
async fn a_coordinator_that_panics_changes_nothing() {
    for at_once in [false, true] {
        refreshes_once_all_the_same(Panics { at_once }).await;
    }
}

/// N-04: the machine that the user signs out at has an older refresh token.
#[tokio::test]
async fn a_sign_out_revokes_what_another_machine_made_of_the_session() {
    let coordinator = InMemory::default();
    let (app, other) = two_machines(&coordinator).await;
    let (here, there) = app.two_browsers(&other).await;
    answer(&there, "/refresh").await;
    let presented = app.provider.refreshes().remove(0);

    let button = Request::navigation(&url("/auth/sign-out"));
    here.step(&button.from(ORIGIN).method(Method::POST)).await;

    let revoked = app.provider.revocations();
    assert_eq!(revoked.len(), 1);
    let revoked = revoked[0].parameter("token").expect("RFC 7009");
    assert_ne!(Some(revoked), presented.parameter("refresh_token"));
    assert!(!coordinator.is_locked());
}
