//! Our cookies are not passed on to the application, for example by a proxy.

use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, url};

#[tokio::test]
async fn with_the_setting_the_application_does_not_see_our_cookies() {
    let app = App::with(|auth| auth.strip_cookies(true)).await;
    let browser = app.browser();
    browser.jar().inject("app.example", "theirs", "1");
    browser.open(&url("/auth/sign-in")).await;
    assert_eq!(browser.open(&url("/cookies")).await.text(), "theirs=1");

    sign_in(&browser).await;

    assert_eq!(browser.open(&url("/cookies")).await.text(), "theirs=1");
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

#[tokio::test]
async fn by_default_the_application_sees_all_cookies() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    assert!(
        browser
            .open(&url("/cookies"))
            .await
            .text()
            .contains("__Host-Http-auth=")
    );
}

/// A sign-in that a handler starts still makes room among the transactions that it cannot see.
#[tokio::test]
async fn the_limit_of_sign_ins_also_applies_when_cookies_are_removed() {
    let app = App::with(|auth| auth.strip_cookies(true)).await;
    let browser = app.browser();

    for _ in 0..8 {
        browser.open(&url("/start")).await;
    }

    assert_eq!(App::cookies(&browser).len(), 5);
}
