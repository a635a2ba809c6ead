//! Plain HTTP outside of loopback, as in `plain_http` with the browser model: what Chromium really
//! sends there, and that everything works with it.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use oidc_dev_provider::DevProvider;
use serde_json::json;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::router;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;
use super::site::{self, Requests, choose_alice};
use super::websocket::{greet, message};

const NAMES: &str = "--host-resolver-rules=MAP *.test 127.0.0.1";

/// An application at `http://app.test`, its provider, and the requests that reach it.
struct Site {
    origin: String,
    provider: DevProvider,
    requests: Requests,
    _server: TestServer,
}

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("app.test");
        let clock = TestClock::starting_now();
        let provider = site::provider(&origin, &clock).await;
        let auth = site::settings(&provider, &origin, &clock)
            .allow_insecure_http(true)
            .build()
            .expect("the settings work");
        let socket = Router::new()
            .route("/socket", get(greet))
            .layer(RequireAuth::layer());
        let pages = router()
            .route("/button", get(|| async { button("") }))
            .merge(socket)
            .layer(auth);
        let requests = Requests::default();
        let pages = requests.recorded(pages);
        Self {
            origin,
            provider,
            requests,
            _server: listener.serve(pages),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn socket(&self) -> String {
        self.url("/socket").replace("http://", "ws://")
    }

    async fn signed_in(&self) -> Chromium {
        let browser = Chromium::with(&[NAMES]).await;
        browser.open(&self.url("/private")).await;
        choose_alice(&browser, &self.provider).await;
        browser.shows(&self.url("/private"), "alice").await;
        browser
    }
}

fn button(origin: &str) -> Html<String> {
    Html(format!(
        "<title>Sign out</title>
         <form method=post action='{origin}/auth/sign-out'><button>Leave</button></form>"
    ))
}

#[tokio::test]
async fn a_user_signs_in_and_out_and_chromium_sends_no_fetch_metadata() {
    let site = Site::start().await;
    let browser = site.signed_in().await;

    browser.open(&site.url("/button")).await;
    let session = browser
        .run("fetch('/auth/session').then(it => it.json()).then(arguments[0])")
        .await;
    assert_eq!(session["claims"]["sub"], "alice");
    assert_eq!(message(&browser, &site.socket()).await, "alice");
    // `Sec-Purpose` is sent nevertheless, so that a prefetch starts nothing.
    let prefetched = browser
        .run(
            "const link = document.createElement('link');
             link.onload = () => arguments[0]('done');
             link.onerror = link.onload;
             Object.assign(link, { rel: 'prefetch', href: '/auth/sign-in' });
             document.head.append(link);",
        )
        .await;
    assert_eq!(prefetched, "done");
    assert_eq!(
        site.requests.last("/auth/sign-in")["sec-purpose"],
        "prefetch"
    );
    browser.click("button").await;
    browser.shows(&site.url("/"), "nobody").await;

    assert_eq!(site.requests.last("/auth/sign-out")["origin"], site.origin);
    assert_eq!(site.provider.counters().end_session, 1);
    for (path, headers) in site.requests.all() {
        let metadata = headers
            .keys()
            .find(|it| it.as_str().starts_with("sec-fetch-"));
        assert_eq!(metadata, None, "{path}");
    }
}

/// On the same host, so that Chromium sends the session cookie with every request.
#[tokio::test]
async fn a_page_of_another_port_neither_signs_out_nor_gets_a_websocket_or_the_session() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    let target = site.origin.clone();
    let page = Router::new().route("/", get(move || async move { button(&target) }));
    let other = TestServer::start(page).await;
    let other = other.origin("app.test");
    let name = format!("auth-{}=", site.origin.rsplit(':').next().expect("a port"));
    let brings_the_session = |path: &str| {
        let headers = site.requests.last(path);
        assert_eq!(headers["origin"], other, "{path}");
        assert!(!headers.contains_key("sec-fetch-site"), "{path}");
        let cookies = headers["cookie"].to_str().expect("text").to_owned();
        assert!(cookies.contains(&name), "{path}: {cookies}");
    };

    browser.open(&other).await;
    assert_eq!(message(&browser, &site.socket()).await, "refused");
    brings_the_session("/socket");
    let session = browser
        .run(&format!(
            "fetch('{}', {{ credentials: 'include' }})
                .then(it => it.text(), () => 'refused').then(arguments[0])",
            site.url("/auth/session")
        ))
        .await;
    assert_eq!(session, json!("refused"));
    brings_the_session("/auth/session");
    browser.click("button").await;
    browser
        .shows(&site.url("/auth/sign-out"), "Request blocked")
        .await;
    brings_the_session("/auth/sign-out");

    browser.open(&site.url("/")).await;
    browser.shows(&site.url("/"), "alice").await;
}
