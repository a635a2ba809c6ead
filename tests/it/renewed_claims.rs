//! Refreshes with new claims, and providers that send them only if the scopes are named.

use std::time::Duration;

use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{answer, token};
use tower_oidc_tests::{App, Browser};

const SECOND: Duration = Duration::from_secs(1);

async fn claims(browser: &Browser) -> Value {
    browser.open(&url("/who")).await.json()["claims"].clone()
}

/// The scopes that the last refresh named.
fn named(app: &App) -> Option<String> {
    let refreshes = app.provider.refreshes();
    refreshes.last()?.parameter("scope").map(str::to_owned)
}

#[tokio::test]
async fn a_refresh_says_whether_the_claims_are_new() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = claims(&browser).await;
    app.clock.advance(SECOND);

    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
    let second = claims(&browser).await;
    assert_ne!(second["iat"], first["iat"]);
    for fault in [Fault::RefreshNoIdToken, Fault::RefreshIdTokenExtraAudience] {
        app.provider.add_fault(fault);
        app.clock.advance(SECOND);
        let refreshed = answer(&browser, "/refresh").await;
        assert_eq!(refreshed["claims_renewed"], false, "{fault:?}");
        assert_eq!(claims(&browser).await, second, "{fault:?}");
        app.provider.clear_faults();
    }
    // Not by comparing them: this provider has no new claims.
    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
    assert_eq!(named(&app), None);
}

/// The ID token is not in the session, and the hook keeps few claims.
#[tokio::test]
async fn a_refresh_says_so_too_when_the_session_keeps_few_claims() {
    let app = App::with(|auth| auth.keep_claims(["name"])).await;
    let browser = app.signed_in_browser().await;

    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
    app.provider.add_fault(Fault::RefreshNoIdToken);
    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], false);
}

#[tokio::test]
async fn with_the_setting_the_scope_is_sent_at_a_refresh_to_get_an_id_token() {
    for is_set in [false, true] {
        let app = App::registered(
            |provider| provider,
            |it| {
                let resources = ["https://api.one.example"];
                it.scope_at_refresh(is_set).resources(resources)
            },
            |auth| auth,
        )
        .await;
        let browser = app.signed_in_browser().await;
        app.provider.add_fault(Fault::RefreshIdTokenForScopeOnly);
        app.clock.advance(SECOND);

        let refreshed = answer(&browser, "/refresh").await;

        assert_eq!(refreshed["claims_renewed"], is_set);
        let scopes = "openid profile email offline_access";
        assert_eq!(named(&app).as_deref(), is_set.then_some(scopes));
        // For the default target only.
        answer(&browser, "/token?resource=https://api.one.example").await;
        assert_eq!(named(&app), None);
    }
}

/// RFC 6749 section 6: no scope that was not granted.
#[tokio::test]
async fn a_refresh_names_no_scope_that_the_provider_did_not_grant() {
    let app = App::registered(
        |provider| provider,
        |it| it.add_scopes(["orders"]).scope_at_refresh(true),
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    let who = browser.open(&url("/who")).await.json();
    let granted: Vec<&str> = who["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(!granted.contains(&"orders"), "{granted:?}");

    answer(&browser, "/refresh").await;

    let named = named(&app).unwrap();
    assert_eq!(json!(named.split(' ').collect::<Vec<_>>()), json!(granted));
}

/// Access tokens of eight seconds and a leeway of ten: each is used for half of its lifetime.
#[tokio::test]
async fn a_token_that_is_shorter_than_the_leeway_is_not_refreshed_at_every_use() {
    let app = App::registered(
        |it| it.access_token_lifetime(Duration::from_secs(8)),
        |it| it.resources(["https://api.one.example"]),
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    for path in ["/token", "/token?resource=https://api.one.example"] {
        let before = app.provider.refreshes().len();
        let first = answer(&browser, path).await["token"].clone();
        let refreshed = app.provider.refreshes().len() - before;
        app.clock.advance(SECOND * 3);

        assert_eq!(answer(&browser, path).await["token"], first, "{path}");
        assert_eq!(app.provider.refreshes().len(), before + refreshed, "{path}");

        app.clock.advance(SECOND);
        assert_ne!(answer(&browser, path).await["token"], first, "{path}");
    }
    let first = token(&browser).await;
    app.clock.advance(SECOND * 3);
    assert_eq!(token(&browser).await, first);
}
