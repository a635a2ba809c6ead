//! The size of a session: the fixtures are sessions of typical Logto users.

use std::time::{Duration, UNIX_EPOCH};
use tower_oidc_tests::random_text;

use http::header::SET_COOKIE;
use oidc_dev_provider::User;
use serde_json::Value;
use tower_oidc::testing::TestSession;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::{App, Browser};

/// The time of every sign-in of the fixtures.
const ISSUED_AT: u64 = 1_795_000_000;

/// A stock nginx accepts 4,096 bytes, including the application's own headers.
const RESPONSE_HEAD: usize = 4_000;

/// A session of `tests/fixtures/sessions.json`.
fn session(name: &str) -> TestSession {
    let fixtures: Value =
        serde_json::from_str(include_str!("../fixtures/sessions.json")).expect("JSON");
    let fixture = &fixtures[name];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let expiry = |value: &Value| {
        let seconds = value["expires_at"].as_u64().expect("seconds");
        Some(UNIX_EPOCH + Duration::from_secs(seconds))
    };
    let session = match text(&fixture["id_token"]) {
        none if none.is_empty() => TestSession::from_claims(fixture["claims"].to_string()),
        id_token => TestSession::from_id_token(id_token),
    };
    let session = session
        .access_token(text(&fixture["access_token"]), expiry(fixture))
        .refresh_token(text(&fixture["refresh_token"]))
        .scope(text(&fixture["scope"]));
    let more = fixture["access_tokens"].as_object().expect("an object");
    more.iter().fold(session, |session, (resource, entry)| {
        session.access_token_for(resource, text(&entry["token"]), expiry(entry))
    })
}

/// The application at the time of the fixtures, and a browser with the session.
async fn visited_with(session: TestSession) -> (App, Browser) {
    let app = App::start().await;
    let now = UNIX_EPOCH + Duration::from_secs(ISSUED_AT);
    app.clock
        .advance(now.duration_since(app.clock.now()).expect("the past"));
    let browser = app.browser();
    for cookie in app.auth.seal_test_session(session).get_all(SET_COOKIE) {
        let pair = cookie.as_bytes().split(|&byte| byte == b';').next();
        let pair = pair.expect("a cookie");
        let (name, value) = pair.split_at(pair.iter().position(|&byte| byte == b'=').expect("="));
        browser.jar().inject("app.example", name, &value[1..]);
    }
    (app, browser)
}

/// Name and value of each of our cookies.
fn sizes(browser: &Browser) -> Vec<usize> {
    browser.cookies().iter().map(|it| it.size()).collect()
}

#[tokio::test]
async fn the_usual_session_travels_in_one_cookie() {
    let (_app, browser) = visited_with(session("medium")).await;

    let sizes = sizes(&browser);
    println!("medium: {sizes:?} bytes");
    assert_eq!(sizes.len(), 1);
    assert!(sizes[0] <= 1_760);
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["state"], "Authenticated");
}

#[tokio::test]
async fn a_response_that_renews_the_usual_session_passes_a_stock_nginx() {
    let (app, browser) = visited_with(session("medium")).await;
    app.clock.advance(Duration::from_secs(12 * 3600));

    let page = browser.open(&url("/who")).await;

    let head = page.last().head_size();
    println!("medium: a response head of {head} bytes");
    assert_eq!(page.last().set_cookies().len(), 1);
    assert!(head < RESPONSE_HEAD);
}

#[tokio::test]
async fn a_large_session_travels_in_one_cookie_too() {
    let (_app, browser) = visited_with(session("large")).await;

    let sizes = sizes(&browser);
    println!("large: {sizes:?} bytes");
    assert_eq!(sizes.len(), 1);
    assert!(sizes[0] <= 3_330);
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["state"], "Authenticated");
}

#[tokio::test]
async fn a_small_session_takes_half_a_kilobyte() {
    let (_app, browser) = visited_with(session("small")).await;

    let sizes = sizes(&browser);
    println!("small: {sizes:?} bytes");
    assert_eq!(sizes.len(), 1);
    assert!(sizes[0] <= 560);
}

/// The callback deletes the transaction and redirects in the same head.
#[tokio::test]
async fn the_response_that_sets_one_full_cookie_passes_a_stock_nginx() {
    // Grown until one more step of padding would need a second cookie.
    let app = App::with_provider(
        |provider| provider.user(User::new("dave").claim("about", random_text(2_080))),
        |auth| auth.max_cookies(1),
    )
    .await;
    let browser = app.browser();

    let page = sign_in_as(&browser, "dave").await;

    let callback = &page.exchanges()[page.exchanges().len() - 2];
    let cookie = browser.jar().cookie("__Host-Http-auth").expect("signed in");
    let head = callback.head_size();
    println!("full: {} bytes in a head of {head} bytes", cookie.size());
    assert!(cookie.size() > 3_400);
    assert!(head < RESPONSE_HEAD);
}

/// L-10: the length says little about the claims: it changes in steps of 64 bytes, 85 or 86
/// characters.
#[tokio::test]
async fn the_length_of_a_session_changes_in_steps() {
    let app = App::start().await;
    let length = |claim: usize| {
        let claims = format!(
            r#"{{"iss":"https://id.example","sub":"{}"}}"#,
            random_text(claim)
        );
        let cookies = app.auth.seal_test_session(TestSession::from_claims(claims));
        let cookie = cookies[SET_COOKIE].to_str().expect("ASCII").to_owned();
        cookie.split(['=', ';']).nth(1).expect("a value").len()
    };
    let mut lengths: Vec<_> = (1..=640).map(length).collect();

    lengths.dedup();

    assert!(lengths.len() <= 11, "{lengths:?}");
    assert!(lengths.windows(2).all(|step| step[1] - step[0] >= 85));
}
