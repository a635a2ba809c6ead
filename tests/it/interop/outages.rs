//! A provider that responds wrongly, late or not at all: sign-ins fail and recover, and signed-in
//! users notice nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use relying_party::HyperClient;
use tokio::task::JoinSet;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::oidc_provider::Answer;
use tower_oidc_tests::visits::{answer, fetch, sign_out};
use tower_oidc_tests::{App, Browser};

use super::site::{Site, USER, client, sign_in};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The tokens outlast the hours by which the tests advance the clock.
const LIFETIMES: [(&str, &str); 2] = [("ID_TTL", "86400"), ("AT_TTL", "86400")];

/// Ten seconds, the default, would be long for a test.
fn with_short_timeout(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    let client = HyperClient::builder().timeout(Duration::from_secs(2));
    auth.http_client(client.build())
}

/// As far as the fault allows.
async fn try_to_sign_in(browser: &Browser, fails_at: &str) -> Page {
    if fails_at == DISCOVERY {
        browser.open(&url("/auth/sign-in")).await
    } else {
        sign_in(browser).await
    }
}

async fn is_unaffected(browser: &Browser, case: &str) {
    assert_eq!(browser.open(&url("/")).await.text(), USER, "{case}");
    let private = browser.navigate(ORIGIN, &url("/private")).await;
    assert_eq!(private.text(), USER, "{case}");
    let session = browser
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;
    assert_eq!(session.json()["authenticated"], true, "{case}");
}

/// T-02, T-03, T-04, T-06 at each endpoint: one request, one page, no session, and the next sign-in
/// works. A code is sent once, and only when it can be used.
#[tokio::test]
async fn while_an_endpoint_fails_sign_ins_fail() {
    let mut site = Site::with(&LIFETIMES, |issuer| client(issuer, "basic"), |auth| auth).await;
    let signed_in = site.signed_in_browser().await;
    for path in [DISCOVERY, "/jwks", "/token"] {
        for answer in [
            Answer::Unavailable,
            Answer::Html,
            Answer::Redirect,
            Answer::Silence,
            Answer::Drip,
        ] {
            let case = format!("{path} {answer:?}");
            match answer {
                Answer::Silence | Answer::Drip => site.restart(with_short_timeout).await,
                _ => site.restart(|auth| auth).await,
            }
            site.serve(&signed_in);
            site.provider.fault(path, answer).await;
            let requests = site.provider.requests(path).await;
            let codes = site.provider.requests("/token").await;
            let browser = site.browser();

            let page = try_to_sign_in(&browser, path).await;

            assert_eq!(page.status(), 502, "{case}");
            assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
            assert!(page.text().contains("/auth/sign-in"), "{case}");
            assert!(App::cookies(&browser).is_empty(), "{case}");
            assert_eq!(site.provider.requests(path).await, requests + 1, "{case}");
            let sent = site.provider.requests("/token").await - codes;
            assert_eq!(sent, u64::from(path == "/token"), "{case}");
            is_unaffected(&signed_in, &case).await;

            site.provider.heal().await;
            // A failure is remembered for a moment.
            site.clock.advance(Duration::from_secs(30));
            let who = sign_in(&site.browser()).await.json();
            assert_eq!(who["state"], "Authenticated", "{case}");
        }
    }
}

/// T-01: neither on the instance at which they signed in nor on one that has never reached the
/// provider, and sessions are still renewed.
#[tokio::test]
async fn users_who_are_signed_in_do_not_notice_that_the_provider_is_gone() {
    let mut site = Site::with(&LIFETIMES, |issuer| client(issuer, "basic"), |auth| auth).await;
    let browser = site.signed_in_browser().await;
    site.provider.stop().await;

    is_unaffected(&browser, "the same instance").await;
    site.restart(|auth| auth).await;
    site.serve(&browser);
    is_unaffected(&browser, "another instance").await;

    site.clock.advance(Duration::from_secs(12 * 3600));
    let renewed = browser.open(&url("/")).await;
    assert_eq!(renewed.text(), USER);
    assert_eq!(renewed.last().set_cookies().len(), 1);
    is_unaffected(&browser, "renewed").await;
    assert_eq!(browser.open(&url("/auth/sign-in")).await.status(), 502);
    is_unaffected(&browser, "after a sign-in that failed").await;
}

/// E-07: they can sign out, too.
#[tokio::test]
async fn a_sign_out_works_without_the_provider() {
    let mut site = Site::start(|issuer| client(issuer, "basic")).await;
    let browser = site.signed_in_browser().await;
    site.provider.stop().await;

    let answer = sign_out(&browser).await;

    assert_eq!(answer.status(), 303);
    let location = answer.header("location").expect("a redirect");
    assert!(location.starts_with(site.provider.issuer()));
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}

/// Repeatedly opens a page that needs a token until the flag is set, as a script does that honours
/// `Retry-After`. Returns how often it got the token, and how often it was asked to try later.
async fn keep_requesting(browser: Browser, done: Arc<AtomicBool>) -> (usize, usize) {
    let (mut tokens, mut later) = (0, 0);
    while !done.load(Ordering::SeqCst) {
        let page = fetch(&browser, "/refresh").await;
        match page.status() {
            200 => tokens += 1,
            503 => later += 1,
            status => panic!("{status}: {}", page.text()),
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    (tokens, later)
}

/// The provider hangs for longer than a caller waits, in real time, and detects reuse: no user
/// loses a session, and sign-ins work within five seconds.
#[tokio::test]
async fn a_provider_that_hangs_for_seventeen_seconds_under_load_ends_no_session() {
    let site = Site::with(&LIFETIMES, |issuer| client(issuer, "basic"), |auth| auth).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut browsers = Vec::new();
    let mut users = JoinSet::new();
    for _ in 0..4 {
        let browser = site.signed_in_browser().await;
        for _ in 0..3 {
            users.spawn(keep_requesting(browser.clone(), Arc::clone(&done)));
        }
        browsers.push(browser);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;

    site.provider.freeze().await;
    let stranger = site.browser();
    let during = tokio::spawn(async move { stranger.open(&url("/auth/sign-in")).await.status() });
    tokio::time::sleep(Duration::from_secs(17)).await;
    site.provider.thaw().await;
    // Within five seconds a failure that is remembered by this clock is forgotten.
    site.clock.advance(Duration::from_secs(5));

    let five_seconds = Duration::from_secs(5);
    let newcomer = site.browser();
    let who = tokio::time::timeout(five_seconds, sign_in(&newcomer)).await;
    assert_eq!(who.expect("in time").json()["state"], "Authenticated");
    done.store(true, Ordering::SeqCst);
    let asked = users.join_all().await;
    assert!(asked.iter().all(|(tokens, _)| *tokens > 0), "{asked:?}");
    assert!(asked.iter().any(|(_, later)| *later > 0), "{asked:?}");
    // A request that was in flight while the provider hung may have failed since.
    site.clock.advance(Duration::from_secs(5));
    for browser in &browsers {
        assert_eq!(browser.open(&url("/private")).await.text(), USER);
        answer(browser, "/refresh").await;
    }
    during.await.unwrap();
}
