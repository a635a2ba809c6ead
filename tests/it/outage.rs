//! The provider is down for a minute while its users continue, without another process.

use std::time::Duration;

use oidc_dev_provider::Endpoint;
use tokio::task::JoinSet;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, fetch};

const USERS: [&str; 3] = ["alice", "bob", "carol"];

/// T-01, F-04
#[tokio::test]
async fn a_minute_without_the_provider_affects_new_tokens_only() {
    let app = App::start().await;
    let mut browsers = Vec::new();
    for user in USERS {
        let browser = app.browser();
        sign_in_as(&browser, user).await;
        browsers.push((user, browser));
    }
    app.clock.advance(EXPIRY - Duration::from_secs(30));
    app.provider.go_down().await.expect("it was up");

    for second in 0..60 {
        let mut visits = JoinSet::new();
        for (user, browser) in browsers.iter().cycle().take(12) {
            let (user, browser) = (*user, browser.clone());
            visits.spawn(async move {
                assert_eq!(browser.open(&url("/private")).await.text(), user);
                let page = fetch(&browser, "/token").await;
                assert!(page.last().set_cookies().is_empty(), "{user}");
                page
            });
        }
        for page in visits.join_all().await {
            let expected = if second < 30 { 200 } else { 503 };
            assert_eq!(page.status(), expected, "after {second} s: {}", page.text());
            let retry = page.header("retry-after");
            assert_eq!(retry.is_some(), expected == 503, "after {second} s");
        }
        app.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(app.provider.refreshes().len(), 0);
    app.provider.come_back().await.expect("its port is free");
    app.clock.advance(Duration::from_secs(2));

    for (user, browser) in &browsers {
        for answer in at_once(16, browser, "/token").await {
            assert_eq!(answer["sub"], *user);
        }
        answer(browser, "/refresh").await;
    }
    assert_eq!(app.provider.refreshes().len(), 2 * USERS.len());
}

/// The provider hangs for longer than a caller waits, while all its users need new tokens and
/// others sign in. Every refresh token is sent once, and every response is used.
#[tokio::test]
async fn a_provider_that_hangs_for_seventeen_seconds_under_load_ends_no_session() {
    let app = App::start().await;
    let mut browsers = Vec::new();
    for user in USERS {
        let browser = app.browser();
        sign_in_as(&browser, user).await;
        browsers.push((user, browser));
    }
    app.clock.advance(EXPIRY);
    let stopped: Vec<_> = [Endpoint::Authorize, Endpoint::Token, Endpoint::Jwks]
        .map(|endpoint| app.provider.hold(endpoint))
        .into();
    let mut visits = JoinSet::new();
    for (_, browser) in browsers.iter().cycle().take(8 * USERS.len()) {
        let browser = browser.clone();
        visits.spawn(async move { fetch(&browser, "/token").await });
    }
    stopped[1].wait_for(USERS.len()).await;

    timers_advance(Duration::from_secs(17)).await;
    // At least the first ones have been asked to try later.
    assert_eq!(visits.join_next().await.unwrap().unwrap().status(), 503);
    // And none of the requests has been cancelled.
    assert_eq!(stopped[1].waiting(), USERS.len());
    drop(stopped);
    app.auth.drain().await;
    for page in visits.join_all().await {
        assert!([200, 503].contains(&page.status()), "{}", page.text());
    }
    app.clock.advance(Duration::from_secs(5));

    let newcomer = app.browser();
    assert_eq!(sign_in_as(&newcomer, "alice").await.text(), "alice");
    for (user, browser) in &browsers {
        for answer in at_once(8, browser, "/token").await {
            assert_eq!(answer["sub"], *user);
        }
    }
    assert_eq!(app.provider.refreshes().len(), USERS.len());
    for (_, browser) in &browsers {
        answer(browser, "/refresh").await;
    }
}
