//! What is kept of the resolver's answers, and that nobody depends on it.

use std::time::Duration;

use tower_oidc::provider::ProviderQuery;
use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::url;
use tower_oidc_tests::tenants::{Answer, HOST, KEYS};
use tower_oidc_tests::visits::EXPIRY;

fn keys(asked: &[ProviderQuery]) -> Vec<&str> {
    asked.iter().filter_map(|query| query.key()).collect()
}

/// Y-06
#[tokio::test]
async fn three_tenants_stay_signed_in_with_room_for_one_provider() {
    let app = Tenants::with(|auth| {
        auth.origins_from_requests(true)
            .provider_cache(1, Duration::from_secs(600))
    })
    .await;
    let mut browsers = Vec::new();
    for key in KEYS {
        browsers.push((key, app.signed_in_at(key).await));
    }
    app.clock.advance(EXPIRY);

    for _ in 0..2 {
        for (key, browser) in &browsers {
            let origin = if *key == "initech" {
                HOST
            } else {
                "https://app.example"
            };
            let page = browser.open(&format!("{origin}/refresh")).await;
            assert_eq!(page.status(), 200, "{key}: {}", page.text());
            let page = browser.open(&format!("{origin}/tenant")).await;
            assert_eq!(page.text(), *key);
        }
    }

    for key in KEYS {
        // Two refreshes, and the code of the sign-in.
        assert_eq!(app.token_requests(key), 3, "{key}");
    }
    assert!(
        keys(&app.resolver.take_asked()).len() >= 6,
        "each was evicted"
    );
}

/// Y-06
#[tokio::test]
async fn an_answer_is_kept_for_its_time_and_then_asked_for_again() {
    let app = Tenants::with(|auth| auth.provider_cache(8, Duration::from_secs(60))).await;
    let browser = app.signed_in_at("acme").await;
    assert_eq!(
        keys(&app.resolver.take_asked()),
        ["acme"],
        "once for sign-in and callback"
    );

    browser.open(&url("/refresh")).await;
    assert_eq!(app.resolver.take_asked().len(), 0);
    app.clock.advance(Duration::from_secs(60));
    browser.open(&url("/refresh")).await;

    assert_eq!(keys(&app.resolver.take_asked()), ["acme"]);
}

/// Y-06
#[tokio::test]
async fn a_provider_that_is_forgotten_is_asked_for_again() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.resolver.take_asked();

    app.auth.forget_provider("globex");
    browser.open(&url("/refresh")).await;
    assert_eq!(app.resolver.take_asked().len(), 0);
    app.auth.forget_provider("acme");
    browser.open(&url("/refresh")).await;

    assert_eq!(keys(&app.resolver.take_asked()), ["acme"]);
}

/// Y-07
#[tokio::test]
async fn a_request_that_only_opens_its_session_asks_nobody() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::Fails);
    app.resolver.take_asked();

    for path in ["/", "/tenant", "/private", "/typed", "/auth/session"] {
        assert_eq!(browser.open(&url(path)).await.status(), 200, "{path}");
    }

    assert_eq!(app.resolver.take_asked().len(), 0);
}

/// Y-08
#[tokio::test]
async fn the_sessions_of_a_tenant_that_was_removed_get_no_new_tokens_and_stay_open() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.clock.advance(EXPIRY);
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::Nothing);
    let before = app.token_requests("acme");

    let answer = tower_oidc_tests::visits::fetch(&browser, "/token").await;

    assert_eq!(answer.status(), 401);
    assert_eq!(app.token_requests("acme"), before);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    // The sign-out works all the same, and stays here.
    let page = browser
        .open(&url("/auth/sign-out"))
        .await
        .press("Sign out")
        .await;
    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "nobody");
}
