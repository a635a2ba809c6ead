//! A session that is revoked on another instance while a handler uses it.

use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{EXPIRY, answer, fetch};

use super::{reason, sign_out, two_instances};

/// O-03
#[tokio::test]
async fn a_token_request_after_the_revocation_on_another_instance_is_not_sent() {
    let (app, other, store) = two_instances(|auth| auth).await;
    let (browser, there) = app.two_browsers(&other).await;
    let (server, gate) = slow_page(&other.auth, |auth, gate| async move {
        gate.pass().await;
        auth.refresh().await.map(|_| "refreshed")
    })
    .await;
    there.map(ORIGIN, server.address());
    let slow = {
        let there = there.clone();
        tokio::spawn(async move { fetch(&there, "/slow").await })
    };
    gate.entered().await;
    assert_eq!(sign_out(&browser).await.status(), 303);
    let questions = store.questions();

    gate.open();

    let page = slow.await.unwrap();
    assert_eq!(page.status(), 401);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(app.provider.refreshes().len(), 0);
    assert_eq!(store.questions() - questions, 1);
}

/// O-02
#[tokio::test]
async fn the_store_is_asked_before_each_token_request() {
    let (app, _, store) = two_instances(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let before = store.questions();
    answer(&browser, "/token").await;
    assert_eq!(store.questions() - before, 1);

    app.clock.advance(EXPIRY);
    answer(&browser, "/token").await;

    assert_eq!(store.questions() - before, 3);
}

/// O-03: the head of a response asks only this instance's memory.
#[tokio::test]
async fn a_response_in_flight_does_not_restore_a_session_that_this_instance_revoked() {
    let (app, other, store) = two_instances(|auth| auth).await;
    let (_, there) = app.two_browsers(&other).await;
    let (server, gate) = slow_page(&other.auth, |auth, gate| async move {
        auth.set_data("changed").unwrap();
        gate.pass().await;
        "changed"
    })
    .await;
    there.map(ORIGIN, server.address());
    let slow = {
        let there = there.clone();
        tokio::spawn(async move { there.open(&url("/slow")).await })
    };
    gate.entered().await;
    let questions = store.questions();
    let issuer = app.provider.issuer();
    other
        .auth
        .revoke_sessions_of(issuer, "alice")
        .await
        .unwrap();

    gate.open();

    let page = slow.await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(store.questions(), questions);
    other.serve(&there);
    assert_eq!(reason(&there).await, "signed_out");
    assert_eq!(App::cookies(&there).len(), 1);
}
