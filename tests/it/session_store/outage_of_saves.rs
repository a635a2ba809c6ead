//! A store that does not take a change of a session.

use std::time::Duration;

use tower_oidc_tests::SessionStoreFault;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{EXPIRY, answer, fetch, token};

use super::{another, app, app_with, data, reason, signed_in, two_browsers, two_instances};
use crate::coordinated::InMemory;
use crate::log;

/// P-18: the response that says that all is well is not sent.
#[tokio::test]
async fn changed_data_that_the_store_does_not_take_are_answered_with_503() {
    let (app, store) = app().await;
    let other = another(&app, &store).await;
    let browser = signed_in(&app, "big").await;
    answer(&browser, "/data?set=before").await;
    store.set(SessionStoreFault::IsFull);
    let log = log::record();

    let pages = [
        fetch(&browser, "/data?set=lost").await,
        browser.open(&url("/data?set=lost")).await,
    ];

    for page in pages {
        assert_eq!(page.status(), 503);
        assert!(!page.text().contains("lost"), "{}", page.text());
        assert!(page.header("retry-after").is_some());
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.last().set_cookies().is_empty());
    }
    let text = log.text();
    assert!(
        text.contains("WARN") && text.contains("no space is left"),
        "{text}"
    );
    // They are lost for good, and not back after a refresh.
    store.set(None);
    assert_eq!(data(&browser).await, "before");
    answer(&browser, "/refresh").await;
    assert_eq!(data(&browser).await, "before");
    other.serve(&browser);
    assert_eq!(data(&browser).await, "before");
}

/// P-18: a session in cookies that is too large from now on.
#[tokio::test]
async fn a_session_that_cannot_move_into_the_store_is_unchanged() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "medium").await;
    answer(&browser, "/data?set=before").await;
    store.set(SessionStoreFault::IsFull);

    assert_eq!(fetch(&browser, "/data?fill=20000").await.status(), 503);

    assert_eq!(data(&browser).await, "before");
    store.set(None);
    answer(&browser, "/data?fill=20000").await;
    assert_eq!(data(&browser).await.as_str().map(str::len), Some(20_000));
}

/// P-19
#[tokio::test]
async fn a_refresh_that_the_store_does_not_take_is_used_and_saved_later() {
    let (app, other, store) = two_instances().await;
    let (browser, there) = two_browsers(&app, &other).await;
    app.clock.advance(EXPIRY);
    store.set(SessionStoreFault::IsFull);
    let log = log::record();

    let newest = token(&browser).await;

    let text = log.text();
    assert!(
        text.contains("WARN") && text.contains("no space is left"),
        "{text}"
    );
    // The memory of this instance has it, longer than a minute.
    app.clock.advance(Duration::from_secs(300));
    assert_eq!(token(&browser).await, newest);
    assert_eq!(app.provider.refreshes().len(), 1);
    store.set(None);
    assert_eq!(browser.open(&url("/")).await.text(), "big");
    assert_eq!(token(&there).await, newest);
    assert_eq!(app.provider.refreshes().len(), 1);
    assert_eq!(reason(&browser).await, "signed_in");
}

/// P-19: the other instance asks before the next request here could save it.
#[tokio::test]
async fn another_instance_gets_a_refresh_that_the_store_did_not_take_by_the_coordinator_and_saves_it()
 {
    let coordinator = InMemory::default();
    let (app, store) = app_with(|auth| auth.refresh_coordinator(coordinator.clone())).await;
    let other = app.another_instance(|auth| {
        auth.session_store(store.clone())
            .refresh_coordinator(coordinator.clone())
    });
    let other = other.await;
    let (here, there) = two_browsers(&app, &other).await;
    app.clock.advance(EXPIRY);
    store.set(SessionStoreFault::IsFull);
    let newest = token(&here).await;
    store.set(None);

    assert_eq!(token(&there).await, newest);

    // The third one shares the store alone.
    let third = another(&app, &store).await;
    third.serve(&there);
    assert_eq!(token(&there).await, newest);
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// P-19: the README says so.
#[tokio::test]
async fn without_a_coordinator_another_instance_sends_the_used_refresh_token_and_signs_nobody_out()
{
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    answer(&here, "/data?set=kept").await;
    app.clock.advance(EXPIRY);
    store.set(SessionStoreFault::IsFull);
    let newest = token(&here).await;
    store.set(None);

    assert_eq!(fetch(&there, "/token").await.status(), 401);

    assert_eq!(app.provider.refreshes().len(), 2);
    // The provider has ended the grant, and both keep the session; here also the token, until it expires.
    assert_eq!(token(&here).await, newest);
    for browser in [&here, &there] {
        assert_eq!(reason(browser).await, "signed_in");
        assert_eq!(data(browser).await, "kept");
    }
}

/// P-19: otherwise the other instance would send the refresh token that was used.
#[tokio::test]
async fn a_refresh_whose_browser_leaves_while_the_store_is_slow_reaches_the_other_instance() {
    let (app, other, store) = two_instances().await;
    let (browser, there) = two_browsers(&app, &other).await;
    app.clock.advance(EXPIRY);
    let gate = store.hold_saves();
    let visit = tokio::spawn(async move { token(&browser).await });
    gate.entered().await;
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());

    store.release_saves();
    gate.open();

    assert!(app.auth.drain_for(Duration::from_secs(10)).await);
    token(&there).await;
    assert_eq!(app.provider.refreshes().len(), 1);
}
