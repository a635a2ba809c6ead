//! The `iss` that the provider promises in its metadata and puts into its responses (RFC 9207).

use tower_oidc::Provider;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::{App, Browser};
use url::Url;

use super::site::{Site, USER, sign_in};

/// The URL to which the provider redirects a user whom it knows; the browser does not go there.
async fn response(browser: &Browser) -> Url {
    let start = Request::navigation(&url("/auth/sign-in?return_to=/"));
    let there = browser.step(&start).await;
    let there = there.header("location").expect("a redirect").to_owned();
    let back = browser.step(&Request::navigation(&there)).await;
    Url::parse(back.header("location").expect("a user that is known")).expect("a URL")
}

fn without_iss(response: &Url) -> Url {
    let pairs = response.query_pairs().filter(|(name, _)| name != "iss");
    let mut changed = response.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

/// S-07: nothing is sent to the token endpoint for a response from another issuer, or without one.
#[tokio::test]
async fn a_response_is_accepted_only_with_the_promised_issuer() {
    // Without `prompt=consent`, the provider redirects a user whom it knows straight back.
    let site = Site::start(|issuer| Provider::new(issuer, "public")).await;
    let browser = site.browser();
    sign_in(&browser).await;
    for name in App::cookies(&browser) {
        browser.jar().delete(&name);
    }
    let exchanges = site.provider.requests("/token").await;

    let missing = without_iss(&response(&browser).await);
    let mut other = without_iss(&response(&browser).await);
    other
        .query_pairs_mut()
        .append_pair("iss", "https://other.example");
    for changed in [missing, other] {
        let page = browser
            .navigate(site.provider.issuer(), changed.as_str())
            .await;
        assert_eq!(page.status(), 400, "{changed}");
    }
    assert_eq!(site.provider.requests("/token").await, exchanges);

    let response = response(&browser).await;
    let issuer = parameter(&response, "iss");
    assert_eq!(issuer.as_deref(), Some(site.provider.issuer()));
    let page = browser
        .navigate(site.provider.issuer(), response.as_str())
        .await;
    assert_eq!(page.text(), USER);
}

/// RFC 9207 section 2: an error response names the issuer too.
#[tokio::test]
async fn a_user_who_cancels_sees_that_the_provider_refused() {
    let site = Site::start(|issuer| Provider::new(issuer, "public")).await;
    let browser = site.browser();
    let page = browser.open(&url("/auth/sign-in")).await;

    let page = page.click("[ Cancel ]").await;

    let error = parameter(page.url(), "error");
    assert_eq!(error.as_deref(), Some("access_denied"));
    let issuer = parameter(page.url(), "iss");
    assert_eq!(issuer.as_deref(), Some(site.provider.issuer()));
    assert_eq!(page.status(), 403);
    assert!(page.text().contains("/auth/sign-in"));
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(site.provider.requests("/token").await, 0);
}
