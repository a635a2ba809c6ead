//! The first request of an instance.

use std::time::Duration;

use tokio::time::timeout;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;

use crate::site::{Site, browser};

#[tokio::test]
async fn a_cold_start_asks_the_provider_nothing_before_the_first_redirect() {
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

/// The instance ends, so that Lambda reports an error and does not wait for the function's timeout.
#[tokio::test]
async fn a_wrong_setting_ends_the_cold_start_with_its_name_in_the_log() {
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
