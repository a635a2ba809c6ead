//! A tenant whose own provider tries to get the code or the session of another tenant's user (RFC 9700
//! section 4.4).

use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{is_refusal, session};
use tower_oidc_tests::{App, Browser, Tenants};
use url::Url;

/// A browser whose user is signed in at a tenant's provider, and not at the application.
async fn known_browser(app: &Tenants, key: &str) -> Browser {
    let browser = app.signed_in_at(key).await;
    for name in App::cookies(&browser) {
        browser.jar().delete(&name);
    }
    browser
}

/// The callback URL of a sign-in at this tenant's provider, which knows its user already.
async fn begun_at(browser: &Browser, key: &str) -> Url {
    let path = url(&format!("/auth/sign-in/{key}"));
    let there = browser.step(&Request::navigation(&path)).await;
    let there = there.header("location").expect("a redirect").to_owned();
    let back = browser.step(&Request::navigation(&there)).await;
    Url::parse(back.header("location").expect("a known user")).unwrap()
}

/// Y-11
#[tokio::test]
async fn a_callback_on_the_path_of_another_tenant_is_refused_before_any_token_request() {
    let app = Tenants::start().await;
    let browser = known_browser(&app, "acme").await;
    let before = (app.token_requests("acme"), app.token_requests("globex"));

    // Also without `iss`, which alone would give it away.
    for sends_iss in [true, false] {
        let mut callback = begun_at(&browser, "acme").await;
        callback.set_path("/auth/callback/globex");
        let pairs: Vec<_> = callback.query_pairs().into_owned().collect();
        let kept = pairs.iter().filter(|(name, _)| sends_iss || name != "iss");
        callback.query_pairs_mut().clear().extend_pairs(kept);

        let request = Request::navigation(callback.as_str()).from(app.provider("acme").issuer());
        let answer = browser.step(&request).await;

        is_refusal(&answer, 400, callback.as_str());
    }

    assert_eq!(session(&browser), None);
    let after = (app.token_requests("acme"), app.token_requests("globex"));
    assert_eq!(after, before);
}

/// Y-11
#[tokio::test]
async fn the_iss_of_another_tenants_provider_is_refused_before_any_token_request() {
    let app = Tenants::start().await;
    let browser = known_browser(&app, "acme").await;
    let before = app.token_requests("acme");
    let callback = begun_at(&browser, "acme").await;
    let pairs: Vec<_> = callback.query_pairs().into_owned().collect();
    let others = pairs.iter().filter(|(name, _)| name != "iss");
    let iss = ("iss".to_owned(), app.provider("globex").issuer().to_owned());
    let mut forged = callback.clone();
    forged
        .query_pairs_mut()
        .clear()
        .extend_pairs(others.chain([&iss]));

    let request = Request::navigation(forged.as_str()).from(app.provider("acme").issuer());
    let answer = browser.step(&request).await;

    is_refusal(&answer, 400, "the other's iss");
    assert_eq!(session(&browser), None);
    assert_eq!(app.token_requests("acme"), before);
}
