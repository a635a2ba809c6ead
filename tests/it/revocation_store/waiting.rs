//! Revocations that the store did not take: they wait in memory until it is back.

use std::sync::mpsc;
use std::time::Duration;

use tower_oidc::{AuthEvent, AuthEventKind, AuthEventReason};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::{FaultyStore, StoreFault};

use super::{reason, sign_out, two_instances};

/// Lets the background task run until it has tried this many writes.
async fn tried(store: &FaultyStore, writes: usize) {
    while store.writes() < writes {
        tokio::task::yield_now().await;
    }
}

/// O-05
#[tokio::test]
async fn a_sign_out_that_the_store_did_not_take_is_written_in_the_background_when_it_is_back() {
    let (app, other, store) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;
    store.set(StoreFault::Fails);
    assert_eq!(sign_out(&browser).await.status(), 303);
    assert_eq!(store.writes(), 1);
    timers_advance(Duration::from_millis(500)).await;
    tried(&store, 2).await;
    store.set(None);

    timers_advance(Duration::from_secs(1)).await;

    tried(&store, 3).await;
    assert_eq!(reason(&copy).await, "signed_out");
}

/// O-05
#[tokio::test]
async fn a_drain_writes_what_waits_and_reports_what_the_store_still_does_not_take() {
    let (events, seen) = mpsc::channel();
    let (app, other, store) = two_instances(move |auth| {
        let events = events.clone();
        auth.on_event(move |event| drop(events.send(event.clone())))
    })
    .await;
    let (browser, copy) = app.two_browsers(&other).await;
    store.set(StoreFault::Fails);
    sign_out(&browser).await;

    assert!(!app.auth.drain_for(Duration::from_secs(10)).await);
    assert_eq!(store.writes(), 2);
    store.set(None);
    assert!(app.auth.drain_for(Duration::from_secs(10)).await);

    assert_eq!(reason(&copy).await, "signed_out");
    let events: Vec<_> = seen.try_iter().collect();
    let left = events
        .iter()
        .filter(|event| event.kind() == AuthEventKind::DrainIncomplete);
    let reasons: Vec<_> = left.map(AuthEvent::reason).collect();
    assert_eq!(reasons, [Some(AuthEventReason::RevocationsWaiting)]);
}

/// O-05: at every response, a store that is down would hold up all of them.
#[tokio::test]
async fn on_a_host_that_freezes_a_drain_leaves_what_waits_to_its_pauses() {
    let (app, _, store) = two_instances(|auth| auth.freezes_between_requests(true)).await;
    let browser = app.signed_in_browser().await;
    store.set(StoreFault::Fails);
    sign_out(&browser).await;

    assert!(!app.auth.drain_for(Duration::from_secs(10)).await);
    assert_eq!(store.writes(), 1);
    store.set(None);
    timers_advance(Duration::from_millis(500)).await;
    tried(&store, 2).await;

    assert!(app.auth.drain_for(Duration::from_secs(10)).await);
}

/// O-05: a browser that disconnects cancels nothing.
#[tokio::test]
async fn a_drain_waits_for_a_revocation_whose_browser_has_left() {
    let (app, other, store) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;
    store.set(StoreFault::Hangs);
    let visit = tokio::spawn(async move { sign_out(&browser).await.status() });
    store.gate().entered().await;
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());
    assert!(!app.auth.drain_for(Duration::ZERO).await);

    // The write fails, waits, and is tried again by the drain.
    store.set(None);
    store.gate().open();

    assert!(app.auth.drain_for(Duration::from_secs(10)).await);
    assert_eq!(reason(&copy).await, "signed_out");
    // The refresh token did not wait for the store.
    assert_eq!(app.provider.revocations().len(), 1);
}
