//! Refresh: one token request for all concurrent requests, whose result also serves requests with
//! an older cookie.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{EXPIRY, answer, at_once};
use tower_oidc_tests::{App, Browser};

async fn token(browser: &Browser) -> Value {
    answer(browser, "/token").await
}

fn refreshes(app: &App) -> usize {
    app.provider.refreshes().len()
}

/// T-13
#[tokio::test]
async fn a_token_is_refreshed_when_it_is_due_and_not_before() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(EXPIRY - Duration::from_secs(11));
    assert_eq!(token(&browser).await["token"], first["token"]);
    assert_eq!(refreshes(&app), 0);

    // Ten seconds before its expiry it might expire during a call.
    app.clock.advance(Duration::from_secs(1));
    let second = token(&browser).await;

    assert_ne!(second["token"], first["token"]);
    assert_eq!(second["persisted"], true);
    assert_eq!(token(&browser).await["token"], second["token"]);
    assert_eq!(refreshes(&app), 1);
}

/// F-01
#[tokio::test]
async fn sixty_four_concurrent_requests_cost_one_token_request() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);

    let answers = at_once(64, &browser, "/token").await;

    let tokens: Vec<_> = answers.iter().map(|answer| &answer["token"]).collect();
    assert_eq!(tokens.len(), 64);
    assert!(tokens.iter().all(|token| token == &tokens[0]));
    assert_eq!(refreshes(&app), 1);
    assert_eq!(token(&browser).await["token"], *tokens[0]);
}

/// F-06
#[tokio::test]
async fn an_old_cookie_gets_the_newest_tokens_for_a_minute() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let old = browser.thief();
    app.clock.advance(EXPIRY);
    let newest = token(&browser).await;

    for _ in 0..6 {
        let page = old.thief().open(&url("/token")).await;
        assert_eq!(page.json()["token"], newest["token"]);
        // And its response writes the newest cookie.
        assert_eq!(page.last().set_cookies().len(), 1);
        app.clock.advance(Duration::from_secs(59));
    }
    assert_eq!(refreshes(&app), 1);
}

/// N-03
#[tokio::test]
async fn a_late_response_writes_the_newest_session_not_its_own() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let slow = browser.thief();
    let (server, gate) = slow_page(&app.auth, |auth, gate| async move {
        let _ = auth.refresh().await;
        gate.pass().await;
        "done"
    })
    .await;
    slow.map(ORIGIN, server.address());
    let waiting = slow.clone();
    let page = tokio::spawn(async move { waiting.open(&url("/slow")).await });
    gate.entered().await;
    app.serve(&browser);
    for _ in 0..2 {
        browser.open(&url("/refresh")).await;
    }
    let newest = token(&browser).await;
    app.clock.advance(Duration::from_secs(90));

    gate.open();
    let page = page.await.unwrap();

    assert_eq!(page.text(), "done");
    app.serve(&slow);
    app.clock.advance(Duration::from_secs(120));
    assert_eq!(token(&slow).await["token"], newest["token"]);
    assert_eq!(refreshes(&app), 3);
}

/// F-01: it opened the old cookie, and its token expired while it worked.
#[tokio::test]
async fn a_request_that_read_the_session_before_a_refresh_gets_the_refreshed_token() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let slow = browser.thief();
    let (server, gate) = slow_page(&app.auth, |auth, gate| async move {
        let _ = auth.is_authenticated();
        gate.pass().await;
        let token = auth.access_token().await;
        token.map(|token| token.as_str().to_owned())
    })
    .await;
    slow.map(ORIGIN, server.address());
    let page = tokio::spawn(async move { slow.open(&url("/slow")).await });
    gate.entered().await;
    app.clock.advance(EXPIRY);
    let newest = token(&browser).await;

    gate.open();

    assert_eq!(newest["token"], page.await.unwrap().text());
    assert_eq!(refreshes(&app), 1);
}

/// F-07
#[tokio::test]
async fn a_token_refreshed_after_the_response_head_is_returned_as_not_persisted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/late")).await;

    assert_eq!(page.json()["persisted"], false);
    assert!(page.last().set_cookies().is_empty());
    // The next response writes it.
    assert_eq!(token(&browser).await["token"], page.json()["token"]);
    assert_eq!(refreshes(&app), 1);
    let kept = browser.thief();
    app.clock.advance(Duration::from_secs(120));
    assert_eq!(token(&kept).await["token"], page.json()["token"]);
    assert_eq!(refreshes(&app), 1);
}

/// F-07: the tab is idle for a while before the next response can write it.
#[tokio::test]
async fn a_token_refreshed_after_the_response_head_is_kept_until_a_response_writes_it() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let page = browser.open(&url("/late")).await;

    app.clock.advance(Duration::from_secs(1_800));

    assert_eq!(token(&browser).await["token"], page.json()["token"]);
    assert_eq!(refreshes(&app), 1);
}

/// H-07
#[tokio::test]
async fn an_error_response_carries_the_refreshed_session_too() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/fails-after-refresh")).await;

    assert_eq!(page.status(), 500);
    assert!(!page.last().set_cookies().is_empty());
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

/// F-09
#[tokio::test]
async fn a_refresh_does_not_extend_the_absolute_lifetime() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for _ in 0..20 {
        app.clock.advance(Duration::from_secs(8 * 3600));
        token(&browser).await;
    }
    app.clock.advance(Duration::from_secs(8 * 3600));

    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}

/// F-11
#[tokio::test]
async fn a_preflight_refreshes_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);

    browser
        .fetch("https://app.example/", Method::OPTIONS, &url("/token"))
        .await;

    assert_eq!(refreshes(&app), 0);
}

/// E-11
#[tokio::test]
async fn cookies_are_written_only_when_tokens_change_or_renewal_is_due() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let writes = async |path: &str| {
        let page = browser.open(&url(path)).await;
        page.last().set_cookies().len()
    };

    assert_eq!(writes("/token").await, 0);
    assert_eq!(writes("/refresh").await, 1);
    assert_eq!(writes("/token").await, 0);
    assert_eq!(writes("/clear").await, 1);
    assert_eq!(writes("/token").await, 1);
    assert_eq!(writes("/").await, 0);
}

/// F-08
#[tokio::test]
async fn no_user_ever_gets_the_tokens_of_another() {
    let app = App::start().await;
    let mut browsers = Vec::new();
    for user in ["alice", "bob", "carol"] {
        let browser = app.browser();
        sign_in_as(&browser, user).await;
        browsers.push((user, browser));
    }
    app.clock.advance(EXPIRY);

    let mut answers = JoinSet::new();
    for round in 0..24 {
        let (user, browser) = browsers[round % browsers.len()].clone();
        answers.spawn(async move { (user, token(&browser).await) });
    }
    let answers = answers.join_all().await;

    assert_eq!(refreshes(&app), browsers.len());
    for (user, answer) in &answers {
        assert_eq!(answer["sub"], *user);
        for (other, theirs) in &answers {
            assert_eq!(answer["token"] == theirs["token"], user == other);
        }
    }
}
