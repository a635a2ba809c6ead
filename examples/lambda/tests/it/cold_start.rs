//! The first request of an instance.

use std::time::Duration;

use tokio::time::timeout;
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::visits::fetch;

use crate::site::{Site, browser};

#[tokio::test]
async fn a_cold_start_sends_no_request_to_the_provider_before_the_first_redirect() {
    let site = Site::start().await;
    let instance = site.instance().await;
    let browser = browser();
    instance.serve(&browser);
    let before = site.provider.counters();

    let redirect = browser
        .step(&Request::navigation(&url("/auth/sign-in")))
        .await;

    let location = redirect.header("location").unwrap();
    assert!(location.starts_with(site.provider.issuer()), "{location}");
    assert_eq!(site.provider.counters(), before);
}

/// The instance exits, so that Lambda reports an error and does not wait for the function's
/// timeout.
#[tokio::test]
async fn a_wrong_setting_fails_the_cold_start_with_its_name_in_the_log() {
    let site = Site::start().await;
    let wrong = [("AUTH_METADATA_FILE", "missing.json")];
    let instance = site.instance_with(&wrong).await;
    let browser = browser();
    instance.serve(&browser);

    let home = url("/");
    let page = timeout(Duration::from_secs(30), browser.open(&home)).await;

    assert_eq!(page.unwrap().status(), 502);
    instance.logged("AUTH_METADATA_FILE").await;
}

/// Keys without a file.
#[tokio::test]
async fn keys_are_fetched_after_the_first_redirect_and_again_when_the_provider_replaces_them() {
    let site = Site::start().await;
    let instance = site.instance_with(&[("AUTH_JWKS_FILE", "")]).await;
    let browser = browser();
    instance.serve(&browser);
    let before = site.provider.counters();

    browser
        .step(&Request::navigation(&url("/auth/sign-in")))
        .await;
    assert_eq!(site.provider.counters(), before);

    for _ in 0..2 {
        assert_eq!(sign_in(&browser).await.text(), "Hello alice");
        site.provider.rotate_keys_keeping_old();
    }
    assert_eq!(site.provider.counters().discovery, before.discovery);
    assert!(site.provider.counters().jwks > before.jwks);
}

/// As the example's description says about the file of keys.
#[tokio::test]
async fn with_keys_in_a_file_a_key_rotation_fails_sign_ins_but_ends_no_session() {
    let site = Site::start().await;
    let instance = site.instance().await;
    let browser = browser();
    instance.serve(&browser);
    sign_in(&browser).await;
    site.provider.rotate_keys();

    assert_eq!(fetch(&browser, "/token").await.status(), 503);
    assert_eq!(sign_in(&browser).await.status(), 400);
    assert_eq!(browser.open(&url("/")).await.text(), "Hello alice");
    drop(instance);

    // The function is deployed again, without the file.
    let other = site.instance_with(&[("AUTH_JWKS_FILE", "")]).await;
    other.serve(&browser);
    assert_eq!(fetch(&browser, "/token").await.status(), 200);
}
