//! Instances that share a coordinator refresh and end sessions together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relying_party::BoxFuture;
use tower_oidc::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoredSession, UnlockRequest,
};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{Instance, url};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, fetch, sign_out, token};

type Locked = Result<LockOutcome, CoordinatorError>;
type Unlocked = Result<(), CoordinatorError>;

/// What a key-value store does for several instances.
#[derive(Clone, Debug, Default)]
pub(crate) struct InMemory(Arc<Mutex<HashMap<String, Entry>>>);

#[derive(Clone, Debug, Default)]
struct Entry {
    owner: Option<String>,
    stored: Option<StoredSession>,
}

impl InMemory {
    fn is_locked(&self) -> bool {
        self.entries().values().any(|entry| entry.owner.is_some())
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefreshCoordinator for InMemory {
    fn lock(&self, request: LockRequest) -> BoxFuture<Locked> {
        let mut entries = self.entries();
        let entry = entries.entry(request.key).or_default();
        let outcome = if entry.owner.is_some() {
            LockOutcome::HeldByAnother
        } else {
            entry.owner = Some(request.owner);
            LockOutcome::Taken {
                stored: entry.stored.clone().map(|session| session.value),
            }
        };
        Box::pin(async { Ok(outcome) })
    }

    fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Unlocked> {
        let mut entries = self.entries();
        let entry = entries.entry(request.key).or_default();
        if request.session.is_some() {
            entry.stored = request.session;
        }
        if entry.owner == Some(request.owner) {
            entry.owner = None;
        }
        Box::pin(async { Ok(()) })
    }
}

/// A faulty implementation: it panics at once, or while it works.
#[derive(Debug)]
struct Panics {
    at_once: bool,
}

impl RefreshCoordinator for Panics {
    fn lock(&self, _: LockRequest) -> BoxFuture<Locked> {
        assert!(!self.at_once, "a mistake in the application");
        Box::pin(async { panic!("a mistake in the application") })
    }

    fn store_and_unlock(&self, _: UnlockRequest) -> BoxFuture<Unlocked> {
        panic!("nothing was locked");
    }
}

/// A coordinator whose store is down.
#[derive(Debug)]
struct Down;

impl RefreshCoordinator for Down {
    fn lock(&self, _: LockRequest) -> BoxFuture<Locked> {
        Box::pin(async { Err(CoordinatorError::new("no connection")) })
    }

    fn store_and_unlock(&self, _: UnlockRequest) -> BoxFuture<Unlocked> {
        panic!("nothing was locked");
    }
}

async fn two_instances(coordinator: &InMemory) -> (App, Instance) {
    let app = App::with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let other = app.another_instance(|auth| auth.refresh_coordinator(coordinator.clone()));
    let other = other.await;
    (app, other)
}

/// F-02
#[tokio::test]
async fn instances_that_share_a_coordinator_send_one_token_request() {
    let coordinator = InMemory::default();
    let (app, other) = two_instances(&coordinator).await;
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
    // The shared value reveals neither the user nor the tokens.
    let entries = coordinator.entries().clone();
    assert_eq!(entries.len(), 1);
    let newest = token(&here).await;
    let (key, entry) = entries.iter().next().unwrap();
    let stored = entry.stored.clone().unwrap();
    let sealed = String::from_utf8(stored.value).unwrap();
    assert_eq!(key.len(), 43);
    for secret in [newest.as_str().unwrap(), "alice"] {
        assert!(!sealed.contains(secret) && !key.contains(secret));
    }
}

/// A store that returns what somebody else has put there.
#[tokio::test]
async fn a_forged_session_in_the_store_is_ignored() {
    let coordinator = InMemory::default();
    let app = App::with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/refresh").await;
    for forged in [b"".to_vec(), b"forged".to_vec(), vec![0xff; 4_000]] {
        for entry in coordinator.entries().values_mut() {
            entry.stored = Some(StoredSession::new(forged.clone(), EXPIRY));
        }

        assert_eq!(answer(&browser, "/refresh").await["sub"], "alice");
    }
}

/// Nobody loses the session, and the refresh token is sent once.
#[tokio::test]
async fn a_refresh_that_takes_thirty_seconds_does_not_end_the_session() {
    let coordinator = InMemory::default();
    let (app, other) = two_instances(&coordinator).await;
    let (here, there) = app.two_browsers(&other).await;
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let mut visits = Vec::new();
    for browser in [&here, &there] {
        for _ in 0..4 {
            let browser = browser.clone();
            visits.push(tokio::spawn(async move { fetch(&browser, "/token").await }));
        }
        if visits.len() == 4 {
            held.wait_for(1).await;
        }
    }
    // The requests of the other instance have learned that the lock is held.
    while other.auth.drain_for(Duration::ZERO).await {
        tokio::task::yield_now().await;
    }

    timers_advance(Duration::from_secs(11)).await;
    for visit in visits {
        let page = visit.await.unwrap();
        assert_eq!(page.status(), 503, "{}", page.text());
        assert!(page.header("retry-after").is_some());
        assert!(page.last().set_cookies().is_empty());
    }
    // The users stay signed in meanwhile.
    for browser in [&here, &there] {
        assert_eq!(browser.open(&url("/private")).await.text(), "alice");
    }
    timers_advance(Duration::from_secs(19)).await;
    assert_eq!(held.waiting(), 1);
    held.release();
    app.auth.drain().await;
    other.auth.drain().await;
    // The failure was remembered for two seconds.
    app.clock.advance(Duration::from_secs(2));

    let tokens = [token(&here).await, token(&there).await];

    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(app.provider.refreshes().len(), 1);
    assert!(!coordinator.is_locked());
    app.clock.advance(EXPIRY);
    token(&there).await;
    token(&here).await;
    assert_eq!(app.provider.refreshes().len(), 2);
}

/// A lock that is unavailable must not be worse than no lock.
async fn still_refreshes_once(coordinator: impl RefreshCoordinator) {
    let app = App::with(|auth| auth.refresh_coordinator(coordinator)).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);

    let answers = at_once(16, &browser, "/token").await;

    assert!(answers.iter().all(|it| it["token"] == answers[0]["token"]));
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// F-02
#[tokio::test]
async fn a_coordinator_that_fails_changes_nothing() {
    still_refreshes_once(Down).await;
}

/// F-02
#[tokio::test]
async fn a_coordinator_that_panics_changes_nothing() {
    for at_once in [false, true] {
        still_refreshes_once(Panics { at_once }).await;
    }
}

/// N-04: the instance at which the user signs out has an older refresh token.
#[tokio::test]
async fn a_sign_out_revokes_the_tokens_that_another_instance_refreshed() {
    let coordinator = InMemory::default();
    let (app, other) = two_instances(&coordinator).await;
    let (here, there) = app.two_browsers(&other).await;
    answer(&there, "/refresh").await;
    let presented = app.provider.refreshes().remove(0);

    sign_out(&here).await;

    let revoked = app.provider.revocations();
    assert_eq!(revoked.len(), 1);
    let revoked = revoked[0].parameter("token").expect("RFC 7009");
    assert_ne!(Some(revoked), presented.parameter("refresh_token"));
    assert!(!coordinator.is_locked());
}
