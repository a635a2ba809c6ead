//! An instance that is frozen after its response, and may never thaw.

use std::time::Duration;

use oidc_dev_provider::{Endpoint, Fault};
use tokio::time::{Instant, timeout};
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::fetch;

use crate::site::{Site, browser, sign_out};

/// Returns when another instance has started and responded: long after a response that does not
/// wait would have arrived.
async fn another_cold_start(site: &Site) {
    let (instance, stranger) = (site.instance().await, browser());
    instance.serve(&stranger);
    assert_eq!(stranger.open(&url("/")).await.text(), "Hello stranger");
}

/// The sign-out itself waits for two seconds.
#[tokio::test]
async fn the_response_to_a_sign_out_waits_for_a_revocation_that_takes_more_than_two_seconds() {
    let site = Site::start().await;
    let (instance, browser) = site.signed_in(&[]).await;
    let copy = browser.thief();
    let held = site.provider.hold(Endpoint::Revocation);
    let response = tokio::spawn(async move { sign_out(&browser).await });
    held.wait_for(1).await;
    instance.logged("has not answered the revocation").await;
    another_cold_start(&site).await;
    assert!(!response.is_finished(), "{}", instance.log());

    held.release();

    response.await.unwrap();
    drop(instance);
    assert_eq!(site.token_status_elsewhere(&copy).await, 401);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_in_the_response_before_the_instance_is_frozen() {
    let site = Site::start().await;
    let (instance, browser) = site.signed_in(&[]).await;
    let held = site.provider.hold_token_requests();
    let response = {
        let browser = browser.clone();
        tokio::spawn(async move { fetch(&browser, "/token").await })
    };
    held.wait_for(1).await;
    another_cold_start(&site).await;
    assert!(!response.is_finished(), "{}", instance.log());

    held.release();

    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.last().set_cookies().is_empty());
    drop(instance);
    assert_eq!(site.token_status_elsewhere(&browser).await, 200);
    let refreshes = site.provider.refreshes();
    let sent: Vec<_> = refreshes
        .iter()
        .map(|it| it.parameter("refresh_token"))
        .collect();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}

/// What is lost with a limit that is too short: the copy of the cookie still gets new tokens.
#[tokio::test]
async fn a_revocation_that_takes_longer_than_the_limit_is_logged_and_lost_with_the_instance() {
    let site = Site::start().await;
    let (instance, browser) = site.signed_in(&[("AUTH_REFRESH_WAIT", "1s")]).await;
    let copy = browser.thief();
    let held = site.provider.hold(Endpoint::Revocation);

    sign_out(&browser).await;

    instance.logged("requests to the provider are left").await;
    drop(instance);
    held.release();
    assert_eq!(site.token_status_elsewhere(&copy).await, 200);
}

#[tokio::test]
async fn a_waiting_revocation_is_sent_when_its_instance_serves_other_requests() {
    let site = Site::start().await;
    let (instance, browser) = site.signed_in(&[]).await;
    let copy = browser.thief();
    site.provider.add_fault(Fault::RevocationUnavailable);
    sign_out(&browser).await;
    instance.logged("requests to the provider are left").await;
    site.provider.clear_faults();

    // After two seconds.
    let deadline = Instant::now() + Duration::from_secs(60);
    while site.provider.revocations().is_empty() {
        assert!(Instant::now() < deadline, "{}", instance.log());
        assert_eq!(browser.open(&url("/")).await.text(), "Hello stranger");
    }

    drop(instance);
    assert_eq!(site.token_status_elsewhere(&copy).await, 401);
}

/// Nothing waits for the response to a refresh after its caller has left: the session stays, and so
/// does its token.
#[tokio::test]
async fn a_refresh_that_takes_longer_than_the_limit_is_logged_and_answered_with_try_later() {
    let site = Site::start().await;
    let (instance, browser) = site.signed_in(&[("AUTH_REFRESH_WAIT", "1s")]).await;
    let held = site.provider.hold_token_requests();

    let page = fetch(&browser, "/token").await;

    assert_eq!(page.status(), 503);
    assert!(page.header("retry-after").is_some());
    instance.logged("a refresh failed").await;
    // The request was cancelled with its caller.
    let ended = async {
        while held.waiting() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), ended).await.unwrap();
    assert_eq!(browser.open(&url("/")).await.text(), "Hello alice");
}

/// A provider closes idle connections, and a frozen instance does not notice.
#[tokio::test]
async fn a_connection_closed_while_the_instance_was_frozen_fails_no_refresh() {
    let site = Site::start().await;
    let (_instance, browser) = site.signed_in(&[]).await;

    for _ in 0..3 {
        assert_eq!(fetch(&browser, "/token").await.status(), 200);
        site.provider.go_down().await.unwrap();
        site.provider.come_back().await.unwrap();
    }

    assert_eq!(fetch(&browser, "/token").await.status(), 200);
}
