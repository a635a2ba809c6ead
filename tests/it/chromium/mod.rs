//! Tests in a real Chromium, because only it shows what a browser sends behind a service worker,
//! what it does with our cookies, and which redirects it allows after a form. They need Debian's
//! Chromium, so they are behind the feature `interop`.

mod browser;
mod demands;
mod front_end;
mod plain_http;
mod session_script;
mod sign_out_by_form;
mod site;
mod ways_to_sign_in;
mod websocket;

use std::time::Duration;

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use oidc_dev_provider::DevProvider;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::router;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use self::browser::Chromium;
use self::site::{Requests, choose_alice};

const DAY: Duration = Duration::from_secs(86_400);

/// A service worker that passes every request on, as Workbox's NetworkFirst strategy does.
const WORKER: &str = "
    addEventListener('install', () => skipWaiting());
    addEventListener('activate', event => event.waitUntil(clients.claim()));
    addEventListener('fetch', event => event.respondWith(fetch(event.request)));";

/// Registers it, and waits until it controls the page.
const REGISTER: &str = "
    const done = arguments[0];
    navigator.serviceWorker.register('/worker.js').then(() => {
        if (navigator.serviceWorker.controller) return done('controlled');
        navigator.serviceWorker.addEventListener('controllerchange', () => done('controlled'));
    }, error => done(String(error)));";

/// An application at `http://localhost`, its provider, and the requests for its pages.
struct Site {
    origin: String,
    provider: DevProvider,
    clock: TestClock,
    requests: Requests,
    _server: TestServer,
}

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let clock = TestClock::starting_now();
        let provider = site::provider(&origin, &clock).await;
        let auth = site::settings(&provider, &origin, &clock).build();
        let requests = Requests::default();
        let pages = requests.recorded(pages());
        let server = listener.serve(pages.layer(auth.expect("the settings work")));
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

    /// A browser, optionally behind a service worker.
    async fn browser(&self, behind_a_worker: bool) -> Chromium {
        let browser = Chromium::start().await;
        if behind_a_worker {
            browser.open(&self.url("/public")).await;
            assert_eq!(browser.run(REGISTER).await, "controlled");
        }
        browser
    }

    /// From a guarded page to the provider and back.
    async fn sign_in(&self, browser: &Chromium) {
        browser.open(&self.url("/private")).await;
        choose_alice(browser, &self.provider).await;
        browser.shows(&self.url("/private"), "alice").await;
    }

    /// The `Sec-Fetch-Dest` of the last request for this page of the application.
    fn last_destination(&self, path: &str) -> String {
        let headers = self.requests.last(path);
        let destination = headers["sec-fetch-dest"].to_str();
        destination.expect("text").to_owned()
    }
}

fn pages() -> Router {
    let form = Router::new()
        .route("/form", get(form).post(|| async { "saved" }))
        .layer(RequireAuth::layer());
    router().route("/worker.js", get(worker)).merge(form)
}

async fn worker() -> Response {
    ([(CONTENT_TYPE, "text/javascript")], WORKER).into_response()
}

async fn form() -> Html<&'static str> {
    Html("<title>A form</title><form method=post><input name=text value=work><button>Save</button>")
}

#[tokio::test]
async fn a_user_signs_in() {
    let site = Site::start().await;
    let browser = site.browser(false).await;

    site.sign_in(&browser).await;

    assert_eq!(site.last_destination("/private"), "document");
    browser.open(&site.url("/")).await;
    browser.shows(&site.url("/"), "alice").await;
}

/// The page that asks first must have a policy that allows the redirects after its form.
#[tokio::test]
async fn a_user_signs_out() {
    for behind_a_worker in [false, true] {
        let site = Site::start().await;
        let browser = site.browser(behind_a_worker).await;
        site.sign_in(&browser).await;

        browser.open(&site.url("/auth/sign-out")).await;
        browser.shows(&site.url("/auth/sign-out"), "Sign out").await;
        browser.click("button").await;

        browser.shows(&site.url("/"), "nobody").await;
        assert_eq!(site.provider.counters().end_session, 1);
    }
}

#[tokio::test]
async fn a_user_signs_in_behind_a_service_worker() {
    let site = Site::start().await;
    let browser = site.browser(true).await;

    site.sign_in(&browser).await;

    // Otherwise the service worker did not pass it on, and this test shows nothing.
    assert_eq!(site.last_destination("/private"), "empty");
    let stranger = site.browser(true).await;
    stranger
        .open(&site.url("/auth/sign-in?return_to=/who"))
        .await;
    stranger.shows(site.provider.issuer(), "alice").await;
    stranger.click("button[value=bob]").await;
    stranger.shows(&site.url("/who"), "bob").await;
}

#[tokio::test]
async fn a_form_that_is_posted_after_the_session_ended_says_that_nothing_was_saved() {
    for behind_a_worker in [false, true] {
        let site = Site::start().await;
        let browser = site.browser(behind_a_worker).await;
        site.sign_in(&browser).await;
        browser.open(&site.url("/form")).await;
        site.clock.advance(DAY + Duration::from_secs(1));

        browser.click("button").await;

        browser.shows(&site.url("/form"), "not saved").await;
        // The provider still has a session of the user.
        browser.click("a").await;
        browser.shows(&site.url("/form"), "Save").await;
        browser.click("button").await;
        browser.shows(&site.url("/form"), "saved").await;
    }
}

/// Five other sign-ins are in progress, and the button's redirects lead to the provider on another
/// site.
#[tokio::test]
async fn sign_in_here_works_beside_five_other_sign_ins() {
    for behind_a_worker in [false, true] {
        let site = Site::start().await;
        let browser = site.browser(behind_a_worker).await;
        for tab in 0..5 {
            browser.open(&site.url(&format!("/private?{tab}"))).await;
            browser.shows(site.provider.issuer(), "alice").await;
        }
        browser.open(&site.url("/private?last")).await;
        browser.shows(&site.origin, "in another tab").await;

        browser.click("button").await;

        choose_alice(&browser, &site.provider).await;
        browser.shows(&site.url("/private?last"), "alice").await;
    }
}
