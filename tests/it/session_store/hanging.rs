//! A store that hangs: it delays a few requests and no others, and its return is noticed.

use std::time::Duration;

use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::fetch;
use tower_oidc_tests::{
    App, Browser, FaultySessionStore, FaultyStore, SessionStoreFault, StoreFault, TestClock,
};

use super::{app_with, reason, sign_out, signed_in};
use crate::log;

/// The shortest time that may be set.
const TIMEOUT: Duration = Duration::from_millis(50);

/// How long a store that hangs is not asked between two tries.
const PAUSE: Duration = Duration::from_secs(5);

/// An application with both stores, and a browser whose session is in one of them.
async fn both_stores(
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, Browser, FaultySessionStore, FaultyStore) {
    let revocations = FaultyStore::new(&TestClock::new());
    let settings = |auth: AuthLayerBuilder| {
        configure(auth.revocation_store(revocations.clone())).store_timeout(TIMEOUT)
    };
    let (app, sessions) = app_with(settings).await;
    let browser = signed_in(&app, "big").await;
    sessions.take_calls();
    (app, browser, sessions, revocations)
}

/// Ten requests that need the user, all with this status. Returns how often each store was asked.
async fn ten_requests(
    browser: &Browser,
    stores: (&FaultySessionStore, &FaultyStore),
    status: u16,
) -> (usize, usize) {
    let (sessions, revocations) = stores;
    sessions.take_calls();
    let before = revocations.questions();
    for _ in 0..10 {
        assert_eq!(fetch(browser, "/private").await.status(), status);
    }
    (
        sessions.take_calls().loads,
        revocations.questions() - before,
    )
}

/// P-15
#[tokio::test]
async fn a_session_store_that_hangs_delays_three_requests_and_then_one_in_five_seconds() {
    let (_app, browser, sessions, revocations) = both_stores(|auth| auth).await;
    let stores = (&sessions, &revocations);
    let log = log::record();

    sessions.set(SessionStoreFault::Hangs);
    assert_eq!(ten_requests(&browser, stores, 503).await, (3, 0));
    timers_advance(PAUSE).await;
    assert_eq!(ten_requests(&browser, stores, 503).await, (1, 0));
    sessions.set(None);
    assert_eq!(fetch(&browser, "/private").await.status(), 503);
    timers_advance(PAUSE).await;

    assert_eq!(ten_requests(&browser, stores, 200).await, (10, 10));
    let text = log.text();
    let changes: Vec<_> = text
        .lines()
        .filter(|line| line.contains("WARN ") || line.contains("answers again"))
        .collect();
    assert_eq!(changes.len(), 2, "{text}");
    for part in ["session_store", "store_timeout=50ms", "one request in 5s"] {
        assert!(changes[0].contains(part), "{part}: {text}");
    }
    assert!(changes[1].contains("session_store"), "{text}");
}

/// O-04
#[tokio::test]
async fn a_revocation_store_that_hangs_delays_three_requests_and_the_session_store_is_still_asked()
{
    for (accepts, status) in [(false, 503), (true, 200)] {
        let configure = |auth: AuthLayerBuilder| auth.accept_unchecked_sessions(accepts);
        let (_app, browser, sessions, revocations) = both_stores(configure).await;
        let stores = (&sessions, &revocations);

        revocations.set(StoreFault::Hangs);
        assert_eq!(ten_requests(&browser, stores, status).await, (10, 3));
        timers_advance(PAUSE).await;
        assert_eq!(ten_requests(&browser, stores, status).await, (10, 1));
        revocations.set(None);
        timers_advance(PAUSE).await;

        assert_eq!(ten_requests(&browser, stores, 200).await, (10, 10));
    }
}

/// O-04, P-15
#[tokio::test]
async fn a_session_store_that_hangs_does_not_keep_sessions_in_cookies_from_being_checked() {
    let (app, browser, sessions, revocations) = both_stores(|auth| auth).await;
    let stores = (&sessions, &revocations);
    sessions.set(SessionStoreFault::Hangs);
    ten_requests(&browser, stores, 503).await;

    let in_cookies = signed_in(&app, "alice").await;

    assert_eq!(ten_requests(&in_cookies, stores, 200).await, (0, 10));
}

/// O-05, P-17: what is written matters for longer than one request.
#[tokio::test]
async fn stores_that_hang_are_still_given_what_ends_a_session() {
    let (_app, browser, sessions, revocations) = both_stores(|auth| auth).await;
    let copy = browser.thief();
    sessions.set(SessionStoreFault::Hangs);
    ten_requests(&browser, (&sessions, &revocations), 503).await;
    let writes = revocations.writes();

    assert_eq!(sign_out(&browser).await.status(), 303);

    assert_eq!(revocations.writes() - writes, 1);
    let calls = sessions.take_calls();
    assert_eq!((calls.loads, calls.deletes), (0, 1));
    assert_eq!(reason(&copy).await, "signed_out");
}
