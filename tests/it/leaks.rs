//! What must not be read anywhere: in logs, in `Debug` output, in the claims' JSON.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::Method;
use http::header::SET_COOKIE;
use oidc_dev_provider::Fault;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use tower_oidc::testing::TestSession;
use tower_oidc::{AuthContext, AuthLayer, Authenticated, Provider, RequireAuth};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, sign_in, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{App, TestServer};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// Text that something wrote, and what must not be in it.
#[derive(Clone, Debug, Default)]
struct Record(Arc<Mutex<Vec<u8>>>);

impl Record {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Record {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The default HTTP client, and a record of what the provider answered: the refresh token is seen
/// nowhere else.
#[derive(Clone, Debug)]
struct Recording {
    client: HyperClient,
    answers: Record,
}

impl HttpClient for Recording {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let is_token_request = request.method() == Method::POST;
        let answer = self.client.call(request);
        let mut answers = self.answers.clone();
        Box::pin(async move {
            let answer = answer.await?;
            if is_token_request {
                let line = [answer.body(), &b"\n"[..]].concat();
                io::Write::write_all(&mut answers, &line).expect("memory");
            }
            Ok(answer)
        })
    }
}

/// Every secret that passed by: of the configuration, the redirects, the token endpoint's both
/// sides, and the cookies.
fn secrets(app: &App, pages: &[Page], answers: &Record) -> Vec<String> {
    let mut secrets = vec![SECRET.to_owned(), CLIENT_SECRET.to_owned()];
    for request in app.provider.token_requests() {
        secrets.extend(request.authorization().map(str::to_owned));
        for name in ["code", "code_verifier", "client_secret"] {
            secrets.extend(request.parameter(name).map(str::to_owned));
        }
    }
    for line in answers.text().lines() {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        for name in ["access_token", "refresh_token", "id_token"] {
            let token = answer[name].as_str().unwrap_or_default();
            secrets.extend(token.split('.').map(str::to_owned));
        }
    }
    for exchange in pages.iter().flat_map(Page::exchanges) {
        for (name, value) in exchange.url().query_pairs() {
            if ["state", "nonce", "code", "id_token_hint"].contains(&&*name) {
                secrets.push(value.into_owned());
            }
        }
        for cookie in exchange.set_cookies() {
            let value = cookie.split(['=', ';']).nth(1).expect("a value");
            secrets.push(value.to_owned());
        }
    }
    secrets.retain(|secret| secret.len() >= 16);
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}

#[track_caller]
fn holds_none(text: &str, secrets: &[String], what: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
    }
}

/// L-02, L-03, L-11: every flow and its failures, at the most talkative level, the client towards
/// the provider included.
#[tokio::test]
async fn nothing_secret_and_nothing_personal_is_logged_at_any_level() {
    let log = Record::default();
    let writer = log.clone();
    let collector = || {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
    };
    // While there is one subscriber alone, a thread of another test decides for good that nobody
    // listens to an event that it meets first.
    let _another = collector().with_writer(io::sink).set_default();
    let _guard = collector()
        .with_writer(move || writer.clone())
        .set_default();
    let answers = Record::default();
    let client = Recording {
        client: HyperClient::builder()
            .timeout(Duration::from_millis(300))
            .build(),
        answers: answers.clone(),
    };
    let app = App::with(|auth| auth.http_client(client)).await;
    let browser = app.browser();
    let mut pages = vec![
        browser
            .navigate(ORIGIN, &url("/private?token=in-the-query-of-a-page"))
            .await,
        sign_in(&browser).await,
        browser.open(&url("/who")).await,
        browser
            .fetch(ORIGIN, Method::GET, &url("/auth/session"))
            .await,
    ];
    app.clock.advance(Duration::from_secs(12 * 3600));
    pages.push(browser.open(&url("/")).await);
    for &fault in Fault::ALL {
        app.clock.advance(Duration::from_secs(2));
        app.provider.add_fault(fault);
        let page = browser.open(&url("/auth/sign-in?prompt=login")).await;
        pages.push(match page.forms().is_empty() {
            true => page,
            false => page.press("alice").await,
        });
        app.provider.clear_faults();
    }
    for callback in [
        "/auth/callback",
        "/auth/callback?code=a-code-of-somebody-else&state=a-state-of-nobody-at-all",
        "/auth/callback?error=server_error&error_description=a-long-description&state=x",
    ] {
        pages.push(browser.open(&url(callback)).await);
    }
    let damaged = browser.thief();
    damaged
        .jar()
        .tamper("__Host-auth", |value| value.truncate(50));
    pages.push(damaged.open(&url("/who")).await);
    let other = app.another_machine(|auth| auth.cookie_secret("vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7"));
    let other = other.await;
    other.serve(&damaged);
    pages.push(damaged.open(&url("/private")).await);
    pages.push(browser.open(&url("/step-up")).await);
    pages.push(
        browser
            .fetch(ORIGIN, Method::POST, &url("/auth/sign-out"))
            .await,
    );

    let log = log.text();
    for event in [
        "signed in",
        "a sign-in is refused",
        "the session cookie is ignored",
        "signed out",
    ] {
        assert!(log.contains(event), "{event} is not in the log:\n{log}");
    }
    let mut secrets = secrets(&app, &pages, &answers);
    assert!(secrets.len() > 100, "{}", secrets.len());
    secrets.extend(
        [
            "alice",
            "Adams",
            "in-the-query-of-a-page",
            "a-code-of-somebody-else",
            "a-state-of-nobody",
            "a-long-description",
        ]
        .map(str::to_owned),
    );
    let ours = log
        .lines()
        .filter(|line| !line.contains("oidc_dev_provider"));
    holds_none(&ours.collect::<Vec<_>>().join("\n"), &secrets, "the log");
}

/// L-01, on what a handler can get hold of.
#[tokio::test]
async fn debug_of_what_handlers_hold_shows_no_secret_and_no_claim() {
    async fn handler(auth: AuthContext, user: Authenticated) -> String {
        let unopened = format!("{auth:?}");
        let error = AuthContext::authenticated(&auth).err();
        let (id_token, access_token) = (auth.id_token(), auth.peek_access_token());
        assert!(id_token.is_some() && access_token.is_some());
        format!(
            "{unopened} {auth:?} {user:?} {:?} {:?} {error:?} {id_token:?} {access_token:?} {:?} \
             {:?} {:?}",
            auth.claims(),
            user.claims(),
            auth.sign_in().login_hint("alice"),
            auth.sign_out(),
            auth.explain(),
        )
    }
    let answers = Record::default();
    let client = Recording {
        client: HyperClient::new(),
        answers: answers.clone(),
    };
    let app = App::with(|auth| auth.http_client(client)).await;
    let browser = app.browser();
    let pages = [sign_in(&browser).await];
    let router = Router::new()
        .route("/", get(handler))
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    browser.map(ORIGIN, server.address());

    let shown = browser.open(&url("/")).await;

    assert_eq!(shown.status(), 200);
    let mut secrets = secrets(&app, &pages, &answers);
    secrets.extend(["alice", "Adams", "eyJ"].map(str::to_owned));
    holds_none(&shown.text(), &secrets, "Debug");
}

/// L-01, on what is configured and composed.
#[tokio::test]
async fn debug_of_what_is_configured_shows_no_secret() {
    use tower::{Layer, Service, ServiceExt};

    let older = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";
    let app = App::start().await;
    let provider = Provider::new(app.provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET);
    let builder = App::settings(&app.provider, &app.clock)
        .provider(provider.clone())
        .older_cookie_secret(older);
    let auth = builder.clone().build().expect("the settings work");
    let session = TestSession::of_claims(r#"{"iss":"https://id.example","sub":"alice"}"#)
        .access_token("an-access-token-of-alice", None)
        .refresh_token("a-refresh-token-of-alice");
    let cookies = auth.seal_test_session(session.clone());
    let value = cookies[SET_COOKIE].to_str().expect("ASCII").to_owned();
    let weak = App::settings(&app.provider, &app.clock)
        .cookie_secret("a-weak-secret-of-mine")
        .build()
        .expect_err("too short");
    let guard = RequireAuth::layer();
    let mut service = auth.layer(guard.layer(tower::service_fn(
        |_: http::Request<String>| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
        },
    )));
    let request =
        http::Request::get("/").header("cookie", value.split(';').next().expect("a pair"));
    let request = request.body(String::new()).expect("a request");
    let future = service.ready().await.expect("ready").call(request);
    let shown = format!("{service:?} {guard:?} {future:?}");
    let response = future.await.expect("an answer");
    let shown = format!(
        "{shown} {response:?} {builder:?} {auth:?} {provider:?} {session:?} {weak:?} {weak} \
         {cookies:?} {:?} {:?}",
        AuthLayer::builder(),
        app.auth.counters(),
    );

    let value = value.split(['=', ';']).nth(1).expect("a value").to_owned();
    let secrets = [
        SECRET,
        CLIENT_SECRET,
        older,
        "a-weak-secret",
        "of-alice",
        "alice",
    ];
    let secrets: Vec<_> = secrets
        .iter()
        .map(|&it| it.to_owned())
        .chain([value])
        .collect();
    holds_none(&shown, &secrets, "Debug");
}

/// L-05: what the application shows of a user, and what the session route does, holds no token.
#[tokio::test]
async fn the_claims_as_json_hold_no_token() {
    let answers = Record::default();
    let client = Recording {
        client: HyperClient::new(),
        answers: answers.clone(),
    };
    let app = App::with(|auth| auth.http_client(client)).await;
    let browser = app.browser();
    let pages = [sign_in(&browser).await];
    // `nonce` and `at_hash` are claims, and of no use once the token was verified.
    let mut secrets = secrets(&app, &pages, &answers);
    let claims = browser.open(&url("/who")).await.json()["claims"].clone();
    secrets.retain(|secret| claims["nonce"] != *secret);

    let session = browser
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;

    holds_none(&claims.to_string(), &secrets, "the claims");
    holds_none(&session.text(), &secrets, "the session route");
}
