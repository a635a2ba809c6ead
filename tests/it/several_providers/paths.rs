//! The paths of several providers, and the choice among them.

use http::StatusCode;
use tower_oidc::hooks::{Admission, AdmissionRequest};
use tower_oidc_tests::TwoProviders;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::two_providers::sign_in_at;

use crate::log;

#[tokio::test]
async fn each_provider_signs_users_in_at_its_own_paths() {
    let app = TwoProviders::start().await;
    assert_eq!(
        app.auth.redirect_uris(),
        [url("/auth/callback/one"), url("/auth/callback/two")]
    );

    for (id, issuer) in [("one", app.one.issuer()), ("two", app.two.issuer())] {
        let browser = app.browser();
        let page = sign_in_at(&browser, id, "alice").await;
        assert_eq!(page.text(), "alice");
        let provider = browser.open(&url("/provider")).await;
        assert_eq!(provider.text(), format!("{id} {issuer}"));
    }
}

/// W-06
#[tokio::test]
async fn a_sign_in_that_names_no_provider_goes_to_the_first_one_or_to_that_of_the_session() {
    let app = TwoProviders::start().await;
    let browser = app.browser();

    let page = browser.open(&url("/auth/sign-in")).await;
    assert!(page.url().as_str().starts_with(app.one.issuer()));

    sign_in_at(&browser, "two", "alice").await;
    let exchange = browser.step(&Request::navigation(&url("/start"))).await;
    let location = exchange.header("location").unwrap();
    assert!(location.starts_with(app.two.issuer()), "{location}");
}

/// W-06
#[tokio::test]
async fn a_handler_names_the_provider_of_its_sign_in() {
    let app = TwoProviders::start().await;
    let browser = app.browser();

    let page = browser.open(&url("/start-at/two")).await.press("bob").await;
    assert_eq!(page.text(), format!("two {}", app.two.issuer()));

    let page = browser.open(&url("/start-at/three")).await;
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// W-04
#[tokio::test]
async fn a_path_with_an_unknown_id_is_answered_with_a_page() {
    let app = TwoProviders::start().await;
    let browser = app.browser();

    let page = browser.open(&url("/auth/sign-in/three")).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.text().contains("does not exist"), "{}", page.text());
    for path in ["/auth/callback", "/auth/callback/three"] {
        let page = browser.open(&url(&format!("{path}?code=x&state=y"))).await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{path}");
    }
}

/// W-06
#[tokio::test]
async fn the_chooser_has_a_link_for_each_provider_that_keeps_the_return_path() {
    let app = TwoProviders::with(|auth| auth.choose_provider(true)).await;
    let browser = app.browser();

    let page = browser.open(&url("/private")).await;
    let text = page.text();
    assert_eq!(page.status(), StatusCode::OK, "{text}");
    for link in [
        r#"<a href="/auth/sign-in/one?return_to=%2Fprivate">Continue with Provider One</a>"#,
        r#"<a href="/auth/sign-in/two?return_to=%2Fprivate">Continue with two</a>"#,
    ] {
        assert!(text.contains(link), "{text}");
    }

    let page = browser
        .open(&url("/auth/sign-in/two?return_to=%2Fprivate"))
        .await
        .press("bob")
        .await;
    assert_eq!(page.url().as_str(), url("/private"));
}

/// W-06
#[tokio::test]
async fn the_application_may_have_its_own_page_for_the_choice() {
    let app = TwoProviders::with(|auth| auth.choose_provider_page("/explain?choose")).await;
    let browser = app.browser();

    let page = browser.open(&url("/private?x=1")).await;
    let expected = url("/explain?choose&return_to=%2Fprivate%3Fx%3D1");
    assert_eq!(page.url().as_str(), expected);
    let page = browser
        .open(&url("/auth/sign-in/two?return_to=%2Fprivate%3Fx%3D1"))
        .await;
    assert_eq!(page.press("bob").await.url().as_str(), url("/private?x=1"));
}

/// W-06
#[tokio::test]
async fn a_page_for_the_choice_that_needs_a_sign_in_itself_is_no_endless_redirect() {
    let app = TwoProviders::with(|auth| auth.choose_provider_page("/private")).await;
    let log = log::record();

    let page = app.browser().open(&url("/private")).await;

    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        log.text().contains("let everybody open it"),
        "{}",
        log.text()
    );
}

/// W-06
#[tokio::test]
async fn the_admission_hook_hears_at_which_provider_a_user_signs_in() {
    let app = TwoProviders::with(|auth| {
        auth.admission(|request: AdmissionRequest| async move {
            Ok(match request.provider_id.as_deref() {
                Some("two") => Admission::Allow,
                _ => Admission::Deny,
            })
        })
    })
    .await;

    let page = sign_in_at(&app.browser(), "one", "alice").await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let page = sign_in_at(&app.browser(), "two", "alice").await;
    assert_eq!(page.text(), "alice");
}

/// W-03
#[tokio::test]
async fn each_provider_can_be_asked_for_its_documents() {
    let app = TwoProviders::start().await;
    app.one.go_down().await.expect("it was up");

    assert!(app.auth.discover().await.is_err());
    let providers: Vec<_> = app.auth.providers().collect();
    assert!(providers[0].discover().await.is_err());
    assert!(providers[1].discover().await.is_ok());
}
