//! One provider cannot pass for another (RFC 9700 section 4.4): the callback's path, `iss` and the ID token
//! must all be of the provider at which the sign-in began.

use oidc_dev_provider::DevProvider;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{is_refusal, session};
use tower_oidc_tests::two_providers::sign_in_at;
use tower_oidc_tests::{App, Browser, TwoProviders};
use url::Url;

fn tokens(app: &TwoProviders) -> u64 {
    app.one.counters().token + app.two.counters().token
}

/// A browser whose user is signed in at the first provider, and not at the application.
async fn known_browser(app: &TwoProviders) -> Browser {
    let browser = app.signed_in_at("one").await;
    for name in App::cookies(&browser) {
        browser.jar().delete(&name);
    }
    browser
}

/// W-02
#[tokio::test]
async fn a_callback_on_the_path_of_another_provider_is_refused_before_any_token_request() {
    let app = TwoProviders::with_providers(|it| it.iss_parameter(false), |auth| auth).await;
    let browser = known_browser(&app).await;
    let before = tokens(&app);

    let mut callback = app.begun_at(&browser, "one").await;
    callback.set_path("/auth/callback/two");
    let answer = browser
        .step(&Request::navigation(callback.as_str()).from(app.one.issuer()))
        .await;

    is_refusal(&answer, 400, "another path");
    assert_eq!(session(&browser), None);
    assert_eq!(tokens(&app), before);
}

/// W-02
#[tokio::test]
async fn the_iss_of_the_other_provider_is_refused_before_any_token_request() {
    let app = TwoProviders::start().await;
    let browser = known_browser(&app).await;
    let before = tokens(&app);

    let callback = app.begun_at(&browser, "one").await;
    let pairs: Vec<_> = callback.query_pairs().into_owned().collect();
    let mut forged: Url = callback.clone();
    forged.query_pairs_mut().clear().extend_pairs(
        pairs
            .iter()
            .filter(|(name, _)| name != "iss")
            .chain([&("iss".to_owned(), app.two.issuer().to_owned())]),
    );
    let answer = browser
        .step(&Request::navigation(forged.as_str()).from(app.one.issuer()))
        .await;

    is_refusal(&answer, 400, "the other's iss");
    assert_eq!(session(&browser), None);
    assert_eq!(tokens(&app), before);
}

/// The second provider sends its users to the first one's sign-in page, so that the first one's code comes
/// to the second one's callback.
async fn with_authorization_endpoint_of_the_first(sends_iss: bool) -> TwoProviders {
    let endpoint = |one: &DevProvider, path: &str| format!("{}/{path}", one.issuer());
    TwoProviders::registered(
        |it| it.iss_parameter(sends_iss),
        |one, second| second.authorization_endpoint(endpoint(one, "authorize")),
        |auth| auth,
    )
    .await
}

/// W-02
#[tokio::test]
async fn a_code_of_the_first_provider_at_the_seconds_callback_is_refused_by_its_iss() {
    let app = with_authorization_endpoint_of_the_first(true).await;
    let browser = app.browser();
    let page = sign_in_at(&browser, "two", "alice").await;

    assert_eq!(page.status(), 400);
    assert_eq!(session(&browser), None);
    // The code was not sent to the second provider, which could have used it.
    assert_eq!(tokens(&app), 0);
}

/// W-02
#[tokio::test]
async fn an_id_token_of_the_first_provider_at_the_seconds_callback_is_refused() {
    let app = TwoProviders::registered(
        |it| it.iss_parameter(false),
        |one, second| {
            second
                .authorization_endpoint(format!("{}/authorize", one.issuer()))
                .token_endpoint(format!("{}/token", one.issuer()))
        },
        |auth| auth,
    )
    .await;
    let browser = app.browser();
    let page = sign_in_at(&browser, "two", "alice").await;

    assert_eq!(page.status(), 400, "{}", page.text());
    assert_eq!(session(&browser), None);
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    // The tokens came, and their signature is of another provider.
    assert_eq!(app.one.counters().token, 1);
}
