//! The guide of Logto's console for an application with Next.js.

use axum::Router;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, url};
use tower_oidc_tests::visits::answer;

use super::sample::{APP_SECRET, COOKIE_SECRET, Sample, endpoint, parameters};

/// The id that the console prints.
const APP_ID: &str = "2xltgoq2kef1ooe06tigf";

fn settings(provider: &DevProvider) -> AuthLayerBuilder {
    // The console prints the endpoint with a slash at its end.
    let endpoint = format!("{}/", endpoint(provider));
    AuthLayer::builder()
        .provider(Provider::logto(endpoint, APP_ID).client_secret(APP_SECRET))
        .base_url("http://localhost:3000")
        .cookie_secret(COOKIE_SECRET)
        .callback_path("/callback")
}

#[tokio::test]
async fn each_step_of_the_guide_works() {
    // Prepare configs: the cookie secret that the console prints has to be replaced.
    let printed = AuthLayer::builder()
        .provider(Provider::logto("http://localhost:3001/", APP_ID).client_secret(APP_SECRET))
        .base_url("http://localhost:3000")
        .cookie_secret("uJ63HIPKujP6BrsSj7nbtxVLH5t3vNt8")
        .build();
    assert_eq!(printed.unwrap_err().setting(), "cookie_secret");
    let provider = DevProvider::builder().issuer_path("/oidc");
    // Configure redirect URIs
    let client = Client::confidential(APP_ID, APP_SECRET)
        .redirect_uri("http://localhost:3000/callback")
        .post_logout_redirect_uri("http://localhost:3000/");
    // Handle the callback
    let app = Sample::start(provider.client(client), settings, Router::new()).await;

    // Implement sign-in and sign-out
    // Add buttons to home page
    let page = app.open("/").await;
    assert!(page.text().contains("Sign In"));

    // Checkpoint: Test your application
    let page = page.click("Sign In").await;
    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    assert_eq!(parameters(page.url(), "client_id"), [APP_ID]);
    let page = page.press("alice").await;
    let callback = page.exchanges()[1].url();
    assert!(
        callback
            .as_str()
            .starts_with("http://localhost:3000/callback?")
    );
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Hello, alice,"));
    let page = page.press("Sign Out").await;
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Sign In"));
    assert_eq!(
        app.provider.session_count(),
        0,
        "the shared session ended, too"
    );
}

/// Logto's console suggests `/callback`, and its guides put the sign-in elsewhere too.
#[tokio::test]
async fn the_routes_have_the_paths_of_the_guide() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET);
            provider.client(client.redirect_uri(url("/callback")))
        },
        |auth| {
            auth.callback_path("/callback")
                .sign_in_path("/sign-in")
                .sign_out_path("/sign-out")
                .session_path("/user")
        },
    )
    .await;
    let browser = app.browser();

    let page = browser.open(&url("/sign-in")).await.press("alice").await;

    assert_eq!(page.text(), "alice");
    let callback = &page.exchanges()[1];
    assert_eq!(callback.url().path(), "/callback");
    assert_eq!(answer(&browser, "/user").await["claims"]["sub"], "alice");
}
