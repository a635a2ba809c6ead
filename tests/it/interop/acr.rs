//! Authentication context classes.

use tower_oidc_tests::app::App;

use super::site::{Site, client, sign_in};

const GOLD: &str = "urn:example:gold";

#[tokio::test]
async fn a_requested_acr_that_is_fulfilled_signs_in() {
    let register =
        |issuer: &str| client(issuer, "basic").acr_values("urn:example:platinum urn:example:gold");
    let site = Site::with(&[("ACR", GOLD)], register, |auth| auth).await;

    let who = sign_in(&site.browser()).await.json();

    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"]["acr"], GOLD);
}

/// S-22: a provider need not refuse an `acr` that it cannot provide (OpenID Connect Core 1.0
/// section 3.1.2.1); we do.
#[tokio::test]
async fn a_requested_acr_that_is_not_fulfilled_is_refused() {
    let register = |issuer: &str| client(issuer, "basic").acr_values("urn:example:platinum");
    for settings in [&[("ACR", GOLD)][..], &[]] {
        let site = Site::with(settings, register, |auth| auth).await;
        let browser = site.browser();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), 403, "{settings:?}");
        assert!(App::cookies(&browser).is_empty(), "{settings:?}");
    }
}
