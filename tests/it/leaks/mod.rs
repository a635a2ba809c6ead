//! What must not appear anywhere: in logs, in `Debug` output, in the claims as JSON.

mod flows;
mod stage;
mod witness;

use std::io;

use axum::Router;
use axum::routing::get;
use http::Method;
use http::header::SET_COOKIE;
use tower_oidc::testing::TestSession;
use tower_oidc::{AuthContext, AuthLayer, Authenticated, Provider, RequireAuth};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, url};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

use self::flows::FLOWS;
use self::stage::Stage;
use self::witness::Witness;
use crate::log::Record;

/// Secrets of other instances.
const OTHER_SECRET: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";
const NEWER_SECRET: &str = "Wd3Rk9TzX5bNq7LmYc2HvJ8sPf6GaUe4";

/// What is secret before any sign-in.
const CONFIGURED: [&str; 4] = [SECRET, OTHER_SECRET, NEWER_SECRET, CLIENT_SECRET];

/// The users' names and claims.
const PERSONAL: [&str; 7] = [
    "alice",
    "Adams",
    "the-users-own-data",
    "in-the-query-of-a-page",
    "a-code-of-somebody-else",
    "a-state-of-nobody",
    "a-long-description",
];

#[track_caller]
fn holds_none<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>, what: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
    }
}

/// L-02, L-03, L-11: every flow and its failures, at the TRACE level, including the client for the
/// provider.
#[tokio::test]
async fn nothing_secret_and_nothing_personal_is_logged_at_any_level() {
    let log = Record::default();
    let writer = log.clone();
    let collector = || {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
    };
    // While there is only one subscriber, a thread of another test that reaches an event first
    // decides for good that no one listens to it.
    let _another = collector().with_writer(io::sink).set_default();
    let _guard = collector()
        .with_writer(move || writer.clone())
        .set_default();
    let witness = Witness::default();
    let mut stage = Stage::new(witness.clone(), log.clone()).await;

    for flow in FLOWS {
        let begun_at = log.len();
        stage.begin();
        (flow.run)(&mut stage).await;
        assert!(stage.is_proven(), "nothing shows that {} ran", flow.name);

        let log = log.since(begun_at);
        let ours: Vec<_> = log
            .lines()
            .filter(|line| !line.contains("oidc_dev_provider"))
            .collect();
        let secrets = witness.secrets();
        let secrets = secrets.iter().map(String::as_str);
        holds_none(
            &ours.join("\n"),
            secrets.chain(CONFIGURED).chain(PERSONAL),
            flow.name,
        );
    }

    let seen = witness.secrets().len();
    assert!(seen > 1_000, "{seen}");
}

/// L-01, for everything that a handler can obtain.
#[tokio::test]
async fn debug_output_of_handler_types_shows_no_secret_and_no_claim() {
    async fn handler(auth: AuthContext, user: Authenticated) -> String {
        let unopened = format!("{auth:?}");
        let error = AuthContext::authenticated(&auth).err();
        let (id_token, access_token) = (auth.id_token(), auth.cached_access_token());
        assert!(id_token.is_some() && access_token.is_some());
        format!(
            "{unopened} {auth:?} {user:?} {:?} {:?} {error:?} {id_token:?} {access_token:?} {:?} \
             {:?} {:?}",
            auth.claims(),
            user.claims(),
            auth.sign_in().login_hint("alice"),
            auth.sign_out(),
            auth.not_signed_in_reason(),
        )
    }
    let witness = Witness::default();
    let stage = Stage::new(witness.clone(), Record::default()).await;
    let browser = stage.signed_in().await;
    let router = Router::new().route("/", get(handler));
    let instance = stage.serving(stage.plain.auth.clone(), router).await;
    instance.serve(&browser);

    let shown = browser.open(&url("/")).await;

    assert_eq!(shown.status(), 200);
    let secrets = witness.secrets();
    let secrets = secrets.iter().map(String::as_str);
    let personal = ["alice", "Adams", "eyJ"];
    holds_none(&shown.text(), secrets.chain(personal), "Debug");
}

/// L-01, for everything that is configured.
#[tokio::test]
async fn debug_output_of_the_configuration_shows_no_secret() {
    use tower::{Layer, Service, ServiceExt};

    let app = App::start().await;
    let provider = Provider::new(app.provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET);
    let builder = App::settings(&app.provider, &app.clock)
        .provider(provider.clone())
        .additional_cookie_secret(OTHER_SECRET);
    let auth = builder.clone().build().expect("the settings work");
    let session = TestSession::from_claims(r#"{"iss":"https://id.example","sub":"alice"}"#)
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

    let value = value.split(['=', ';']).nth(1).expect("a value");
    let more = ["a-weak-secret", "of-alice", "alice", value];
    holds_none(&shown, CONFIGURED.into_iter().chain(more), "Debug");
}

/// L-05: the claims that the application shows, and those of the session route, contain no token.
#[tokio::test]
async fn the_claims_as_json_contain_no_token() {
    let witness = Witness::default();
    let stage = Stage::new(witness.clone(), Record::default()).await;
    let browser = stage.signed_in().await;
    let claims = browser.open(&url("/who")).await.json()["claims"].clone();
    // `nonce` and `at_hash` are claims, and are of no use after the token was verified.
    let mut secrets = witness.secrets();
    secrets.retain(|secret| claims["nonce"] != *secret);
    let secrets = || secrets.iter().map(String::as_str);

    let session = browser
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;

    holds_none(&claims.to_string(), secrets(), "the claims");
    holds_none(&session.text(), secrets(), "the session route");
}
