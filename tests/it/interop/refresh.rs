//! Refresh where a replayed refresh token ends the whole grant.

use std::time::Duration;

use http::Method;
use tokio::task::JoinSet;
use tower_oidc_tests::Browser;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, fetch, token};

use super::site::{Site, USER, client};

/// ID tokens that outlast the hours by which the tests advance the clock.
const LIFETIMES: [(&str, &str); 2] = [("ID_TTL", "604800"), ("AT_TTL", "3600")];

const ONE: &str = "/token?resource=https://api.one.example";
const TWO: &str = "/token?resource=https://api.two.example";

async fn site() -> Site {
    let register = |issuer: &str| {
        client(issuer, "basic")
            .resources(["https://api.one.example", "https://api.two.example"])
            .scopes(["openid", "profile", "offline_access", "read", "write"])
    };
    Site::with(&LIFETIMES, register, |auth| auth).await
}

async fn token_requests(site: &Site) -> u64 {
    site.provider.requests("/token").await
}

/// The grant is still valid, and so is the session.
async fn is_signed_in(site: &Site, browser: &Browser) {
    assert_eq!(browser.open(&url("/private")).await.text(), USER);
    answer(browser, "/refresh").await;
    site.clock.advance(EXPIRY);
    token(browser).await;
}

/// F-01
#[tokio::test]
async fn sixty_four_concurrent_requests_cost_one_token_request() {
    let site = site().await;
    let browser = site.signed_in_browser().await;
    let before = token(&browser).await;
    site.clock.advance(EXPIRY);
    let requests = token_requests(&site).await;

    let answers = at_once(64, &browser, "/token").await;

    assert_eq!(answers.len(), 64);
    for answer in &answers {
        assert_eq!(answer["sub"], USER);
        assert_eq!(answer["token"], answers[0]["token"]);
        assert_ne!(answer["token"], before);
    }
    assert_eq!(token_requests(&site).await, requests + 1);
    is_signed_in(&site, &browser).await;
}

/// F-06: clients that disconnect somewhere between their first byte and the response.
#[tokio::test]
async fn requests_that_are_cancelled_during_a_refresh_lose_no_session() {
    let site = site().await;
    let browser = site.signed_in_browser().await;
    for round in 1..=5_u64 {
        site.clock.advance(EXPIRY);
        let requests = token_requests(&site).await;
        let mut visits = JoinSet::new();
        for tab in 0..64 {
            let browser = browser.clone();
            visits.spawn(async move {
                let left = async {
                    for _ in 0..(tab * round * 7) % 61 {
                        tokio::task::yield_now().await;
                    }
                };
                tokio::select! {
                    biased;
                    () = left, if tab % 3 > 0 => false,
                    answer = token(&browser) => answer.is_string(),
                }
            });
        }

        let answered = visits.join_all().await;

        assert!(answered.contains(&true), "{answered:?}");
        assert!(answered.contains(&false), "{answered:?}");
        token(&browser).await;
        assert_eq!(token_requests(&site).await, requests + 1, "{round}");
    }
    is_signed_in(&site, &browser).await;
}

/// F-06
#[tokio::test]
async fn an_old_cookie_works_for_a_minute() {
    let site = site().await;
    let browser = site.signed_in_browser().await;
    let old = browser.thief();
    site.clock.advance(EXPIRY);
    let newest = token(&browser).await;
    let requests = token_requests(&site).await;

    for _ in 0..4 {
        let copy = old.thief();
        for answer in at_once(8, &copy, "/token").await {
            assert_eq!(answer["token"], newest);
        }
        site.clock.advance(Duration::from_secs(19));
    }

    assert_eq!(token_requests(&site).await, requests);
    is_signed_in(&site, &browser).await;
}

/// N-01
#[tokio::test]
async fn concurrent_tokens_for_two_resources_and_the_default_all_succeed() {
    let site = site().await;
    let browser = site.signed_in_browser().await;
    site.clock.advance(EXPIRY);
    let requests = token_requests(&site).await;
    let mut visits = JoinSet::new();
    for path in ["/token", ONE, TWO].repeat(8) {
        let browser = browser.clone();
        visits.spawn(async move { (path, answer(&browser, path).await) });
    }

    let answers = visits.join_all().await;

    assert_eq!(token_requests(&site).await, requests + 3);
    for (path, answer) in &answers {
        for (other, theirs) in &answers {
            assert_eq!(answer["token"] == theirs["token"], path == other);
        }
    }
    for (path, _) in &answers {
        let known = answers.iter().find(|it| it.0 == *path);
        assert_eq!(
            answer(&browser, path).await["token"],
            known.unwrap().1["token"]
        );
    }
    assert_eq!(token_requests(&site).await, requests + 3);
    is_signed_in(&site, &browser).await;
}

/// F-04: a minute without the provider: nothing changes while the tokens are valid; then requests
/// that need one are asked to try later, and everybody stays signed in.
#[tokio::test]
async fn a_minute_without_the_provider_signs_nobody_out() {
    let site = site().await;
    let mut browsers = Vec::new();
    for _ in 0..4 {
        browsers.push(site.signed_in_browser().await);
    }
    site.provider.go_down().await;

    site.clock.advance(EXPIRY - Duration::from_secs(30));
    for second in 0..60 {
        let mut visits = JoinSet::new();
        for browser in browsers.iter().cycle().take(8) {
            let browser = browser.clone();
            visits.spawn(async move {
                let user = browser.open(&url("/private")).await;
                assert_eq!(user.text(), USER);
                let page = fetch(&browser, "/token").await;
                assert!(page.last().set_cookies().is_empty());
                (page.status(), page.header("retry-after").map(str::to_owned))
            });
        }
        for (status, retry_after) in visits.join_all().await {
            let expected = if second < 30 { 200 } else { 503 };
            assert_eq!(status, expected, "after {second} s");
            assert_eq!(retry_after.is_some(), status == 503, "after {second} s");
        }
        site.clock.advance(Duration::from_secs(1));
    }
    let requests = token_requests(&site).await;
    site.provider.come_back().await;
    site.clock.advance(Duration::from_secs(2));

    for browser in &browsers {
        for answer in at_once(8, browser, "/token").await {
            assert_eq!(answer["sub"], USER);
        }
    }
    assert_eq!(token_requests(&site).await, requests + 4);
    for browser in &browsers {
        is_signed_in(&site, browser).await;
    }
}

/// The refresh token is revoked with the session.
#[tokio::test]
async fn a_sign_out_revokes_the_newest_refresh_token() {
    let mut site = site().await;
    let browser = site.signed_in_browser().await;
    let old = browser.thief();
    answer(&browser, "/refresh").await;
    site.restart(|auth| auth).await;
    site.serve(&browser);
    let copy = browser.thief();

    browser
        .fetch(ORIGIN, Method::POST, &url("/auth/sign-out"))
        .await;

    assert_eq!(site.provider.requests("/token/revocation").await, 1);
    // Another instance, which does not know of the sign-out.
    site.restart(|auth| auth).await;
    for browser in [&copy, &old] {
        site.serve(browser);
        site.clock.advance(EXPIRY);
        assert_eq!(fetch(browser, "/token").await.status(), 401);
    }
}
