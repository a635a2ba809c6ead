//! Signing in and out as a visitor does.

mod sign_out_everywhere;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use oidc_dev_provider::{DevProvider, User};
use serde_json::json;
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{Browser, Listener, TestClock, TestServer};

use crate::app::EmbeddedProvider;
use crate::{app, companies, provider, store};

/// The demo on free ports, and a browser.
struct Demo {
    origin: String,
    browser: Browser,
    provider: Arc<DevProvider>,
    _server: TestServer,
}

impl Demo {
    async fn start() -> Self {
        Self::with(provider::start(0).await.unwrap()).await
    }

    async fn with(provider: DevProvider) -> Self {
        Self::at(provider, TestClock::starting_now()).await
    }

    async fn at(provider: DevProvider, clock: TestClock) -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let secret = tower_oidc_tests::app::SECRET.to_owned();
        let settings = provider::settings(&provider, &origin, secret).clock(clock.clone());
        let auth = store::add_to(settings).unwrap().build().unwrap();
        provider::register_logout(&provider, &origin);
        let provider = Arc::new(provider);
        let embedded = EmbeddedProvider(Some(Arc::clone(&provider)));
        let app = app::router(provider::resources(), embedded).layer(auth);
        Self {
            browser: Browser::new(&clock),
            _server: listener.serve(app),
            provider,
            origin,
        }
    }

    /// A signed-in browser of alice, at this page.
    async fn signed_in(&self, path: &str) -> Page {
        let page = self.browser.open(&self.url("/auth/sign-in")).await;
        page.press("alice").await;
        self.browser.open(&self.url(path)).await
    }

    /// The response to a script.
    async fn fetch(&self, path: &str) -> Page {
        let url = self.url(path);
        self.browser.fetch(&self.origin, Method::GET, &url).await
    }

    /// The hash of the current token.
    async fn sha256(&self, query: &str) -> String {
        let answer = self.fetch(&format!("/api/token{query}")).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let sha256 = answer.json()["token_sha256"].as_str().unwrap().to_owned();
        assert!(sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
        sha256
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
async fn a_guarded_endpoint_refuses_anonymous_requests_in_json() {
    let demo = Demo::start().await;
    let home = demo.browser.open(&demo.url("/")).await;

    let answer = home.fetch(Method::GET, &demo.url("/api/private")).await;

    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json()["error"], "sign_in_required");
}

#[tokio::test]
async fn the_account_needs_a_sign_in_of_the_last_minute() {
    let clock = TestClock::starting_now();
    let provider_clock = clock.clone();
    let provider = DevProvider::builder().clock(move || provider_clock.now());
    let demo = Demo::at(provider.start().await.unwrap(), clock.clone()).await;
    let page = demo.signed_in("/account").await;
    assert!(page.text().contains("Change your account"));

    clock.advance(Duration::from_secs(61));
    let sign_in = demo.browser.open(&demo.url("/account")).await;
    assert!(sign_in.url().as_str().starts_with(demo.provider.issuer()));
    let page = sign_in.press("alice").await;

    assert!(page.text().contains("Change your account"));
    assert_eq!(page.url().as_str(), demo.url("/account"));
}

#[tokio::test]
async fn the_administration_is_for_those_who_have_the_role() {
    let demo = Demo::start().await;
    let page = demo.signed_in("/admin").await;
    assert!(page.text().contains("has the role"));

    let bob = demo.browser.thief();
    bob.jar().clear();
    let page = bob.open(&demo.url("/admin")).await.press("bob").await;

    assert_eq!(page.status(), 403);
    assert!(page.text().contains("the role admin"), "{}", page.text());
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

#[tokio::test]
async fn a_visitor_signs_in_with_the_company_of_the_email_address() {
    let providers = companies::start(0).await.unwrap();
    let listener = Listener::bind().await;
    let origin = listener.origin("localhost");
    let secret = tower_oidc_tests::app::SECRET.to_owned();
    let auth = companies::settings(&providers, &origin, secret).build();
    let _server =
        listener.serve(app::router(Vec::new(), EmbeddedProvider::default()).layer(auth.unwrap()));
    let browser = Browser::new(&TestClock::starting_now());
    let home = browser.open(&format!("{origin}/")).await;
    assert!(home.text().contains("Sign in with your company"));
    let sign_in = |email: &str| format!("{origin}/auth/sign-in?login_hint={email}");

    let page = browser.open(&sign_in("someone@globex.example")).await;
    assert!(page.url().as_str().starts_with(providers[1].issuer()));
    let home = page.press("alice").await;
    assert!(
        home.text().contains("You signed in for globex"),
        "{}",
        home.text()
    );

    let page = browser.open(&sign_in("someone@nowhere.example")).await;
    assert_eq!(page.status(), 404);
}
