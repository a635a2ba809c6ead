//! Responses that cannot be used, or arrive too late: neither a refresh token nor the end of a
//! session is lost.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{EXPIRY, fetch, token};
use tower_oidc_tests::{App, callback};

/// A response is refused for its ID token, but its refresh token has replaced the old one, which
/// this provider would regard as stolen if it was sent again.
#[tokio::test]
async fn a_refused_id_token_does_not_lose_the_rotated_refresh_token() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(EXPIRY);
    app.provider.add_fault(Fault::RefreshIdTokenWrongAtHash);
    assert_eq!(fetch(&browser, "/token").await.status(), 503);
    app.provider.clear_faults();
    // The process has forgotten it by then, and only the cookie is left.
    let elsewhere = app.another_instance(|auth| auth).await;
    elsewhere.serve(&browser);

    assert_ne!(token(&browser).await, first);
}

/// A double click whose second request arrives after the user has signed out again.
#[tokio::test]
async fn a_late_second_callback_does_not_restore_an_ended_session() {
    let app = App::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let double = browser.thief();
    let page = page.press("alice").await;
    let callback = callback::on_the_way_to(&page);
    let out = browser.open(&url("/leave")).await;
    assert!(out.status() < 400);
    app.clock.advance(Duration::from_secs(5));

    let late = double.open(callback.as_str()).await;

    assert_eq!(late.text(), "nobody");
    assert!(!App::cookies(&double).contains(&"__Host-Http-auth".to_owned()));
}
