//! Requests that change one session at the same time, on two instances.

use oidc_dev_provider::User;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, ORIGIN, url};
use tower_oidc_tests::visits::{EXPIRY, answer, token};
use tower_oidc_tests::{App, Browser, FaultySessionStore, SessionStoreFault, TestClock, callback};

use super::{
    SCOPES, app, data, has_reference, large_claim, sign_out, signed_in, two_browsers, two_instances,
};
use crate::coordinated::InMemory;

/// Opens both paths, each after the save of the one before it has arrived, and lets all saves continue then.
pub(super) async fn save_at_once(
    store: &FaultySessionStore,
    visits: [(&Browser, &'static str); 2],
) {
    let gate = store.hold_saves();
    let mut running = Vec::new();
    for (browser, path) in visits {
        let browser = browser.clone();
        running.push(tokio::spawn(async move { browser.open(&url(path)).await }));
        gate.entered().await;
    }
    // Two saves and the second attempt of one of them.
    for _ in 0..3 {
        gate.open();
    }
    for visit in running {
        assert_eq!(visit.await.unwrap().status(), 200);
    }
    store.release_saves();
}

/// P-08: whichever is saved first.
#[tokio::test]
async fn data_and_a_refresh_at_the_same_time_are_both_kept() {
    for is_data_first in [true, false] {
        let (app, other, store) = two_instances().await;
        let (here, there) = two_browsers(&app, &other).await;
        app.clock.advance(EXPIRY);
        let paths = if is_data_first {
            ["/data?set=blue", "/token"]
        } else {
            ["/token", "/data?set=blue"]
        };
        save_at_once(&store, [(&here, paths[0]), (&there, paths[1])]).await;

        let tokens = [token(&here).await, token(&there).await];
        assert_eq!(tokens[0], tokens[1]);
        assert_eq!(app.provider.refreshes().len(), 1);
        assert_eq!(data(&here).await, "blue");
        assert_eq!(data(&there).await, "blue");
        // Nor does a later refresh of either undo it.
        for browser in [&there, &here] {
            answer(browser, "/refresh").await;
            assert_eq!(data(browser).await, "blue");
        }
        assert_eq!(data(&there).await, "blue");
    }
}

/// P-08
#[tokio::test]
async fn of_two_requests_that_change_the_data_the_later_one_counts_on_both_instances() {
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    let visits = [(&here, "/data?set=first"), (&there, "/data?set=second")];
    save_at_once(&store, visits).await;

    assert_eq!(data(&here).await, "second");
    assert_eq!(data(&there).await, "second");
    answer(&here, "/refresh").await;
    assert_eq!(data(&here).await, "second");
    assert_eq!(data(&there).await, "second");
}

/// P-08: each instance sends its own request with the newest refresh token, one after the other.
#[tokio::test]
async fn tokens_for_two_organizations_that_two_instances_get_at_once_are_both_kept() {
    let coordinator = InMemory::default();
    let clock = TestClock::new();
    let store = FaultySessionStore::new(&clock);
    let configure = |auth: AuthLayerBuilder| {
        auth.session_store(store.clone())
            .refresh_coordinator(coordinator.clone())
    };
    let user = member();
    let app = App::at(
        clock,
        |provider| provider.user(user),
        |registration| registration.scopes(SCOPES),
        configure,
    )
    .await;
    let other = app.another_instance(configure).await;

    two_instances_get_tokens(&app, &other, &store).await;
}

/// The organizations of [`member`].
const FOUR: [&str; 4] = ["one", "two", "three", "four"];

/// A user of four organizations whose session is too large for cookies.
fn member() -> User {
    User::new("big")
        .claim("organizations", FOUR)
        .claim("about", large_claim())
}

async fn two_instances_get_tokens(app: &App, other: &Instance, store: &FaultySessionStore) {
    let (here, there) = two_browsers(app, other).await;
    let paths = FOUR.map(|id| format!("/token?organization={id}"));
    let gate = store.hold_saves();
    let mut visits = Vec::new();
    for (browser, path) in [(&here, &paths[0]), (&there, &paths[1])] {
        let (browser, path) = (browser.clone(), path.clone());
        visits.push(tokio::spawn(async move { answer(&browser, &path).await }));
        gate.entered().await;
    }
    for _ in 0..3 {
        gate.open();
    }
    for visit in visits {
        visit.await.unwrap();
    }
    store.release_saves();
    // The next tokens are added to all that are there.
    answer(&there, &paths[2]).await;
    answer(&here, &paths[3]).await;

    assert_eq!(app.provider.refreshes().len(), 4);
    for browser in [&here, &there] {
        for path in &paths {
            answer(browser, path).await;
        }
    }
    assert_eq!(app.provider.refreshes().len(), 4);
}

/// P-08
#[tokio::test]
async fn a_change_is_applied_again_up_to_three_times() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    for conflicts in 1..=3 {
        store.set(SessionStoreFault::Conflicts(conflicts));
        let path = format!("/data?set={conflicts}");
        assert_eq!(answer(&browser, &path).await, conflicts.to_string());
        assert_eq!(data(&browser).await, conflicts.to_string());
    }
    store.set(SessionStoreFault::Conflicts(4));

    let page = browser.open(&url("/data?set=lost")).await;

    assert_eq!(page.status(), 503);
    store.set(None);
    assert_eq!(data(&browser).await, "3");
}

/// P-08: the provider keeps the refresh token, so both instances continue with the same one.
#[tokio::test]
async fn tokens_for_two_organizations_are_both_kept_if_the_refresh_token_stays_the_same() {
    let clock = TestClock::new();
    let store = FaultySessionStore::new(&clock);
    let configure = |auth: AuthLayerBuilder| auth.session_store(store.clone());
    let user = member();
    let app = App::at(
        clock,
        |provider| provider.user(user).rotate_refresh_tokens(false),
        |registration| registration.scopes(SCOPES),
        configure,
    )
    .await;
    let other = app.another_instance(configure).await;

    two_instances_get_tokens(&app, &other, &store).await;
}

/// P-08: the data that one instance stores while another one has a refresh that the store did not take.
#[tokio::test]
async fn a_refresh_that_is_saved_late_keeps_the_data_that_another_instance_stored() {
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    store.set(SessionStoreFault::IsFull);
    let newest = answer(&here, "/refresh").await["token"].clone();
    store.set(None);
    answer(&there, "/data?set=blue").await;

    assert_eq!(data(&here).await, "blue");
    assert_eq!(data(&there).await, "blue");
    assert_eq!(token(&there).await, newest);
}

/// P-09: a double click on the way back from the provider.
#[tokio::test]
async fn a_callback_that_is_submitted_twice_makes_one_record() {
    let (app, store) = app().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let (twin, late) = (browser.thief(), browser.thief());
    let page = page.press("big").await;
    let callback = callback::on_the_way_to(&page);
    answer(&browser, "/data?set=blue").await;

    assert_eq!(twin.open(callback.as_str()).await.text(), "big");

    assert_eq!(store.records().len(), 1);
    assert!(has_reference(&twin));
    assert_eq!(data(&twin).await, "blue");
    twin.map(ORIGIN, app.address());
    sign_out(&browser).await;
    // After the sign-out, another submit does not bring the session back.
    assert_eq!(late.open(callback.as_str()).await.text(), "nobody");
    assert!(store.records().is_empty());
}
