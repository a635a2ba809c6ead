//! Signing in, from the first page to the claims.

use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::{App, Browser};

async fn signs_in(browser: &Browser) {
    let page = browser.open(&url("/who")).await;
    assert_eq!(page.json()["state"], "Anonymous");

    let page = sign_in(browser).await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "alice");
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"]["sub"], "alice");
    assert!(who["id_token"].as_str().unwrap().starts_with("eyJ"));
    assert!(who["access_token"].as_str().is_some());
    assert!(
        who["scopes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|scope| scope == "openid")
    );
}

#[tokio::test]
async fn a_user_signs_in_over_http_1() {
    let app = App::start().await;

    signs_in(&app.browser()).await;
}

/// C-10: over HTTP/2 each cookie is a separate field.
#[tokio::test]
async fn a_user_signs_in_over_http_2() {
    let app = App::start().await;

    signs_in(&app.http2_browser()).await;
}

#[tokio::test]
async fn users_return_to_the_guarded_page() {
    let app = App::start().await;
    let browser = app.browser();

    let page = browser.navigate(ORIGIN, &url("/private?page=2")).await;
    let page = page.press("alice").await;

    assert_eq!(page.url().as_str(), url("/private?page=2"));
    assert_eq!(page.text(), "alice");
}

/// S-09
#[tokio::test]
async fn two_tabs_can_sign_in_at_once_and_finish_in_either_order() {
    for first_opened_finishes_first in [true, false] {
        let app = App::start().await;
        let browser = app.browser();
        let one = browser.open(&url("/auth/sign-in?return_to=/?tab=1")).await;
        let two = browser.open(&url("/auth/sign-in?return_to=/?tab=2")).await;
        let (first, second) = if first_opened_finishes_first {
            (one, two)
        } else {
            (two, one)
        };

        assert_eq!(first.press("alice").await.text(), "alice");
        assert_eq!(second.press("bob").await.text(), "bob");

        assert_eq!(App::cookies(&browser), ["__Host-Http-auth"]);
    }
}
