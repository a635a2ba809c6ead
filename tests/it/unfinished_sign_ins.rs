//! A provider that could not finish a sign-in: `temporarily_unavailable`, which Keycloak reports
//! when its own page has expired.

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{
    begun, is_refusal, known_browser, parameter, returning, session, transactions,
};
use tower_oidc_tests::{App, Browser};
use url::Url;

/// The callback of a sign-in at `path` that the provider does not finish. It works again
/// afterwards.
async fn unfinished(app: &App, browser: &Browser, path: &str) -> Url {
    app.provider
        .add_fault(Fault::AuthorizationTemporarilyUnavailable);
    let callback = begun(app, browser, path).await;
    app.provider.clear_faults();
    assert_eq!(
        parameter(&callback, "error").as_deref(),
        Some("temporarily_unavailable")
    );
    callback
}

/// Where the restarted sign-in redirects to.
fn restarted(app: &App, exchange: &Exchange, case: &str) -> Url {
    assert_eq!(exchange.status(), 303, "{case}: {}", exchange.text());
    let location = Url::parse(exchange.header("location").expect("a redirect")).expect("a URL");
    assert!(
        location.as_str().starts_with(app.provider.issuer()),
        "{case}"
    );
    let state = parameter(&location, "state").expect("a state");
    assert!(state.starts_with('b'), "{case}: {state}");
    location
}

#[tokio::test]
async fn it_is_restarted_once_and_returns_to_its_page() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let path = "/auth/sign-in?return_to=/private?a%26b";
    let callback = unfinished(&app, &browser, path).await;

    let page = browser.send(returning(&app, &callback)).await;

    assert_eq!(page.text(), "alice");
    assert_eq!(page.url().as_str(), url("/private?a&b"));
    assert!(transactions(&browser).is_empty());
}

#[tokio::test]
async fn the_second_time_the_user_gets_a_page_that_keeps_the_return_path() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    app.provider
        .add_fault(Fault::AuthorizationTemporarilyUnavailable);
    let before = app.provider.counters().authorize;

    let page = browser.open(&url("/private?tab=7")).await;

    assert_eq!(page.status(), 503, "{}", page.text());
    assert!(page.text().contains("not finished"));
    assert_eq!(app.provider.counters().authorize, before + 2);
    assert!(App::cookies(&browser).is_empty());
    app.provider.clear_faults();
    let page = page.click("Sign in again").await;
    assert_eq!(page.url().as_str(), url("/private?tab=7"));
    assert_eq!(page.text(), "alice");
}

/// Providers that imitate Keycloak use the description as the code.
#[tokio::test]
async fn an_expired_authentication_is_restarted_too() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = unfinished(&app, &browser, "/auth/sign-in").await;
    let callback = callback
        .as_str()
        .replace("temporarily_unavailable", "authentication_expired");

    let exchange = browser.step(&Request::navigation(&callback)).await;

    restarted(&app, &exchange, "authentication_expired");
}

#[tokio::test]
async fn if_another_tab_has_signed_in_the_browser_continues_to_its_page() {
    let app = App::start().await;
    let browser = app.browser();
    sign_in(&browser).await;
    for path in [
        "/auth/sign-in?return_to=/who",
        "/auth/sign-in?return_to=/who&ui_locales=de",
    ] {
        let callback = unfinished(&app, &browser, path).await;
        let (before, authorize) = (session(&browser), app.provider.counters().authorize);

        let exchange = browser.step(&returning(&app, &callback)).await;

        assert_eq!(exchange.header("location"), Some("/who"), "{path}");
        assert_eq!(session(&browser), before);
        assert!(transactions(&browser).is_empty());
        assert_eq!(app.provider.counters().authorize, authorize);
    }
}

/// The same request is repeated, and no existing session replaces it.
#[tokio::test]
async fn requirements_are_repeated_at_the_restart() {
    let app = App::start().await;
    for (path, name, value) in [
        ("/step-up", "max_age", Some("60")),
        ("/auth/sign-in?prompt=consent", "prompt", Some("consent")),
        ("/auth/sign-in?login_hint=bob", "login_hint", Some("bob")),
        ("/start", "login_hint", Some("bob")),
        ("/organization", "organization_id", Some("acme")),
        ("/auth/sign-in?after=refusal", "max_age", None),
    ] {
        let browser = app.signed_in_browser().await;
        let callback = unfinished(&app, &browser, path).await;
        let before = session(&browser);

        let exchange = browser.step(&returning(&app, &callback)).await;

        let location = restarted(&app, &exchange, path);
        assert_eq!(parameter(&location, name).as_deref(), value, "{path}");
        assert_eq!(session(&browser), before, "{path}");
    }
}

/// A repeated step-up still accepts its own user only.
#[tokio::test]
async fn the_restarted_sign_in_accepts_the_same_user_only() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let callback = unfinished(&app, &browser, "/step-up").await;
    let before = session(&browser);
    sign_in_as(&browser.thief(), "alice").await;
    app.clock.advance(std::time::Duration::from_secs(120));

    let page = browser.send(returning(&app, &callback)).await;
    let page = page.press("bob").await;

    assert_eq!(page.status(), 400, "{}", page.text());
    assert_eq!(session(&browser), before);
}

#[tokio::test]
async fn a_sign_in_that_is_too_long_to_restart_gets_a_page() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let path = format!(
        "/auth/sign-in?return_to=/who&login_hint={}",
        "x".repeat(600)
    );
    let callback = unfinished(&app, &browser, &path).await;
    let before = session(&browser);

    let exchange = browser.step(&returning(&app, &callback)).await;

    is_refusal(&exchange, 503, "too long");
    assert!(exchange.text().contains("still signed in"));
    assert!(exchange.text().contains("return_to=%2Fwho"));
    assert_eq!(session(&browser), before);
}

#[tokio::test]
async fn the_restart_does_not_count_towards_the_limit_of_five() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    for _ in 0..4 {
        begun(&app, &browser, "/auth/sign-in").await;
    }
    let callback = unfinished(&app, &browser, "/auth/sign-in?return_to=/who").await;
    assert_eq!(transactions(&browser).len(), 5);

    let exchange = browser.step(&returning(&app, &callback)).await;

    restarted(&app, &exchange, "beside others");
    assert_eq!(transactions(&browser).len(), 5);
}

/// Nothing in a URL is trusted without a transaction of this browser.
#[tokio::test]
async fn a_forged_error_restarts_nothing_and_touches_no_session() {
    let app = App::start().await;
    let other = known_browser(&app, "bob").await;
    let foreign = unfinished(&app, &other, "/auth/sign-in?return_to=/who").await;
    let wrong_issuer = unfinished(&app, &other, "/auth/sign-in").await;
    let wrong_issuer = wrong_issuer
        .as_str()
        .replace("iss=", "iss=https%3A%2F%2Fevil.example&x=");
    let stranger = app.browser();
    let user = app.signed_in_browser().await;
    let before = session(&user);

    let exchange = stranger.step(&returning(&app, &foreign)).await;
    is_refusal(&exchange, 400, "a stranger");
    let exchange = user.step(&returning(&app, &foreign)).await;
    assert_eq!(exchange.header("location"), Some("/"));
    assert_eq!(session(&user), before);
    let exchange = other.step(&Request::navigation(&wrong_issuer)).await;
    is_refusal(&exchange, 400, "another issuer");
    // A frame or a script must not start a sign-in.
    let callback = unfinished(&app, &other, "/auth/sign-in").await;
    let frame = Request::iframe(callback.as_str()).from(ORIGIN);
    let exchange = other.step(&frame.method(Method::GET)).await;
    is_refusal(&exchange, 503, "a frame");
}
