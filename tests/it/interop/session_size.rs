//! An ID token of 36 kB, as a directory creates it that puts every group into a claim.

use tower_oidc_tests::App;
use tower_oidc_tests::app::url;

use super::site::{Site, client, sign_in};

const GROUPS: [(&str, &str); 1] = [("CLAIM_GROUPS", "700")];

/// An error page, and not a redirect that would only return here.
#[tokio::test]
async fn a_session_over_the_budget_gets_an_error_page_and_no_redirect_loop() {
    let site = Site::with(&GROUPS, |issuer| client(issuer, "basic"), |auth| auth).await;
    let browser = site.browser();

    let page = sign_in(&browser).await;

    assert_eq!(page.status(), 500);
    assert_eq!(page.url().path(), "/auth/callback");
    assert_eq!(page.header("location"), None);
    assert_eq!(page.header("refresh"), None);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(site.provider.requests("/token").await, 1);
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}

/// The same token with a larger budget.
#[tokio::test]
async fn a_larger_budget_holds_the_same_session() {
    let register = |issuer: &str| client(issuer, "basic");
    let site = Site::with(&GROUPS, register, |auth| auth.max_cookies(9)).await;
    let browser = site.browser();

    let who = sign_in(&browser).await.json();

    assert_eq!(who["state"], "Authenticated");
    let id_token = who["id_token"].as_str().expect("kept whole");
    println!("an ID token of {} bytes", id_token.len());
    assert!(id_token.len() > 30_000, "{}", id_token.len());
    assert!(App::cookies(&browser).len() > 4);
}
