//! The route to which the provider sends the browser back after a sign-out.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Client;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, url};
use tower_oidc_tests::browser::Request;

async fn app() -> App {
    App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .post_logout_redirect_uri(url("/auth/signed-out"));
            provider.client(client)
        },
        |auth| auth.signed_out_path("/auth/signed-out"),
    )
    .await
}

#[tokio::test]
async fn a_sign_out_returns_with_its_state_and_redirects_to_the_requested_page() {
    let app = app().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/leave-for-goodbye")).await;

    assert_eq!(page.url().as_str(), url("/explain?goodbye"));
    assert_eq!(page.text(), "no_cookie");
    let landing = &page.exchanges()[page.exchanges().len() - 2];
    assert_eq!(landing.url().path(), "/auth/signed-out");
    let state = landing
        .url()
        .query_pairs()
        .find(|(name, _)| name == "state");
    assert!(state.is_some());
    assert!(landing.set_cookies().is_empty());
}

#[tokio::test]
async fn without_a_requested_page_a_sign_out_redirects_to_the_configured_one() {
    let app = app().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/leave")).await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "nobody");
}

/// G-09
#[tokio::test]
async fn a_missing_forged_old_or_duplicated_state_redirects_to_the_default_page() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let logout = browser
        .step(&Request::navigation(&url("/leave-for-goodbye")))
        .await;
    let location = url::Url::parse(logout.header("location").unwrap()).unwrap();
    let (_, state) = location
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap();
    let landing = |query: String| {
        let browser = &browser;
        async move {
            let request = Request::navigation(&url(&format!("/auth/signed-out{query}")));
            let landing = browser.step(&request).await;
            assert_eq!(landing.status(), 303);
            assert!(landing.set_cookies().is_empty());
            landing.header("location").unwrap().to_owned()
        }
    };
    let mut forged = state.clone().into_owned().into_bytes();
    forged[60] ^= 1;
    let forged = String::from_utf8(forged).unwrap();

    assert_eq!(landing(format!("?state={state}")).await, "/explain?goodbye");
    for query in [
        String::new(),
        "?state=".to_owned(),
        "?state=//evil.example".to_owned(),
        format!("?state={forged}"),
        format!("?state={state}&state={state}"),
        format!("?state={}", "a".repeat(9000)),
    ] {
        assert_eq!(landing(query).await, "/");
    }
    app.clock.advance(Duration::from_secs(600));
    assert_eq!(landing(format!("?state={state}")).await, "/");
}

/// K-06
#[tokio::test]
async fn a_session_is_not_accepted_as_a_state_nor_a_state_as_a_session() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let session = browser
        .jar()
        .cookie("__Host-Http-auth")
        .unwrap()
        .value()
        .into_owned();
    let session = session.trim_start_matches('1');

    let landing = Request::navigation(&url(&format!("/auth/signed-out?state={session}")));
    let landing = browser.step(&landing).await;
    assert_eq!(landing.header("location"), Some("/"));

    let logout = browser
        .thief()
        .step(&Request::navigation(&url("/leave-for-goodbye")))
        .await;
    let location = url::Url::parse(logout.header("location").unwrap()).unwrap();
    let (_, state) = location
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap();
    browser.jar().tamper("__Host-Http-auth", |value| {
        *value = format!("1{state}").into_bytes()
    });
    let page = browser.open(&url("/explain")).await;
    assert_eq!(page.text(), "unknown_key");
}

/// H-01, H-03
#[tokio::test]
async fn the_return_from_a_sign_out_accepts_get_only() {
    let app = app().await;
    let browser = app.browser();

    for method in [Method::POST, Method::HEAD, Method::PUT] {
        let request = Request::navigation(&url("/auth/signed-out")).method(method);
        let refused = browser.step(&request).await;

        assert_eq!(refused.status(), 405);
        assert_eq!(refused.header("allow"), Some("GET, OPTIONS"));
    }
}
