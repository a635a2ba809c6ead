//! Guards that demand more than a sign-in, in a real browser.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use oidc_dev_provider::DevProvider;
use tower_oidc::RequireAuth;
use tower_oidc::guard::RequireAuthLayer;
use tower_oidc_tests::app::router;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;
use super::site::{self, choose_alice};

struct Site {
    origin: String,
    provider: DevProvider,
    clock: TestClock,
    _server: TestServer,
}

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let clock = TestClock::starting_now();
        let provider = site::provider(&origin, &clock).await;
        let auth = site::settings(&provider, &origin, &clock).build();
        let pages = guarded(
            "/recent",
            RequireAuth::layer().max_age(Duration::from_secs(300)),
        )
        .merge(guarded("/gold", RequireAuth::layer().scope("gold")))
        .merge(guarded("/managers", RequireAuth::layer().role("manager")))
        .merge(router())
        .layer(auth.expect("the settings work"));
        Self {
            origin,
            provider,
            clock,
            _server: listener.serve(pages),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

fn guarded(path: &str, guard: RequireAuthLayer) -> Router {
    Router::new()
        .route(path, get(async || "guarded"))
        .layer(guard)
}

#[tokio::test]
async fn a_user_confirms_who_they_are_and_comes_back() {
    let site = Site::start().await;
    let browser = Chromium::start().await;
    browser.open(&site.url("/recent")).await;
    choose_alice(&browser, &site.provider).await;
    browser.shows(&site.url("/recent"), "guarded").await;

    site.clock.advance(Duration::from_secs(301));
    browser.open(&site.url("/recent")).await;

    choose_alice(&browser, &site.provider).await;
    browser.shows(&site.url("/recent"), "guarded").await;
}

#[tokio::test]
async fn a_page_says_which_access_is_missing() {
    let site = Site::start().await;
    let browser = Chromium::start().await;
    browser.open(&site.url("/managers")).await;
    choose_alice(&browser, &site.provider).await;
    browser
        .shows(&site.url("/managers"), "the role manager")
        .await;

    // After one sign-in, for which the provider asks nothing.
    browser.open(&site.url("/gold")).await;
    browser
        .shows(&site.url("/gold"), "the permission gold")
        .await;
}
