//! A resolver that fails, hangs, panics, or answers with another tenant's provider.

use std::time::Duration;

use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::url;
use tower_oidc_tests::callback::session;
use tower_oidc_tests::tenants::Answer;
use tower_oidc_tests::visits::{EXPIRY, fetch};

use crate::log;

/// Y-09
#[tokio::test]
async fn while_the_resolver_fails_nobody_signs_in_and_nobody_is_signed_out() {
    for answer in [Answer::Fails, Answer::Panics] {
        let app = Tenants::start().await;
        let browser = app.signed_in_at("acme").await;
        app.clock.advance(EXPIRY);
        app.auth.forget_provider("acme");
        app.resolver.answers(answer);
        let log = log::record();

        for path in [
            "/auth/sign-in/globex",
            "/auth/sign-in?login_hint=a@acme.example",
        ] {
            let page = app.browser().open(&url(path)).await;
            assert_eq!(page.status(), 503, "{path}");
        }
        assert_eq!(fetch(&browser, "/token").await.status(), 503);
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
        let text = log.text();
        assert!(text.contains("provider_resolver"), "{text}");

        app.resolver.answers(Answer::Right);
        // A failure is remembered for a second.
        app.clock.advance(Duration::from_secs(2));
        assert_eq!(fetch(&browser, "/token").await.status(), 200);
    }
}

/// Y-09
#[tokio::test]
async fn a_resolver_that_fails_does_not_hinder_a_provider_that_it_found_before() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    // Longer than answers are kept.
    app.clock.advance(EXPIRY);
    app.resolver.answers(Answer::Fails);

    assert_eq!(fetch(&browser, "/token").await.status(), 200);
}

/// Y-09
#[tokio::test]
async fn a_sign_out_works_while_the_resolver_fails_and_the_revocation_waits() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::Fails);

    let page = browser
        .open(&url("/auth/sign-out"))
        .await
        .press("Sign out")
        .await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider("acme").revocations().len(), 0);
    app.resolver.answers(Answer::Right);
    app.clock.advance(Duration::from_secs(2));
    app.auth.drain().await;
    assert_eq!(app.provider("acme").revocations().len(), 1);
}

/// Y-09: a callback keeps its code until the resolver answers again.
#[tokio::test]
async fn a_callback_can_be_repeated_when_the_resolver_answers_again() {
    let app = Tenants::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in/acme")).await;
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::Fails);

    let page = page.press("alice").await;
    assert_eq!(page.status(), 503);
    app.resolver.answers(Answer::Right);
    app.clock.advance(Duration::from_secs(2));
    let page = browser.open(page.url().as_str()).await;

    assert_eq!(page.text(), "alice");
}

/// Y-09
#[tokio::test(start_paused = true)]
async fn a_resolver_that_hangs_is_given_up_after_five_seconds() {
    use tower_oidc::provider::{ProviderQuery, ResolvedProvider};
    use tower_oidc::{AuthContext, AuthLayer};
    type Answer = Result<Option<ResolvedProvider>, tower_oidc::hooks::BoxError>;

    let auth = AuthLayer::builder()
        .provider_resolver(|_: ProviderQuery| std::future::pending::<Answer>())
        .base_url("https://app.example")
        .cookie_secret(tower_oidc_tests::app::SECRET)
        .build()
        .unwrap();
    let app = axum::Router::new()
        .route("/", axum::routing::get(|_: AuthContext| async { "page" }))
        .layer(auth);
    let request = http::Request::get("/auth/sign-in")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .body(axum::body::Body::empty())
        .unwrap();
    let before = tokio::time::Instant::now();

    let response = tower::ServiceExt::oneshot(app, request).await.unwrap();

    assert_eq!(response.status(), 503);
    assert_eq!(before.elapsed().as_secs(), 5);
}

/// Y-10
#[tokio::test]
async fn an_answer_with_another_key_than_was_asked_for_is_not_used() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.clock.advance(EXPIRY);
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::OtherKey);
    let log = log::record();

    assert_eq!(fetch(&browser, "/token").await.status(), 503);
    assert_eq!(
        app.browser()
            .open(&url("/auth/sign-in/acme"))
            .await
            .status(),
        503
    );

    assert_eq!(app.token_requests("globex"), 0);
    assert_eq!(app.provider("globex").counters().discovery, 0);
    assert!(log.text().contains("another key"), "{}", log.text());
}

/// Y-10
#[tokio::test]
async fn another_tenants_provider_under_the_key_of_a_session_gets_nothing_of_it() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;
    app.clock.advance(EXPIRY);
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::OtherProvider);

    assert_eq!(fetch(&browser, "/token").await.status(), 401);
    assert_eq!(fetch(&browser, "/ask/user-info").await.status(), 401);
    let page = browser
        .open(&url("/auth/sign-out"))
        .await
        .press("Sign out")
        .await;

    assert_eq!(page.url().as_str(), url("/"));
    let globex = app.provider("globex").counters();
    assert_eq!(
        (globex.token, globex.user_info, globex.end_session),
        (0, 0, 0)
    );
    assert_eq!(app.provider("globex").revocations().len(), 0);
}

/// Y-10: the provider changed between the start of the sign-in and its callback.
#[tokio::test]
async fn a_code_does_not_go_to_another_provider_that_has_got_the_key_meanwhile() {
    let app = Tenants::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in/acme")).await;
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::OtherProvider);

    let page = page.press("alice").await;

    assert_eq!(page.status(), 400);
    assert_eq!(app.token_requests("globex"), 0);
    assert_eq!(session(&browser), None);
}
