//! Which tokens a sign-out revokes at the provider, and when.

use std::sync::mpsc;
use std::time::Duration;

use axum::response::Json;
use axum::routing::get;
use oidc_dev_provider::{DevProvider, Endpoint, Fault, RecordedRequest};
use serde_json::{Value, json};
use tower_oidc::{AuthContext, AuthError, AuthEventKind, AuthLayerBuilder, RevokeAtSignOut};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::visits::{answer, fetch, is_accepted_by_provider, sign_out};
use tower_oidc_tests::{App, Browser, TestServer};

use crate::log;

const ONE: &str = "https://api.one.example";
const TWO: &str = "https://api.two.example";

fn all_tokens(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.revoke_at_sign_out(RevokeAtSignOut::AllTokens)
}

async fn tokens(auth: AuthContext) -> Result<Json<Value>, AuthError> {
    let default = auth.access_token().await?;
    let (one, two) = (
        auth.access_token_for(ONE).await?,
        auth.access_token_for(TWO).await?,
    );
    Ok(Json(json!([default.as_str(), one.as_str(), two.as_str()])))
}

/// An application whose user has three access tokens, and these.
async fn three_tokens(
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, Browser, Vec<String>) {
    let app = App::with_resources(configure).await;
    let browser = app.signed_in_browser().await;
    let router = tower_oidc_tests::app::router().route("/tokens", get(tokens));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    let tokens = answer(&browser, "/tokens").await;
    let tokens = serde_json::from_value(tokens).expect("three tokens");
    app.serve(&browser);
    (app, browser, tokens)
}

/// The type of each token that the provider was asked to revoke, and the token.
fn asked(provider: &DevProvider) -> Vec<(String, String)> {
    let text = |it: &RecordedRequest, name: &str| it.parameter(name).unwrap().to_owned();
    let requests = provider.revocations();
    let asked = requests.iter();
    asked
        .map(|it| (text(it, "token_type_hint"), text(it, "token")))
        .collect()
}

fn access_tokens(provider: &DevProvider) -> Vec<String> {
    let asked = asked(provider).into_iter();
    let mut tokens: Vec<_> = asked
        .filter(|(kind, _)| kind == "access_token")
        .map(|(_, token)| token)
        .collect();
    tokens.sort_unstable();
    tokens
}

fn sorted(mut tokens: Vec<String>) -> Vec<String> {
    tokens.sort_unstable();
    tokens
}

#[tokio::test]
async fn without_the_setting_the_refresh_token_alone_is_revoked() {
    let (app, browser, _) = three_tokens(|auth| auth).await;

    sign_out(&browser).await;

    let kinds: Vec<_> = asked(&app.provider)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["refresh_token"]);
}

#[tokio::test]
async fn a_sign_out_may_revoke_nothing_and_still_ends_the_session() {
    let (app, browser, _) =
        three_tokens(|auth| auth.revoke_at_sign_out(RevokeAtSignOut::Nothing)).await;
    let copy = browser.thief();

    sign_out(&browser).await;

    assert_eq!(asked(&app.provider), []);
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    assert_eq!(fetch(&copy, "/refresh").await.status(), 401);
}

/// E-17: the refresh token first, because it is worth most.
#[tokio::test]
async fn a_sign_out_may_revoke_every_access_token_after_the_refresh_token() {
    let (app, browser, tokens) = three_tokens(all_tokens).await;

    sign_out(&browser).await;

    let asked = asked(&app.provider);
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[0].0, "refresh_token");
    assert_eq!(access_tokens(&app.provider), sorted(tokens.clone()));
    assert!(!is_accepted_by_provider(&app, &json!(tokens[0])).await);
}

#[tokio::test]
async fn an_access_token_that_has_expired_is_not_revoked() {
    let (app, browser, _) = three_tokens(all_tokens).await;
    app.clock.advance(Duration::from_secs(3_601));

    sign_out(&browser).await;

    assert_eq!(access_tokens(&app.provider), Vec::<String>::new());
    assert_eq!(asked(&app.provider).len(), 1);
}

#[tokio::test]
async fn the_access_token_of_a_session_without_a_refresh_token_is_revoked() {
    let app = App::with_provider(|it| it.fault(Fault::NoRefreshToken), all_tokens).await;
    let browser = app.signed_in_browser().await;
    let token = answer(&browser, "/who").await["access_token"].clone();

    sign_out(&browser).await;

    assert_eq!(access_tokens(&app.provider), [token.as_str().unwrap()]);
    assert_eq!(asked(&app.provider).len(), 1);
}

/// E-17, RFC 7009 section 2.2.1. The session has no refresh token, whose refusal would be reported.
#[tokio::test]
async fn a_provider_that_revokes_no_access_tokens_causes_no_error() {
    let log = log::record();
    let (events, seen) = mpsc::channel();
    let app = App::with_provider(
        |provider| provider.fault(Fault::NoRefreshToken),
        |auth| all_tokens(auth).on_event(move |event| drop(events.send(event.clone()))),
    )
    .await;
    let browser = app.signed_in_browser().await;
    app.provider
        .add_fault(Fault::RevocationUnsupportedTokenType);

    sign_out(&browser).await;
    app.auth.drain().await;

    assert_eq!(asked(&app.provider).len(), 1, "asked once");
    let kinds: Vec<_> = seen.try_iter().map(|event| event.kind()).collect();
    assert!(
        !kinds.contains(&AuthEventKind::RevocationFailed),
        "{kinds:?}"
    );
    assert!(!log.text().contains("is not revoked"), "{}", log.text());
}

/// E-17: what the provider cannot take now waits.
#[tokio::test]
async fn the_revocations_of_all_tokens_wait_while_the_provider_is_down() {
    let (app, browser, tokens) = three_tokens(all_tokens).await;
    app.provider.add_fault(Fault::RevocationUnavailable);

    assert_eq!(sign_out(&browser).await.status(), 303);
    app.provider.clear_faults();
    let before = asked(&app.provider).len();
    app.auth.drain().await;

    let again = asked(&app.provider).split_off(before);
    assert_eq!(again.len(), 4);
    assert_eq!(again[0].0, "refresh_token");
    for token in tokens {
        assert!(again.contains(&("access_token".to_owned(), token)));
    }
}

/// E-17, E-07: two seconds for all of it together. What is left continues, and a drain waits for it.
#[tokio::test]
async fn the_revocations_of_all_tokens_do_not_delay_the_sign_out() {
    let (app, browser, tokens) = three_tokens(all_tokens).await;
    let held = app.provider.hold(Endpoint::Revocation);

    let answered = tokio::time::timeout(Duration::from_secs(6), sign_out(&browser)).await;

    assert_eq!(answered.expect("in time").status(), 303);
    held.wait_for(1).await;
    assert!(!app.auth.drain_for(Duration::ZERO).await);
    held.release();
    assert!(app.auth.drain_for(Duration::from_secs(60)).await);
    assert_eq!(access_tokens(&app.provider), sorted(tokens));
}
