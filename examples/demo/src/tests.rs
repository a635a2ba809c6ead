//! Signing in and out as a visitor would.

use axum::http::Method;
use oidc_dev_provider::{DevProvider, User};
use serde_json::json;
use tower_oidc_tests::{Browser, Listener, TestClock, TestServer};

use crate::{app, provider};

/// The demo on free ports, and a browser.
struct Demo {
    origin: String,
    browser: Browser,
    _provider: DevProvider,
    _server: TestServer,
}

impl Demo {
    async fn start() -> Self {
        Self::with(provider::start(0).await.unwrap()).await
    }

    async fn with(provider: DevProvider) -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let secret = tower_oidc_tests::app::SECRET.to_owned();
        let auth = provider::settings(&provider, &origin, secret)
            .build()
            .unwrap();
        Self {
            browser: Browser::new(&TestClock::starting_now()),
            _server: listener.serve(app::router().layer(auth)),
            _provider: provider,
            origin,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

#[tokio::test]
async fn a_visitor_signs_in_sees_the_claims_and_signs_out() {
    let demo = Demo::start().await;
    let home = demo.browser.open(&demo.url("/")).await;
    assert!(home.text().contains("Hello stranger"));

    let home = home.click("Sign in").await.press("alice").await;
    assert_eq!(home.url().as_str(), demo.url("/"));
    assert!(home.text().contains("Hello Alice Adams"));
    assert!(home.text().contains("alice@example.com"));
    let answer = demo.browser.open(&demo.url("/api/profile")).await.json();
    assert_eq!(answer["authenticated"], true);
    assert_eq!(answer["claims"]["sub"], "alice");

    let home = home.press("Sign out").await;
    assert_eq!(home.url().as_str(), demo.url("/"));
    assert!(home.text().contains("Hello stranger"));
    let answer = demo.browser.open(&demo.url("/api/profile")).await.json();
    assert_eq!(answer, json!({ "authenticated": false }));
}

#[tokio::test]
async fn a_guarded_page_is_shown_after_the_sign_in() {
    let demo = Demo::start().await;

    let page = demo.browser.open(&demo.url("/profile")).await;
    let page = page.press("bob").await;

    assert_eq!(page.url().as_str(), demo.url("/profile"));
    assert!(page.text().contains("(not verified)"));
}

#[tokio::test]
async fn a_guarded_endpoint_refuses_strangers_in_json() {
    let demo = Demo::start().await;
    let home = demo.browser.open(&demo.url("/")).await;

    let answer = home.fetch(Method::GET, &demo.url("/api/private")).await;

    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json()["error"], "sign_in_required");
}

#[tokio::test]
async fn what_a_provider_says_is_shown_as_text() {
    let mallory = User::new("mallory").claim("name", "<script>alert(1)</script>");
    let provider = DevProvider::builder().user(mallory).start().await.unwrap();
    let demo = Demo::with(provider).await;

    let sign_in = demo.browser.open(&demo.url("/auth/sign-in")).await;
    let home = sign_in.press("mallory").await;

    assert!(home.text().contains("&lt;script&gt;alert(1)"));
    assert!(!home.text().contains("<script>"));
}
