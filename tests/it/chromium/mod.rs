//! Tests in a real Chromium, because only it shows what a browser sends behind a service worker,
//! what it does with our cookies, and which redirects it allows after a form. They need Debian's
//! Chromium, so they are behind the feature `interop`.

mod browser;
mod front_end;
mod plain_http;
mod websocket;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::{AuthLayer, Provider, RequireAuth};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET, router};
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use self::browser::Chromium;

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

/// An application at `http://localhost`, its provider, and what browsers sent.
struct Site {
    origin: String,
    provider: DevProvider,
    clock: TestClock,
    seen: Seen,
    _server: TestServer,
}

/// Path and `Sec-Fetch-Dest`.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let clock = TestClock::starting_now();
        let provider_clock = clock.clone();
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .redirect_uri(format!("{origin}/auth/callback"))
            .post_logout_redirect_uri(format!("{origin}/"));
        let provider = DevProvider::builder()
            .client(client)
            .clock(move || provider_clock.now())
            .start()
            .await
            .expect("a loopback port is free");
        let auth = AuthLayer::builder()
            .provider(Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET))
            .base_url(&origin)
            .cookie_secret(SECRET)
            .clock(clock.clone())
            .build()
            .expect("the settings work");
        let seen = Seen::default();
        let server = listener.serve(pages(seen.clone()).layer(auth));
        Self {
            origin,
            provider,
            clock,
            seen,
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
        browser.shows(self.provider.issuer(), "alice").await;
        browser.click("button[value=alice]").await;
        browser.shows(&self.url("/private"), "alice").await;
    }

    /// The `Sec-Fetch-Dest` of the last request for this page of the application.
    fn last_destination(&self, path: &str) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.iter().rev().find(|(seen, _)| seen == path);
        last.expect("a request").1.clone()
    }
}

fn pages(seen: Seen) -> Router {
    let form = Router::new()
        .route("/form", get(form).post(|| async { "saved" }))
        .layer(RequireAuth::layer());
    router()
        .route("/worker.js", get(worker))
        .merge(form)
        .layer(from_fn(move |request: Request, next: Next| {
            let dest = request.headers().get("sec-fetch-dest");
            let dest = dest.and_then(|dest| dest.to_str().ok()).unwrap_or_default();
            let path = request.uri().path().to_owned();
            let mut record = seen.lock().unwrap_or_else(PoisonError::into_inner);
            record.push((path, dest.to_owned()));
            drop(record);
            next.run(request)
        }))
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

        browser.shows(site.provider.issuer(), "alice").await;
        browser.click("button[value=alice]").await;
        browser.shows(&site.url("/private?last"), "alice").await;
    }
}
