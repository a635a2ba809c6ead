//! Refusals that a new sign-in does not end, at a provider that signs in without a question: one
//! redirect to the provider, then a page.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use oidc_dev_provider::Fault;
use tower_oidc::{AuthContext, AuthError, RequireAuth};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{App, Browser, FaultyClient, TestServer};

use crate::log;

const ONE: &str = "/token?resource=https://api.one.example";
const TWO: &str = "/token?resource=https://api.two.example";

/// A sign-in that a refusal caused must help for this long.
const REDIRECT_LOOP_WINDOW: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

async fn app() -> App {
    with_client(&FaultyClient::new()).await
}

async fn with_client(client: &FaultyClient) -> App {
    App::with_resources(|auth| auth.http_client(client.clone())).await
}

/// The number of authorization requests before this page.
fn authorization_requests(app: &App, page: &Page) -> usize {
    let provider = app.provider.issuer();
    let urls = page.exchanges().iter().map(|exchange| exchange.url());
    urls.filter(|url| url.as_str().starts_with(provider))
        .count()
}

/// The page that ends the redirects: no cache stores it, and the only part of the request that it
/// contains is the return path of its link.
fn is_the_final_page(page: &Page, case: &str) {
    assert_eq!(page.status(), 403, "{case}: {}", page.text());
    assert!(page.text().contains("Signing in did not help"), "{case}");
    let text = page.text();
    let (before, return_path) = text.split_once("return_to=").expect("a way back");
    let (_, after) = return_path.split_once('"').expect("the end of the link");
    assert!(!before.contains("resource"), "{case}");
    assert!(!after.contains("resource"), "{case}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
}

/// Opens a page that is always refused, twice.
async fn ends_after_one_round(app: &App, browser: &Browser, path: &str) -> Page {
    let page = browser.open(&url(path)).await;
    is_the_final_page(&page, path);
    assert_eq!(authorization_requests(app, &page), 1, "{path}");

    let again = browser.open(&url(path)).await;
    is_the_final_page(&again, path);
    assert_eq!(authorization_requests(app, &again), 0, "{path}");
    page
}

/// N-16
#[tokio::test]
async fn a_page_whose_refresh_is_always_refused_stops_redirecting_after_one_round() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    let log = log::record();

    ends_after_one_round(&app, &browser, "/refresh").await;

    let text = log.text();
    assert!(text.contains("is not redirected any more"), "{text}");
    assert!(text.contains(r#"code="sign_in_required""#), "{text}");
    assert!(text.contains("has_refresh_token=true"), "{text}");
    // No user was signed out, and the page works again as soon as the provider does.
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");
    app.provider.clear_faults();
    app.clock.advance(REDIRECT_LOOP_WINDOW);
    answer(&browser, "/refresh").await;
}

/// N-16: a user other than the one who signed in ends the session, whose cookie is still the
/// newest.
#[tokio::test]
async fn a_session_that_every_refresh_ends_causes_no_redirect_loop() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshIdTokenWrongSub);

    let page = browser.open(&url("/refresh")).await;

    is_the_final_page(&page, "ended");
    assert_eq!(authorization_requests(&app, &page), 1);
}

/// N-16
#[tokio::test]
async fn a_client_without_refresh_tokens_causes_no_redirect_loop() {
    let app = app().await;
    app.provider.add_fault(Fault::NoRefreshToken);
    let guard = RequireAuth::layer().revalidate_every(Duration::ZERO);
    let router = Router::new()
        .route("/guarded", get(|| async { "guarded" }))
        .layer(guard)
        .merge(tower_oidc_tests::app::router())
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    for path in ["/guarded", ONE] {
        let browser = app.browser();
        browser.map(ORIGIN, server.address());
        let sign_in = browser.open(&url(path)).await;
        let log = log::record();

        // A visitor's first sign-in is not one that a refusal caused.
        let page = sign_in.press("alice").await;

        is_the_final_page(&page, path);
        // The posted sign-in page, and the redirects.
        assert_eq!(authorization_requests(&app, &page), 2, "{path}");
        let text = log.text();
        assert!(text.contains("has_refresh_token=false"), "{path}: {text}");
        assert_eq!(browser.open(&url("/private")).await.text(), "alice");
        // Such lines are logged once in a few seconds.
        app.clock.advance(REDIRECT_LOOP_WINDOW);
    }
}

/// N-16
#[tokio::test]
async fn a_provider_that_ignores_prompt_consent_is_asked_once() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.provider
        .add_fault(Fault::RefreshForResourceInvalidGrant);

    let page = ends_after_one_round(&app, &browser, ONE).await;

    let asked = page.exchanges().iter().find(|exchange| {
        let query = exchange.url().query_pairs();
        let mut names = query.map(|(name, _)| name.into_owned());
        names.any(|name| name == "code_challenge")
    });
    let asked = asked.unwrap().url().query_pairs();
    let prompt = asked.into_iter().find(|(name, _)| name == "prompt");
    assert_eq!(prompt.unwrap().1, "consent");
    answer(&browser, "/refresh").await;
}

/// N-16: with each request one token is available, and another one refused.
#[tokio::test]
async fn a_successful_refresh_does_not_reset_the_detection_of_a_redirect_loop() {
    async fn page(auth: AuthContext) -> Result<&'static str, AuthError> {
        auth.refresh().await?;
        auth.access_token_for("https://api.two.example").await?;
        Ok("both")
    }
    let client = FaultyClient::new();
    let app = with_client(&client).await;
    let router = Router::new().route("/both", get(page));
    let router = router.merge(tower_oidc_tests::app::router());
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    let browser = app.signed_in_browser().await;
    browser.map(ORIGIN, server.address());
    client.answer(
        "api.two.example",
        StatusCode::BAD_REQUEST,
        r#"{"error":"consent_required"}"#,
    );

    ends_after_one_round(&app, &browser, "/both").await;

    client.heal();
    app.clock.advance(REDIRECT_LOOP_WINDOW);
    assert_eq!(browser.open(&url("/both")).await.text(), "both");
}

/// N-16: a visitor signs in and then consents, and some time later consents to another resource.
#[tokio::test]
async fn a_user_who_has_to_consent_is_sent_to_the_provider() {
    let app = App::registered(
        |provider| provider.consent(true),
        |registration| {
            registration.resources(["https://api.one.example", "https://api.two.example"])
        },
        |auth| auth,
    )
    .await;
    let browser = app.browser();
    app.provider
        .add_fault(Fault::RefreshForResourceInvalidGrant);
    let page = browser.open(&url(ONE)).await.press("alice").await;
    // Consents to the sign-in, and is asked once more, for the resource.
    let page = page.press("Allow").await;
    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    assert_eq!(page.status(), 200);
    app.provider.clear_faults();

    let page = page.press("Allow").await;

    assert_eq!(page.status(), 200, "{}", page.text());
    assert_eq!(page.json()["sub"], "alice");
    app.provider
        .add_fault(Fault::RefreshForResourceInvalidGrant);
    app.clock.advance(REDIRECT_LOOP_WINDOW - SECOND);
    is_the_final_page(&browser.open(&url(TWO)).await, "too soon");
    app.clock.advance(SECOND);
    let page = browser.open(&url(TWO)).await;
    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    app.provider.clear_faults();
    assert_eq!(page.press("Allow").await.json()["sub"], "alice");
}

/// N-16: the protection for people changes nothing for programs.
#[tokio::test]
async fn a_script_gets_401_before_and_after_the_round() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    let before = fetch(&browser, "/refresh").await;

    ends_after_one_round(&app, &browser, "/refresh").await;

    for page in [before, fetch(&browser, "/refresh").await] {
        assert_eq!(page.status(), 401);
        assert_eq!(page.json()["error"], "sign_in_required");
        assert_eq!(page.json()["loginUrl"], "/auth/sign-in");
        assert!(page.header("www-authenticate").is_some());
    }
}

/// N-16: after the provider's prompt it may be another user, or one with a new grant.
#[tokio::test]
async fn the_page_offers_a_sign_in_with_a_prompt_and_a_sign_out() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    let page = ends_after_one_round(&app, &browser, "/refresh").await;

    let asked = page.click("Sign in again").await;
    assert!(asked.url().as_str().starts_with(app.provider.issuer()));
    // That was the user's own sign-in, so a refusal of the page may cause another one.
    let page = asked.press("alice").await;
    is_the_final_page(&page, "/refresh");
    // The response to the button, and the sign-in that the refusal caused.
    assert_eq!(authorization_requests(&app, &page), 2);
    let person = page
        .exchanges()
        .iter()
        .find(|exchange| exchange.url().path() == "/refresh");
    assert_eq!(
        person.and_then(|exchange| exchange.header("location")),
        Some("/auth/sign-in?after=refusal&return_to=%2Frefresh")
    );
    page.click("Sign out").await.press("Sign out").await;
    assert_eq!(browser.open(&url("/explain")).await.text(), "no_cookie");
}

/// N-16: a sign-in that helped for a while did help.
#[tokio::test]
async fn a_short_revalidation_interval_without_a_refresh_token_is_no_redirect_loop() {
    let every = Duration::from_secs(30);
    let app = app().await;
    app.provider.add_fault(Fault::NoRefreshToken);
    let router = Router::new()
        .route("/guarded", get(|| async { "guarded" }))
        .layer(RequireAuth::layer().revalidate_every(every))
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());
    let page = browser.open(&url("/guarded")).await.press("alice").await;
    assert_eq!(page.text(), "guarded");

    for round in 1..=3 {
        app.clock.advance(every);
        let page = browser.open(&url("/guarded")).await;
        assert_eq!(page.text(), "guarded", "{round}");
    }
}
