//! Well-formed callbacks that this browser did not start: the user ends up signed in with their own
//! account, or not at all.

use http::Method;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{
    begun, is_refusal, known_browser, parameter, returning, session, transactions,
};
use tower_oidc_tests::{App, Browser};
use url::Url;

/// A code for bob's account, with the state of a sign-in that he began in his browser.
async fn bobs_callback(app: &App) -> (Browser, Url) {
    let attacker = known_browser(app, "bob").await;
    let callback = begun(app, &attacker, "/auth/sign-in").await;
    (attacker, callback)
}

/// S-03: login CSRF against a visitor whom the provider does not know.
#[tokio::test]
async fn an_attackers_code_sends_a_visitor_to_their_own_sign_in() {
    let app = App::start().await;
    let (_attacker, callback) = bobs_callback(&app).await;
    let tokens = app.provider.counters().token;
    let victim = app.browser();

    let request = Request::navigation(callback.as_str()).from("https://evil.example");
    let page = victim.send(request).await;

    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    assert_eq!(session(&victim), None);
    assert_eq!(app.provider.counters().token, tokens);
    assert_eq!(page.press("alice").await.text(), "alice");
}

/// S-03, S-01: login CSRF against a user whom the provider signs in without a question.
#[tokio::test]
async fn an_attackers_code_signs_a_known_user_in_as_themselves() {
    let app = App::start().await;
    let (_attacker, callback) = bobs_callback(&app).await;
    let victim = known_browser(&app, "alice").await;
    let tokens = app.provider.counters().token;

    let page = victim.send(returning(&app, &callback)).await;

    assert_eq!(page.text(), "alice");
    assert_eq!(page.url().as_str(), url("/"));
    // The code of the restarted sign-in was used, not bob's.
    assert_eq!(app.provider.counters().token, tokens + 1);
    let codes = app.provider.token_requests();
    let sent = codes.last().unwrap().parameter("code");
    assert_ne!(sent, parameter(&callback, "code").as_deref());
}

/// S-03, S-01
#[tokio::test]
async fn an_attackers_code_does_not_affect_a_signed_in_user() {
    let app = App::start().await;
    let (attacker, callback) = bobs_callback(&app).await;
    let victim = app.signed_in_browser().await;
    let (before, tokens) = (session(&victim), app.provider.counters().token);

    let page = victim.send(returning(&app, &callback)).await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "alice");
    assert_eq!(session(&victim), before);
    assert_eq!(app.provider.counters().token, tokens);
    // In the browser that started it, it is accepted.
    assert_eq!(
        attacker.send(returning(&app, &callback)).await.text(),
        "bob"
    );
}

/// S-01: once only: the restarted sign-in is marked, so that it cannot loop.
#[tokio::test]
async fn a_callback_without_its_cookie_restarts_the_sign_in_once() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let lost = begun(&app, &browser, "/auth/sign-in?return_to=/private").await;
    let forget = || {
        for name in transactions(&browser) {
            browser.jar().delete(&name);
        }
    };
    forget();

    let restart = browser.step(&returning(&app, &lost)).await;

    assert_eq!(restart.status(), 303);
    assert_eq!(restart.header("cache-control"), Some("no-store"));
    assert_eq!(transactions(&browser).len(), 1);
    let again = Url::parse(restart.header("location").unwrap()).unwrap();
    assert!(parameter(&lost, "state").unwrap().starts_with('a'));
    assert!(parameter(&again, "state").unwrap().starts_with('b'));

    forget();
    let back = browser.step(&Request::navigation(again.as_str())).await;
    let back = Url::parse(back.header("location").unwrap()).unwrap();
    is_refusal(&browser.step(&returning(&app, &back)).await, 400, "marked");
    assert_eq!(app.provider.counters().token, 1);
}

/// S-01: only a navigation with a code, and with a state that may be ours, restarts a sign-in.
#[tokio::test]
async fn no_other_request_restarts_a_sign_in() {
    let app = App::start().await;
    let browser = app.browser();
    let ours = format!("a{}", "A".repeat(43));
    let ok = url(&format!("/auth/callback?code=c&state={ours}"));
    let short = url(&format!("/auth/callback?code=c&state=a{}", "A".repeat(42)));
    let other_mark = url(&format!("/auth/callback?code=c&state=c{}", "A".repeat(43)));
    let error = url(&format!("/auth/callback?error=login_required&state={ours}"));
    let evil = "https://evil.example";

    for (case, request) in [
        ("image", Request::image(&ok).from(evil)),
        ("iframe", Request::iframe(&ok).from(evil)),
        ("prefetch", Request::prefetch(&ok).from(evil)),
        ("prerender", Request::prerender(&ok).from(evil)),
        ("fetch", Request::fetch(&ok).from(ORIGIN)),
        ("short state", Request::navigation(&short)),
        ("state of another form", Request::navigation(&other_mark)),
        ("error", Request::navigation(&error)),
    ] {
        let exchange = browser.step(&request).await;

        is_refusal(&exchange, 400, case);
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }
    assert_eq!(app.provider.counters().authorize, 0);
    let person = browser.step(&Request::navigation(&ok)).await;
    assert_eq!(person.status(), 303);
}

/// S-05
#[tokio::test]
async fn a_callback_that_is_opened_again_redirects_to_the_default_page_and_changes_nothing() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in?return_to=/who").await;
    let first = browser.send(returning(&app, &callback)).await;
    assert_eq!(first.url().as_str(), url("/who"));
    let (before, tokens) = (session(&browser), app.provider.counters().token);

    let again = browser.open(callback.as_str()).await;

    assert_eq!(again.url().as_str(), url("/"));
    assert_eq!(again.text(), "alice");
    assert_eq!(session(&browser), before);
    assert_eq!(app.provider.counters().token, tokens);
}

/// S-25: only the sealed return path decides where the user goes.
#[tokio::test]
async fn a_return_to_in_the_callbacks_url_is_ignored() {
    for added in ["return_to=/private", "return_to=https://evil.example/"] {
        let app = App::start().await;
        let browser = known_browser(&app, "alice").await;
        let mut callback = begun(&app, &browser, "/auth/sign-in?return_to=/who").await;
        let query = format!("{added}&{}", callback.query().unwrap());
        callback.set_query(Some(&query));

        let signed_in = browser.step(&returning(&app, &callback)).await;

        assert_eq!(signed_in.header("location"), Some("/who"));
        // Without its transaction the callback's URL does not decide it either.
        let again = browser.step(&returning(&app, &callback)).await;
        assert_eq!(again.header("location"), Some("/"));
    }
}

/// S-01, H-02: a request that a browser sends by itself cannot replace the missing cookie.
#[tokio::test]
async fn an_options_request_at_the_callback_reveals_nothing() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let tokens = app.provider.counters().token;

    let request = returning(&app, &callback).method(Method::OPTIONS);
    let exchange = browser.step(&request).await;

    is_refusal(&exchange, 204, "OPTIONS");
    assert!(exchange.set_cookies().is_empty());
    assert_eq!(app.provider.counters().token, tokens);
}
