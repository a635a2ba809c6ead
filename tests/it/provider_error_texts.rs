//! The provider's error descriptions: in the log for operators, and never on a page.

use std::time::Duration;
use tower_oidc_tests::random_text;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc::AuthLayerBuilder;
use tower_oidc::hooks::ClaimsToMap;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::callback::{begun, by_method, known_browser, parameter, returning};
use tower_oidc_tests::{App, Browser};
use url::Url;

use crate::log;

/// A sign-in that the provider answers with this error.
async fn refused(app: &App, browser: &Browser, error: &str, description: &str) -> Page {
    let mut callback = begun(app, browser, "/auth/sign-in").await;
    let state = parameter(&callback, "state").expect("a state");
    callback
        .query_pairs_mut()
        .clear()
        .append_pair("error", error)
        .append_pair("error_description", description)
        .append_pair("state", &state)
        .append_pair("iss", app.provider.issuer());
    browser.send(returning(app, &callback)).await
}

/// The last log line of the layer itself.
fn last_line(text: &str) -> &str {
    let mut ours = text.lines().filter(|line| line.contains(" tower_oidc::"));
    ours.next_back().expect("a line")
}

#[tokio::test]
async fn a_configuration_fault_gets_a_page_for_operators_and_a_log_line_with_the_remedy() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    for (error, description, remedy) in [
        (
            "invalid_request",
            "Pushed Authorization Request must be used",
            "RFC 9126",
        ),
        (
            "invalid_request",
            "Request Object must be used by this client",
            "RFC 9101",
        ),
        (
            "invalid_scope",
            "scope orders is not allowed",
            "set `scopes`",
        ),
        (
            "unauthorized_client",
            "no code flow",
            "authorization code flow",
        ),
        (
            "unsupported_response_type",
            "no code",
            "authorization code flow",
        ),
        ("invalid_request_object", "bad", "extra parameter"),
        ("invalid_request_uri", "bad", "extra parameter"),
        (
            "request_not_supported",
            "not understood here",
            "extra parameter",
        ),
        (
            "request_uri_not_supported",
            "not understood here",
            "extra parameter",
        ),
        (
            "registration_not_supported",
            "not understood here",
            "extra parameter",
        ),
        ("invalid_target", "unknown resource", "`resources`"),
    ] {
        let log = log::record();
        let page = refused(&app, &browser, error, description).await;
        let text = log.text();
        let line = last_line(&text);

        assert_eq!(page.status(), 500, "{error}");
        assert!(page.text().contains("operators"), "{error}");
        assert!(!page.text().contains(description), "{error}");
        assert!(!page.text().contains("cancelled"), "{error}");
        assert!(line.contains("ERROR"), "{line}");
        for part in [&format!("authorization.{error}"), description, remedy] {
            assert!(line.contains(part), "{part} in {line}");
        }
        // The limit of log lines.
        app.clock.advance(Duration::from_secs(10));
    }
}

#[tokio::test]
async fn token_endpoint_errors_of_a_misconfigured_client_get_a_page_for_operators() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    app.provider.add_fault(Fault::TokenEndpointInvalidClient);
    let log = log::record();

    let page = browser.open(&url("/auth/sign-in")).await;

    assert_eq!(page.status(), 500);
    let text = log.text();
    let line = last_line(&text);
    assert!(
        line.contains("ERROR") && line.contains("check the client id"),
        "{line}"
    );
    assert!(
        line.contains(&format!("{}/token", app.provider.issuer())),
        "{line}"
    );
}

#[tokio::test]
async fn the_description_of_a_denied_sign_in_is_logged_once_in_ten_seconds() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let log = log::record();
    for _ in 0..20 {
        let page = refused(&app, &browser, "access_denied", "blocked by rule 7").await;
        assert_eq!(page.status(), 403);
        assert!(!page.text().contains("rule 7"));
    }
    let text = log.text();
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("rule 7"))
        .collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("WARN"), "{text}");
}

/// Anyone can send such a URL without a sign-in, so nothing in it is trusted or logged.
#[tokio::test]
async fn without_a_transaction_no_description_is_logged() {
    let app = App::start().await;
    let log = log::record();
    let forged = "/auth/callback?error=invalid_scope&error_description=canary&state=aaaa";
    let forged = Url::parse(&url(forged)).expect("a URL");
    let page = app.browser().send(returning(&app, &forged)).await;
    assert_eq!(page.status(), 400);
    assert!(!log.text().contains("canary"));
}

#[tokio::test]
async fn a_discovery_failure_says_where_and_why() {
    let app = App::start().await;
    app.provider.go_down().await.expect("it was up");
    let error = app
        .auth
        .discover()
        .await
        .expect_err("it is down")
        .to_string();
    for part in [
        "Connection refused",
        app.provider.issuer(),
        "/.well-known/openid-configuration",
    ] {
        assert!(
            error
                .to_ascii_lowercase()
                .contains(&part.to_ascii_lowercase()),
            "{part} in {error}"
        );
    }
    let app = App::start().await;
    app.provider.add_fault(Fault::DiscoveryIssuerMismatch);
    let error = app
        .auth
        .discover()
        .await
        .expect_err("another issuer")
        .to_string();
    assert!(
        error.contains(&format!("configured \"{}\"", app.provider.issuer())),
        "{error}"
    );
    assert!(error.contains("document \"http"), "{error}");
}

/// Everything that was logged at WARN and above, by any code.
fn alarms(text: &str) -> Vec<&str> {
    let is_alarm = |line: &&str| line.contains(" WARN ") || line.contains("ERROR ");
    text.lines().filter(is_alarm).collect()
}

#[tokio::test]
async fn a_posted_callback_gets_a_page_and_a_log_line_that_name_the_response_mode() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let fields = callback.query_pairs().into_owned().collect::<Vec<_>>();
    let log = log::record();
    for _ in 0..20 {
        let post = by_method("/auth/callback", app.provider.issuer(), Method::POST);
        let answer = browser.step(&post.form(&fields)).await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.header("allow"), Some("GET, OPTIONS"));
        assert!(answer.text().contains("operators"));
        assert!(answer.set_cookies().is_empty());
    }
    let text = log.text();
    let lines = alarms(&text);
    assert_eq!(lines.len(), 1, "{text}");
    assert!(
        lines[0].contains("form_post") && lines[0].contains("`query`"),
        "{text}"
    );
    for (_, value) in fields {
        assert!(!text.contains(&value), "{value} in {text}");
    }
}

#[tokio::test]
async fn responses_in_other_response_modes_are_logged_with_the_mode() {
    let app = App::start().await;
    let issuer = app.provider.issuer();
    for (query, site, expected) in [
        ("?response=eyJhbGciOiJub25lIn0.e30.", issuer, Some("JARM")),
        ("", issuer, Some("fragment")),
        ("", ORIGIN, None),
        ("?state=a", issuer, None),
    ] {
        let log = log::record();
        let request = by_method(&format!("/auth/callback{query}"), site, Method::GET);
        assert_eq!(app.browser().send(request).await.status(), 400);
        let text = log.text();
        match expected {
            Some(mode) => assert!(alarms(&text)[0].contains(mode), "{query}: {text}"),
            None => assert!(alarms(&text).is_empty(), "{query}: {text}"),
        }
        assert!(!text.contains("eyJ"), "{text}");
    }
}

#[tokio::test]
async fn a_lasting_refusal_of_user_info_or_introspection_does_not_say_try_later() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for (path, fault, status, error) in [
        ("/ask/user-info", Fault::UserInfoUnauthorized, 403, "denied"),
        (
            "/ask/user-info",
            Fault::EndpointErrorsRepeatRequest,
            500,
            "misconfigured",
        ),
        (
            "/ask/user-info",
            Fault::UserInfoRedirect,
            500,
            "misconfigured",
        ),
        (
            "/ask/user-info",
            Fault::UserInfoUnavailable,
            503,
            "unavailable",
        ),
        (
            "/ask/introspection",
            Fault::IntrospectionInvalidClient,
            500,
            "misconfigured",
        ),
        (
            "/ask/introspection",
            Fault::EndpointErrorsRepeatRequest,
            500,
            "misconfigured",
        ),
        (
            "/ask/introspection",
            Fault::IntrospectionUnavailable,
            503,
            "unavailable",
        ),
    ] {
        app.provider.add_fault(fault);
        let log = log::record();
        let page = browser.fetch(ORIGIN, Method::GET, &url(path)).await;
        let text = log.text();
        app.provider.clear_faults();
        app.clock.advance(Duration::from_secs(10));

        assert_eq!(page.status(), status, "{fault:?}");
        assert_eq!(page.json()["error"], error, "{fault:?}");
        assert_eq!(alarms(&text).len(), 1, "{fault:?}: {text}");
    }
}

#[tokio::test]
async fn each_event_is_one_log_line() {
    let app = App::start().await;
    app.provider.go_down().await.expect("it was up");
    let log = log::record();
    assert_eq!(
        app.browser().open(&url("/auth/sign-in")).await.status(),
        502
    );
    let text = log.text();
    assert_eq!(alarms(&text).len(), 1, "{text}");

    let app = App::with(|auth| auth.map_claims(|_| async { panic!("for this test") })).await;
    let log = log::record();
    assert_eq!(sign_in(&app.browser()).await.status(), 500);
    let text = log.text();
    assert_eq!(alarms(&text).len(), 1, "{text}");
}

#[tokio::test]
async fn a_session_that_is_too_large_names_the_remedy() {
    for (length, status) in [(4_000, 500), (2_200, 200)] {
        let large = move |auth: AuthLayerBuilder| {
            auth.max_cookies(1)
                .map_claims(move |ClaimsToMap { claims, .. }| async move {
                    Ok(claims.with("name", &random_text(length))?)
                })
        };
        let app = App::with(large).await;
        let log = log::record();
        assert_eq!(sign_in(&app.browser()).await.status(), status);
        let text = log.text();
        let line = alarms(&text);
        assert_eq!(line.len(), 1, "{text}");
        assert!(
            line[0].contains("AUTH_MAX_COOKIES") && line[0].contains("keep_claims"),
            "{text}"
        );
    }
}
