//! Machines that share the cookie secret and nothing else, and machines that share a coordinator.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use oidc_dev_provider::Fault;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use tokio::sync::Semaphore;
use tower_oidc::{CoordinatorError, RefreshCoordinator};
use tower_oidc_tests::app::{Machine, sign_in, url};
use tower_oidc_tests::visits::{DUE, EXPIRY, LAST, answer, at_once, fetch, token};
use tower_oidc_tests::{App, Browser};

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

/// The same user's browser, and a copy of its jar that reaches the other machine.
async fn two_browsers(app: &App, other: &Machine) -> (Browser, Browser) {
    let browser = app.signed_in_browser().await;
    let there = browser.thief();
    other.serve(&there);
    (browser, there)
}

/// F-02: the provider takes a refresh token once, and the second machine comes too late.
#[tokio::test]
async fn the_machine_that_loses_the_race_deletes_nothing_and_serves_what_lives() {
    let app = App::start().await;
    let other = app.another_machine(|auth| auth).await;
    let (winner, loser) = two_browsers(&app, &other).await;
    let first = token(&winner).await;
    app.clock.advance(DUE);
    let newest = token(&winner).await;
    assert_ne!(newest, first);

    for _ in 0..5 {
        let page = loser.open(&url("/token")).await;
        assert_eq!(page.json()["token"], first);
        assert!(page.last().set_cookies().is_empty());
    }
    assert_eq!(app.provider.refreshes().len(), 2);
    app.clock.advance(LAST);
    let page = fetch(&loser, "/token").await;
    assert_eq!(page.status(), 401);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(loser.open(&url("/")).await.text(), "alice");

    // The winner's newer cookie works on both machines.
    assert_eq!(token(&winner).await, newest);
    other.serve(&winner);
    assert_eq!(token(&winner).await, newest);
    assert_eq!(app.provider.refreshes().len(), 2);
    assert_eq!(sign_in(&loser).await.text(), "alice");
    answer(&loser, "/refresh").await;
}

/// F-02: what was refused is that refresh token, and not the newer one that the browser brings next.
#[tokio::test]
async fn a_refusal_is_not_remembered_against_the_winners_cookie() {
    let app = App::start().await;
    let other = app.another_machine(|auth| auth).await;
    let (winner, loser) = two_browsers(&app, &other).await;
    app.clock.advance(EXPIRY);
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    assert_eq!(fetch(&loser, "/token").await.status(), 401);
    app.provider.clear_faults();
    token(&winner).await;

    other.serve(&winner);

    answer(&winner, "/refresh").await;
    app.serve(&winner);
    answer(&winner, "/refresh").await;
}

#[tokio::test]
async fn machines_that_share_a_coordinator_refresh_as_one() {
    let coordinator = InMemory::default();
    let app = App::with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let other = app
        .another_machine(|auth| auth.refresh_coordinator(coordinator.clone()))
        .await;
    let (here, there) = two_browsers(&app, &other).await;
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
#[tokio::test]
async fn a_coordinator_that_fails_changes_nothing() {
    let app = App::with(|auth| auth.refresh_coordinator(Down)).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);

    let answers = at_once(16, &browser, "/token").await;

    assert!(answers.iter().all(|it| it["token"] == answers[0]["token"]));
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// The way to the provider, where the refreshes of one refresh token wait, and are refused.
#[derive(Clone, Debug)]
struct Gate {
    client: HyperClient,
    refresh_token: String,
    arrived: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl HttpClient for Gate {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let form = String::from_utf8_lossy(request.body());
        if !form.contains(&self.refresh_token) {
            return self.client.call(request);
        }
        let (arrived, open) = (Arc::clone(&self.arrived), Arc::clone(&self.open));
        Box::pin(async move {
            arrived.add_permits(1);
            let _ = open.acquire().await;
            let refusal = Bytes::from_static(br#"{"error":"invalid_grant"}"#);
            let response = Response::builder().status(400).body(refusal);
            Ok(response.expect("a response"))
        })
    }
}

/// F-02: the loser's request is under way when the winner's newer cookie comes to the same machine.
#[tokio::test]
async fn a_refusal_under_way_is_not_shared_with_the_winners_cookie() {
    let app = App::start().await;
    let winner = app.signed_in_browser().await;
    let loser = winner.thief();
    answer(&winner, "/refresh").await;
    let used_up = app.provider.refreshes()[0].clone();
    let gate = Gate {
        client: HyperClient::new(),
        refresh_token: used_up.parameter("refresh_token").unwrap().to_owned(),
        arrived: Arc::new(Semaphore::new(0)),
        open: Arc::new(Semaphore::new(0)),
    };
    let other = app
        .another_machine(|auth| auth.http_client(gate.clone()))
        .await;
    for browser in [&winner, &loser] {
        other.serve(browser);
    }
    let loser = tokio::spawn(async move { fetch(&loser, "/refresh").await.status() });
    let _ = gate.arrived.acquire().await;
    let winner = tokio::spawn(async move { fetch(&winner, "/refresh").await.status() });
    // What must not happen cannot be waited for, but it would have happened by now.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }

    gate.open.add_permits(1);

    assert_eq!(loser.await.unwrap(), 401);
    assert_eq!(winner.await.unwrap(), 200);
}
