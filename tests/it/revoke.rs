//! Revoking one access token while the user stays signed in.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use bytes::Bytes;
use oidc_dev_provider::{Endpoint, Fault};
use relying_party::{HttpClient, HyperClient};
use serde_json::Value;
use tower_oidc::{AuthContext, AuthError, AuthLayer, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in, url};
use tower_oidc_tests::visits::{EXPIRY, answer, fetch, is_accepted_by_provider, token};
use tower_oidc_tests::{App, Browser, TestServer};

use crate::log;

const ONE: &str = "https://api.one.example";

/// Revokes the token of the resource that the query names, or the default one, and requests it
/// again if the query says so.
async fn revoke(
    auth: AuthContext,
    Query(query): Query<HashMap<String, String>>,
) -> Result<String, AuthError> {
    let token = match query.get("resource") {
        Some(resource) => auth.access_token_for(resource).await?,
        None => auth.access_token().await?,
    };
    let revocation = auth.revoke(&token).await?;
    if query.contains_key("again") {
        return Ok(auth.access_token().await?.as_str().to_owned());
    }
    Ok(format!("{revocation:?}"))
}

async fn serve(auth: &AuthLayer, browser: &Browser) -> TestServer {
    let router = tower_oidc_tests::app::router().merge(Router::new().route("/revoke", get(revoke)));
    let server = TestServer::start(router.layer(auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}

/// A browser in which alice has signed in, at an application that revokes tokens.
pub(crate) async fn signed_in(app: &App) -> (Browser, TestServer) {
    let browser = app.browser();
    let server = serve(&app.auth, &browser).await;
    assert_eq!(sign_in(&browser).await.text(), "alice");
    (browser, server)
}

#[tokio::test]
async fn a_revoked_token_is_removed_and_the_user_stays_signed_in() {
    let app = App::start().await;
    let (browser, _server) = signed_in(&app).await;
    let before = token(&browser).await;
    assert!(is_accepted_by_provider(&app, &before).await);

    let revoked = browser.open(&url("/revoke")).await;

    assert_eq!(revoked.text(), "Revoked");
    assert!(!revoked.last().set_cookies().is_empty());
    assert!(!is_accepted_by_provider(&app, &before).await);
    let [request] = &app.provider.revocations()[..] else {
        panic!("one request");
    };
    assert_eq!(request.parameter("token"), before.as_str());
    assert_eq!(request.parameter("token_type_hint"), Some("access_token"));
    assert!(answer(&browser, "/who").await["access_token"].is_null());
    assert!(app.provider.refreshes().is_empty());

    let after = token(&browser).await;

    assert_ne!(after, before);
    assert!(is_accepted_by_provider(&app, &after).await);
    assert_eq!(app.provider.refreshes().len(), 1);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

#[tokio::test]
async fn the_same_request_gets_a_new_token_too() {
    let app = App::start().await;
    let (browser, _server) = signed_in(&app).await;
    let before = token(&browser).await;

    let again = browser.open(&url("/revoke?again")).await.text();

    assert_ne!(before, again.as_str());
    assert!(is_accepted_by_provider(&app, &Value::from(again.clone())).await);
    assert_eq!(token(&browser).await, again.as_str(), "kept in the cookie");
}

#[tokio::test]
async fn only_the_revoked_token_is_removed() {
    let app = App::with_resources(|auth| auth).await;
    let (browser, _server) = signed_in(&app).await;
    let default = token(&browser).await;
    let of_one = format!("/token?resource={ONE}");
    let one = answer(&browser, &of_one).await["token"].clone();
    let default_after = token(&browser).await;
    let refreshes = app.provider.refreshes().len();

    let revoked = browser.open(&url(&format!("/revoke?resource={ONE}"))).await;

    assert_eq!(revoked.text(), "Revoked");
    assert_eq!(token(&browser).await, default_after);
    assert_eq!(default, default_after);
    assert_eq!(app.provider.refreshes().len(), refreshes);
    assert_ne!(answer(&browser, &of_one).await["token"], one);
}

/// The old cookie from before the refresh is answered from this instance's copy of the refreshed
/// session.
#[tokio::test]
async fn it_is_removed_from_the_copy_of_a_refreshed_session_too() {
    let app = App::start().await;
    let (browser, _server) = signed_in(&app).await;
    let older = browser.thief();
    app.clock.advance(EXPIRY);
    let refreshed = token(&browser).await;

    browser.open(&url("/revoke")).await;

    let newest = token(&older).await;
    assert_ne!(newest, refreshed);
    assert!(is_accepted_by_provider(&app, &newest).await);
}

/// The documented behaviour of a copy of the cookie that was not refreshed since.
#[tokio::test]
async fn an_older_cookie_still_has_the_revoked_token() {
    let app = App::start().await;
    let (browser, _server) = signed_in(&app).await;
    let older = browser.thief();
    let revoked = token(&browser).await;

    browser.open(&url("/revoke")).await;

    assert_eq!(token(&older).await, revoked);
    assert!(!is_accepted_by_provider(&app, &revoked).await);
}

#[tokio::test]
async fn a_refresh_in_flight_does_not_restore_the_revoked_token() {
    let app = App::with_resources(|auth| auth).await;
    let (browser, _server) = signed_in(&app).await;
    let before = token(&browser).await;
    let waiting = browser.thief();
    let held = app.provider.hold_token_requests();
    let asked = tokio::spawn(async move {
        let page = fetch(&waiting, &format!("/token?resource={ONE}")).await;
        (waiting, page)
    });
    held.wait_for(1).await;

    let revoked = browser.open(&url("/revoke")).await;
    held.release();
    let (waiting, page) = asked.await.unwrap();

    assert_eq!(revoked.text(), "Revoked");
    assert_eq!(page.status(), 200);
    // Its session has the token of the resource, and no longer the revoked one.
    let after = token(&waiting).await;
    assert_ne!(after, before);
    assert!(is_accepted_by_provider(&app, &after).await);
}

#[tokio::test]
async fn a_revocation_that_fails_keeps_the_token_and_says_whether_to_try_again() {
    for (fault, status) in [
        (Fault::RevocationUnavailable, 503),
        (Fault::RevocationUnsupportedTokenType, 403),
        (Fault::EndpointErrorsRepeatRequest, 500),
    ] {
        let log = log::record();
        let app = App::start().await;
        let (browser, _server) = signed_in(&app).await;
        let before = token(&browser).await;
        app.provider.add_fault(fault);

        let failed = fetch(&browser, "/revoke").await;

        assert_eq!(failed.status(), status, "{fault:?}: {}", failed.text());
        let retry_after = failed.header("retry-after");
        assert_eq!(retry_after.is_some(), status == 503, "{fault:?}");
        assert!(failed.last().set_cookies().is_empty(), "{fault:?}");
        let text = log.text();
        let what = if status == 403 {
            "the provider refused a revocation"
        } else {
            "the provider gave no answer to a revocation"
        };
        assert!(text.contains(what), "{text}");
        assert!(!text.contains(before.as_str().unwrap()), "{text}");
        app.provider.clear_faults();
        assert_eq!(token(&browser).await, before, "{fault:?}");
        assert!(app.provider.refreshes().is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_revocation_that_hangs_keeps_its_caller_waiting_as_long_as_a_refresh() {
    let app = App::with(|auth| auth.refresh_wait(Duration::from_secs(1))).await;
    let (browser, _server) = signed_in(&app).await;
    let before = token(&browser).await;
    let held = app.provider.hold(Endpoint::Revocation);

    let answered = tokio::time::timeout(Duration::from_secs(6), fetch(&browser, "/revoke")).await;

    assert_eq!(answered.expect("in time").status(), 503);
    held.release();
    assert_eq!(token(&browser).await, before);
}

#[tokio::test]
async fn a_provider_without_the_endpoint_revokes_nothing_and_the_token_stays() {
    let app = App::start().await;
    let metadata = format!("{}/.well-known/openid-configuration", app.provider.issuer());
    let request = http::Request::get(metadata).body(Bytes::new()).unwrap();
    let metadata = HyperClient::new().call(request).await.unwrap();
    let mut metadata: Value = serde_json::from_slice(metadata.body()).unwrap();
    metadata
        .as_object_mut()
        .unwrap()
        .remove("revocation_endpoint");
    let provider = Provider::new(app.provider.issuer(), CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .metadata_json(metadata.to_string());
    let instance = app.another_instance(|auth| auth.provider(provider)).await;
    let browser = app.browser();
    let _server = serve(&instance.auth, &browser).await;
    sign_in(&browser).await;
    let before = token(&browser).await;

    let revoked = browser.open(&url("/revoke")).await;

    assert_eq!(revoked.text(), "NotSupported");
    assert_eq!(token(&browser).await, before);
    assert!(app.provider.revocations().is_empty());
}

/// There is no refresh token to get another one.
#[tokio::test]
async fn without_a_refresh_token_the_next_token_needs_a_sign_in() {
    let app = App::with_provider(
        |provider| provider.fault(Fault::NoRefreshToken),
        |auth| auth,
    )
    .await;
    let (browser, _server) = signed_in(&app).await;

    assert_eq!(browser.open(&url("/revoke")).await.text(), "Revoked");

    assert_eq!(fetch(&browser, "/token").await.status(), 401);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_revoke() {
    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app.auth, &browser).await;

    assert_eq!(fetch(&browser, "/revoke").await.status(), 401);
    assert!(app.provider.revocations().is_empty());
}
