//! An instance that is frozen after its response, and may never thaw.

use oidc_dev_provider::Endpoint;
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::visits::fetch;

use crate::site::{Site, browser, sign_out};

/// Returns when another instance has started and answered: long after an answer that waits for nothing
/// would have come.
async fn another_cold_start(site: &Site) {
    let (instance, stranger) = (site.instance().await, browser());
    instance.serve(&stranger);
    assert_eq!(stranger.open(&url("/")).await.text(), "Hello stranger");
}

/// Two seconds are what the sign-out itself waits.
#[tokio::test]
async fn the_response_to_a_sign_out_waits_for_a_revocation_that_takes_more_than_two_seconds() {
    let site = Site::start().await;
    let instance = site.instance().await;
    let browser = browser();
    instance.serve(&browser);
    sign_in(&browser).await;
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
    let other = site.instance().await;
    other.serve(&copy);
    assert_eq!(fetch(&copy, "/token").await.status(), 401);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_in_the_response_before_the_instance_is_frozen() {
    let site = Site::start().await;
    let instance = site.instance().await;
    let browser = browser();
    instance.serve(&browser);
    sign_in(&browser).await;
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
    let other = site.instance().await;
    other.serve(&browser);
    assert_eq!(fetch(&browser, "/token").await.status(), 200);
    let refreshes = site.provider.refreshes();
    let sent: Vec<_> = refreshes
        .iter()
        .map(|it| it.parameter("refresh_token"))
        .collect();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}
