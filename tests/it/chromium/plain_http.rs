//! Plain HTTP outside of loopback, as in `plain_http` with the browser model: what Chromium really
//! sends there, and that everything works with it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Html;
use axum::routing::get;
use http::HeaderMap;
use oidc_dev_provider::{Client, DevProvider};
use serde_json::json;
use tower_oidc::{AuthLayer, Provider, RequireAuth};
use tower_oidc_tests::TestServer;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET, router};
use tower_oidc_tests::server::Listener;

use super::browser::Chromium;
use super::websocket::{greet, message};

const NAMES: &str = "--host-resolver-rules=MAP *.test 127.0.0.1";

/// An application at `http://app.test`, its provider, and the headers that browsers sent.
struct Site {
    origin: String,
    provider: DevProvider,
    seen: Seen,
    _server: TestServer,
}

/// Path and headers of every request.
type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

impl Site {
    async fn start() -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("app.test");
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .redirect_uri(format!("{origin}/auth/callback"))
            .post_logout_redirect_uri(format!("{origin}/"));
        let provider = DevProvider::builder().client(client).start().await;
        let provider = provider.expect("a loopback port is free");
        let auth = AuthLayer::builder()
            .provider(Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET))
            .base_url(&origin)
            .allow_insecure_http(true)
            .cookie_secret(SECRET)
            .build()
            .expect("the settings work");
        let seen = Seen::default();
        let record = seen.clone();
        let socket = Router::new()
            .route("/socket", get(greet))
            .layer(RequireAuth::layer());
        let pages = router()
            .route("/button", get(|| async { button("") }))
            .merge(socket)
            .layer(auth)
            .layer(from_fn(move |request: Request, next: Next| {
                let path = request.uri().path().to_owned();
                let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                record.push((path, request.headers().clone()));
                drop(record);
                next.run(request)
            }));
        Self {
            origin,
            provider,
            seen,
            _server: listener.serve(pages),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn socket(&self) -> String {
        self.url("/socket").replace("http://", "ws://")
    }

    /// The headers of the last request for this path.
    fn last(&self, path: &str) -> HeaderMap {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.iter().rev().find(|(seen, _)| seen == path);
        last.expect("a request").1.clone()
    }

    async fn signed_in(&self) -> Chromium {
        let browser = Chromium::with(&[NAMES]).await;
        browser.open(&self.url("/private")).await;
        browser.shows(self.provider.issuer(), "alice").await;
        browser.click("button[value=alice]").await;
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
    assert_eq!(site.last("/auth/sign-in")["sec-purpose"], "prefetch");
    browser.click("button").await;
    browser.shows(&site.url("/"), "nobody").await;

    assert_eq!(site.last("/auth/sign-out")["origin"], site.origin);
    assert_eq!(site.provider.counters().end_session, 1);
    let seen = site.seen.lock().unwrap_or_else(PoisonError::into_inner);
    for (path, headers) in seen.iter() {
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
        let headers = site.last(path);
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
        .shows(&site.url("/auth/sign-out"), "Not from here")
        .await;
    brings_the_session("/auth/sign-out");

    browser.open(&site.url("/")).await;
    browser.shows(&site.url("/"), "alice").await;
}
