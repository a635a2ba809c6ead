//! Development behind a front-end server: Vite proxies to the application on another port of the
//! same host.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use http::HeaderMap;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::{AuthLayer, Provider, RequireAuth};
use tower_oidc_tests::TestServer;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET, router};
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::vite::Vite;

use super::browser::Chromium;
use super::websocket::{greet, message};

/// All servers of the tests listen here; the system's `localhost` may be `::1` first.
const NAMES: &str = "--host-resolver-rules=MAP localhost 127.0.0.1";

/// The origin of `base_url`.
#[derive(Clone, Copy)]
enum BaseUrl {
    FrontEnd,
    Application,
}

struct Site {
    front_end: Vite,
    application: String,
    provider: DevProvider,
    seen: Seen,
    _server: TestServer,
}

/// Path and headers of every request to the application.
type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

impl Site {
    async fn start(base_url: BaseUrl, allows_the_front_end: bool) -> Self {
        let listener = Listener::bind().await;
        let application = listener.origin("localhost");
        let front_end = Vite::start(listener.address()).await;
        let base_url = match base_url {
            BaseUrl::FrontEnd => front_end.origin(),
            BaseUrl::Application => &application,
        };
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .redirect_uri(format!("{base_url}/auth/callback"))
            .post_logout_redirect_uri(format!("{base_url}/"));
        let provider = DevProvider::builder().client(client).start().await;
        let provider = provider.expect("a loopback port is free");
        let allowed = allows_the_front_end.then(|| front_end.origin());
        let auth = AuthLayer::builder()
            .provider(Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET))
            .base_url(base_url)
            .allowed_origins(allowed)
            .cookie_secret(SECRET)
            .build()
            .expect("the settings work");
        let seen = Seen::default();
        let record = seen.clone();
        let socket = Router::new()
            .route("/api/socket", get(greet))
            .layer(RequireAuth::layer());
        let pages = router().merge(socket).layer(auth).layer(from_fn(
            move |request: Request, next: Next| {
                let path = request.uri().path().to_owned();
                let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                record.push((path, request.headers().clone()));
                drop(record);
                next.run(request)
            },
        ));
        Self {
            front_end,
            application,
            provider,
            seen,
            _server: listener.serve(pages),
        }
    }

    fn front_end(&self, path: &str) -> String {
        format!("{}{path}", self.front_end.origin())
    }

    /// The headers of the last request for this path whose `Host` is that of `origin`.
    fn last(&self, path: &str, origin: &str) -> HeaderMap {
        let host = origin.trim_start_matches("http://");
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = seen.iter().rev().map(|(path, headers)| (path, headers));
        let last = seen.find(|(seen, headers)| *seen == path && headers["host"] == host);
        last.expect("a request").1.clone()
    }

    async fn choose_alice(&self, browser: &Chromium) {
        browser.shows(self.provider.issuer(), "alice").await;
        browser.click("button[value=alice]").await;
    }
}

fn port(origin: &str) -> &str {
    origin.rsplit(':').next().expect("a port")
}

#[tokio::test]
async fn behind_vite_a_user_signs_in_opens_websockets_and_signs_out() {
    let site = Site::start(BaseUrl::FrontEnd, false).await;
    let browser = Chromium::with(&[NAMES]).await;
    let home = site.front_end("/");
    browser.open(&home).await;
    browser.shows(&home, "Not signed in").await;
    browser.shows(&home, "proxied: refused").await;

    browser.click("a").await;
    site.choose_alice(&browser).await;

    browser.shows(&home, "Signed in as alice").await;
    browser.shows(&home, "proxied: alice").await;
    // The page belongs to the base URL, whichever port it opens the WebSocket at, and cookies
    // ignore ports.
    browser.shows(&home, "direct: alice").await;
    let session = format!("auth-{}=", port(site.front_end.origin()));
    for (path, origin) in [
        ("/api/socket", site.front_end.origin()),
        ("/api/socket", &site.application),
        // A target that is a string implies `changeOrigin`, and with a single base URL every host
        // is accepted.
        ("/auth/session", &site.application),
    ] {
        let headers = site.last(path, origin);
        let cookies = headers["cookie"].to_str().expect("text");
        assert!(cookies.contains(&session), "{path} at {origin}: {cookies}");
    }

    // `rewriteWsOrigin` hides which page it is, so the layer refuses it.
    let socket = site
        .front_end("/rewritten/socket")
        .replace("http://", "ws://");
    assert_eq!(message(&browser, &socket).await, "refused");
    let headers = site.last("/api/socket", site.front_end.origin());
    assert_eq!(headers["origin"], site.application);

    browser.click("button").await;

    browser.shows(&home, "Not signed in").await;
    browser.shows(&home, "direct: refused").await;
    assert_eq!(site.provider.counters().end_session, 1);
}

#[tokio::test]
async fn a_page_on_a_third_port_gets_no_websocket_through_the_front_end_server() {
    let site = Site::start(BaseUrl::FrontEnd, false).await;
    let browser = Chromium::with(&[NAMES]).await;
    browser.open(&site.front_end("/auth/sign-in")).await;
    site.choose_alice(&browser).await;
    browser.shows(&site.front_end("/"), "proxied: alice").await;
    let other = TestServer::start(router()).await;

    browser.open(&other.origin("localhost")).await;

    let socket = site.front_end("/api/socket").replace("http://", "ws://");
    assert_eq!(message(&browser, &socket).await, "refused");
    let headers = site.last("/api/socket", site.front_end.origin());
    assert_eq!(headers["origin"], other.origin("localhost"));
    assert!(headers.contains_key("cookie"));
}

/// If `base_url` names the application's own port, the front end's pages have another origin.
#[tokio::test]
async fn a_page_of_another_origin_than_the_base_url_opens_websockets_if_it_is_allowed() {
    for (is_allowed, outcome) in [(false, "refused"), (true, "alice")] {
        let site = Site::start(BaseUrl::Application, is_allowed).await;
        let browser = Chromium::with(&[NAMES]).await;
        let private = format!("{}/private", site.application);
        browser.open(&private).await;
        site.choose_alice(&browser).await;
        browser.shows(&private, "alice").await;

        let home = site.front_end("/");
        browser.open(&home).await;

        browser.shows(&home, "Signed in as alice").await;
        browser.shows(&home, &format!("proxied: {outcome}")).await;
        browser.shows(&home, &format!("direct: {outcome}")).await;
        let session = format!("auth-{}=", port(&site.application));
        let headers = site.last("/api/socket", &site.application);
        let cookies = headers["cookie"].to_str().expect("text");
        assert!(cookies.contains(&session), "{cookies}");
    }
}
