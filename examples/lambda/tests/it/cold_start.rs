//! The first request of an instance.

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
