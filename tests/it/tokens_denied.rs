//! A token for one resource that the provider refuses: the session and every other token stay.

use std::time::Duration;

use http::StatusCode;
use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::visits::{answer, fetch, navigate, token};
use tower_oidc_tests::{App, Browser, FaultyClient};

const ONE: &str = "/token?resource=https://api.one.example";
const TWO: &str = "/token?resource=https://api.two.example";

async fn app(client: &FaultyClient) -> App {
    App::with_resources(|auth| auth.http_client(client.clone())).await
}

/// What the script at `path` gets repeatedly, while the provider is asked once. If a refusal
/// brought tokens for the default target, they are written once.
async fn is_refused(browser: &Browser, path: &str, status: u16, error: &str) {
    for time in 0..10 {
        let page = fetch(browser, path).await;
        assert_eq!(page.status(), status, "{error}: {}", page.text());
        assert_eq!(page.json()["error"], error);
        assert!(time == 0 || page.last().set_cookies().is_empty(), "{error}");
    }
    assert_eq!(
        browser.open(&url("/private")).await.text(),
        "alice",
        "{error}"
    );
}

/// Everything but the resource that was refused.
async fn continues(browser: &Browser, case: &str) {
    assert_eq!(
        browser.open(&url("/private")).await.text(),
        "alice",
        "{case}"
    );
    token(browser).await;
    answer(browser, TWO).await;
    answer(browser, "/refresh").await;
}

/// N-08
#[tokio::test]
async fn a_resource_that_requires_consent_is_distinguished_from_an_ended_session() {
    for code in [
        "invalid_grant",
        "interaction_required",
        "consent_required",
        "login_required",
        "unmet_authentication_requirements",
    ] {
        let client = FaultyClient::new();
        let app = app(&client).await;
        let browser = app.signed_in_browser().await;
        let body = format!(r#"{{"error":"{code}"}}"#);
        client.answer("api.one.example", StatusCode::BAD_REQUEST, body);

        is_refused(&browser, ONE, 401, "interaction_required").await;

        let script = fetch(&browser, ONE).await.json();
        assert_eq!(script["loginUrl"], "/auth/sign-in?prompt=consent");
        let person = navigate(&browser, ONE).await;
        assert_eq!(person.status(), 303, "{code}");
        let location = person.header("location").unwrap();
        let asks = "/auth/sign-in?prompt=consent&after=refusal&return_to=%2Ftoken%3Fresource%3D";
        assert!(location.starts_with(asks), "{location}");
        assert_eq!(client.answered(), 1, "{code}");
        continues(&browser, code).await;
        assert_eq!(client.answered(), 1, "{code}");
        // The user consents, and the refusal does not affect the new sign-in.
        client.heal();
        assert_eq!(sign_in(&browser).await.text(), "alice", "{code}");
        answer(&browser, ONE).await;
    }
}

/// N-08
#[tokio::test]
async fn a_resource_that_the_user_may_not_have_is_denied_and_nothing_else() {
    for code in [
        "access_denied",
        "invalid_target",
        "invalid_scope",
        "unauthorized_client",
    ] {
        let client = FaultyClient::new();
        let app = app(&client).await;
        let browser = app.signed_in_browser().await;
        let body = format!(r#"{{"error":"{code}"}}"#);
        client.answer("api.one.example", StatusCode::BAD_REQUEST, body);

        is_refused(&browser, ONE, 403, "denied").await;

        assert_eq!(navigate(&browser, ONE).await.status(), 403, "{code}");
        assert_eq!(client.answered(), 1, "{code}");
        continues(&browser, code).await;
        client.heal();
        app.clock.advance(Duration::from_secs(60));
        answer(&browser, ONE).await;
    }
}

/// N-08: the client's credentials are a matter for its operator, and may be right again soon.
#[tokio::test]
async fn a_refused_client_does_not_affect_the_users_session() {
    let client = FaultyClient::new();
    let app = app(&client).await;
    let browser = app.signed_in_browser().await;
    let body = r#"{"error":"invalid_client"}"#;
    client.answer("api.one.example", StatusCode::UNAUTHORIZED, body);

    is_refused(&browser, ONE, 503, "unavailable").await;

    assert_eq!(client.answered(), 1);
    continues(&browser, "invalid_client").await;
    client.heal();
    app.clock.advance(Duration::from_secs(10));
    answer(&browser, ONE).await;
}

/// N-08: the development provider's own refusals.
#[tokio::test]
async fn a_refusal_for_a_resource_leaves_the_refresh_token_valid() {
    let client = FaultyClient::new();
    let app = app(&client).await;
    let browser = app.signed_in_browser().await;
    app.provider
        .add_fault(Fault::RefreshForResourceInvalidGrant);

    is_refused(&browser, ONE, 401, "interaction_required").await;

    // One for the resource, and one that shows that the refresh token is valid.
    assert_eq!(app.provider.refreshes().len(), 2);
    answer(&browser, "/refresh").await;
    app.provider.clear_faults();
    app.clock.advance(Duration::from_secs(60));
    answer(&browser, ONE).await;
}

/// Whatever the provider calls it: consent would not help.
#[tokio::test]
async fn an_invalid_refresh_token_requires_a_sign_in_for_a_resource_too() {
    for fault in [
        Fault::RefreshInvalidGrant,
        Fault::RefreshBadRequestEmpty,
        Fault::RefreshInvalidRequest,
        Fault::RefreshSentenceAsCode,
        Fault::RefreshUnregisteredError,
        Fault::RefreshErrorWithStatusOk,
        Fault::RefreshUnauthorizedEmpty,
    ] {
        let app = App::with_resources(|auth| auth).await;
        let browser = app.signed_in_browser().await;
        let first = token(&browser).await;
        app.provider.add_fault(fault);

        is_refused(&browser, ONE, 401, "sign_in_required").await;

        let person = navigate(&browser, ONE).await;
        let location = person.header("location").unwrap();
        assert!(
            location.starts_with("/auth/sign-in?after=refusal"),
            "{location}"
        );
        assert_eq!(app.provider.refreshes().len(), 2, "{fault:?}");
        // The default target was requested once, and its result is remembered, too.
        is_refused(&browser, TWO, 401, "sign_in_required").await;
        assert_eq!(fetch(&browser, "/refresh").await.status(), 401, "{fault:?}");
        assert_eq!(app.provider.refreshes().len(), 3, "{fault:?}");
        assert_eq!(token(&browser).await, first, "{fault:?}: it is still valid");
        app.provider.clear_faults();
        assert_eq!(sign_in(&browser).await.text(), "alice");
        answer(&browser, ONE).await;
    }
}

/// The provider does not say whether the refresh token or the resource is the cause, and is unreachable
/// now.
#[tokio::test]
async fn a_refused_resource_without_a_known_reason_is_tried_later() {
    let client = FaultyClient::new();
    let app = app(&client).await;
    let browser = app.signed_in_browser().await;
    let refused = r#"{"error":"invalid_grant"}"#;
    client.answer("api.one.example", StatusCode::BAD_REQUEST, refused);
    app.provider.add_fault(Fault::RefreshUnavailable);

    let page = fetch(&browser, ONE).await;

    assert_eq!(page.status(), 503, "{}", page.text());
    client.heal();
    app.provider.clear_faults();
    app.clock.advance(Duration::from_secs(2));
    answer(&browser, ONE).await;
}
