//! The script of the layer that notices the end of a session, in pages that are open.

use std::time::Duration;

use axum::response::Html;
use axum::routing::get;
use oidc_dev_provider::DevProvider;
use tower_oidc::AuthContext;
use tower_oidc_tests::app::router;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;
use super::site::{self, Requests, choose_alice};

const DAY: Duration = Duration::from_secs(86_400);

/// The rest of the session for which a page is open.
const REST: Duration = Duration::from_secs(2);

struct Site {
    origin: String,
    provider: DevProvider,
    clock: TestClock,
    requests: Requests,
    _server: TestServer,
}

/// A page that says who is signed in. Its policy allows the script by its hash alone.
async fn watched(auth: AuthContext, hash: String) -> ([(&'static str, String); 1], Html<String>) {
    let user = auth.claims().map(|claims| claims.sub().to_owned());
    let user = user.as_deref().unwrap_or("nobody");
    let page = format!(
        "<title>Watched</title><body>here: {user}
         <script src=/auth/session.js integrity={hash} defer></script>"
    );
    let policy = format!("default-src 'none'; connect-src 'self'; script-src '{hash}'");
    ([("content-security-policy", policy)], Html(page))
}

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let clock = TestClock::starting_now();
        let provider = site::provider(&origin, &clock).await;
        let auth = site::settings(&provider, &origin, &clock)
            .session_script_path("/auth/session.js")
            .idle_lifetime(DAY)
            .absolute_lifetime(DAY)
            .build()
            .expect("the settings work");
        let hash = auth.session_script_hash().expect("a hash");
        let page = get(move |auth: AuthContext| watched(auth, hash));
        let requests = Requests::default();
        let pages = router().route("/watched", page).layer(auth);
        let server = listener.serve(requests.recorded(pages));
        Self {
            origin,
            provider,
            clock,
            requests,
            _server: server,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    async fn signed_in(&self) -> Chromium {
        let browser = Chromium::start().await;
        browser.open(&self.url("/private")).await;
        choose_alice(&browser, &self.provider).await;
        browser.shows(&self.url("/private"), "alice").await;
        browser
    }

    /// A page that has learned who is signed in.
    async fn open_watched(&self, browser: &Chromium) {
        let before = self.count("/auth/session");
        browser.open(&self.url("/watched")).await;
        while self.count("/auth/session") == before {
            tokio::task::yield_now().await;
        }
    }

    fn count(&self, path: &str) -> usize {
        let requests = self.requests.all();
        requests.iter().filter(|(asked, _)| asked == path).count()
    }
}

/// E-22: the tab in which the user signs out tells the other one, which then asks.
#[tokio::test]
async fn a_page_notices_a_sign_out_in_another_tab_and_loads_again_once() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    site.open_watched(&browser).await;
    browser.shows(&site.url("/watched"), "here: alice").await;
    let first = browser.tab().await;

    browser.open_tab().await;
    browser.open(&site.url("/auth/sign-out")).await;
    browser.click("button").await;
    browser.shows(&site.url("/"), "nobody").await;
    browser.open(&site.url("/watched")).await;

    browser.switch_to(&first).await;
    browser.shows(&site.url("/watched"), "here: nobody").await;
    assert_eq!(site.count("/watched"), 3);
}

/// E-22
#[tokio::test]
async fn a_page_notices_that_the_session_has_ended() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    site.clock.advance(DAY - REST);
    site.open_watched(&browser).await;
    browser.shows(&site.url("/watched"), "here: alice").await;

    site.clock.advance(REST);

    browser.shows(&site.url("/watched"), "here: nobody").await;
    assert_eq!(site.count("/watched"), 2);
}

/// E-22
#[tokio::test]
async fn an_application_that_prevents_it_keeps_its_page() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    site.clock.advance(DAY - REST);
    site.open_watched(&browser).await;

    site.clock.advance(REST);

    let seen = browser
        .run(
            "addEventListener('auth:signedout', event => {
                 event.preventDefault();
                 setTimeout(arguments[0], 200, event.detail);
             });",
        )
        .await;
    assert_eq!(seen["authenticated"], false);
    assert_eq!(site.count("/watched"), 1);
    browser.shows(&site.url("/watched"), "here: alice").await;
}
