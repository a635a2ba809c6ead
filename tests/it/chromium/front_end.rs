//! Development behind a front-end server: Vite proxies to the application on another port of the
//! same host.

use axum::Router;
use axum::routing::get;
use oidc_dev_provider::DevProvider;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::router;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::vite::Vite;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;
use super::site::{self, Requests, choose_alice};
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
    requests: Requests,
    _server: TestServer,
}

impl Site {
    async fn start(base_url: BaseUrl, allows_the_front_end: bool) -> Self {
        let listener = Listener::bind().await;
        let application = listener.origin("localhost");
        let front_end = Vite::start(listener.address()).await;
        let base_url = match base_url {
            BaseUrl::FrontEnd => front_end.origin(),
            BaseUrl::Application => &application,
        };
        let clock = TestClock::starting_now();
        let provider = site::provider(base_url, &clock).await;
        let allowed = allows_the_front_end.then(|| front_end.origin());
        let auth = site::settings(&provider, base_url, &clock)
            .allowed_origins(allowed)
            .build()
            .expect("the settings work");
        let socket = Router::new()
            .route("/api/socket", get(greet))
            .layer(RequireAuth::layer());
        let requests = Requests::default();
        let pages = requests.recorded(router().merge(socket).layer(auth));
        Self {
            front_end,
            application,
            provider,
            requests,
            _server: listener.serve(pages),
        }
    }

    fn front_end(&self, path: &str) -> String {
        format!("{}{path}", self.front_end.origin())
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
    choose_alice(&browser, &site.provider).await;

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
        let headers = site.requests.last_at(path, origin);
        let cookies = headers["cookie"].to_str().expect("text");
        assert!(cookies.contains(&session), "{path} at {origin}: {cookies}");
    }

    // `rewriteWsOrigin` hides which page it is, so the layer refuses it.
    let socket = site
        .front_end("/rewritten/socket")
        .replace("http://", "ws://");
    assert_eq!(message(&browser, &socket).await, "refused");
    let headers = site
        .requests
        .last_at("/api/socket", site.front_end.origin());
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
    choose_alice(&browser, &site.provider).await;
    browser.shows(&site.front_end("/"), "proxied: alice").await;
    let other = TestServer::start(router()).await;

    browser.open(&other.origin("localhost")).await;

    let socket = site.front_end("/api/socket").replace("http://", "ws://");
    assert_eq!(message(&browser, &socket).await, "refused");
    let headers = site
        .requests
        .last_at("/api/socket", site.front_end.origin());
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
        choose_alice(&browser, &site.provider).await;
        browser.shows(&private, "alice").await;

        let home = site.front_end("/");
        browser.open(&home).await;

        browser.shows(&home, "Signed in as alice").await;
        browser.shows(&home, &format!("proxied: {outcome}")).await;
        browser.shows(&home, &format!("direct: {outcome}")).await;
        let session = format!("auth-{}=", port(&site.application));
        let headers = site.requests.last_at("/api/socket", &site.application);
        let cookies = headers["cookie"].to_str().expect("text");
        assert!(cookies.contains(&session), "{cookies}");
    }
}
