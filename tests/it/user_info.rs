//! What the provider says about the user and about a token on request: UserInfo, scopes,
//! introspection.

use bytes::Bytes;
use http::{Method, StatusCode};
use oidc_dev_provider::{Fault, SigningAlgorithm};
use relying_party::{HttpClient, HyperClient};
use serde_json::{Value, json};
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, sign_in, url};
use tower_oidc_tests::visits::{answer, fetch, token};
use tower_oidc_tests::{App, Browser};

/// Responses that are not about the signed-in user, or not from the provider.
const UNUSABLE: [Fault; 10] = [
    Fault::UserInfoWrongSub,
    Fault::UserInfoMissingSub,
    Fault::UserInfoArray,
    Fault::UserInfoHtml,
    Fault::UserInfoRedirect,
    Fault::UserInfoHuge,
    Fault::UserInfoJwtWrongKey,
    Fault::UserInfoJwtWrongAudience,
    Fault::UserInfoJwtWrongIssuer,
    Fault::UserInfoJwtAlgNone,
];

const ONE: &str = "https://api.one.example";

/// With the scope of a claim that only UserInfo has, and a resource.
async fn app(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> App {
    App::registered(
        |provider| provider,
        |registration| {
            registration
                .scopes(["profile", "custom_data", "offline_access", "read", "write"])
                .resources([ONE])
        },
        configure,
    )
    .await
}

/// The scopes that the sign-in of [`app`] requests.
fn requested() -> Value {
    json!([
        "openid",
        "profile",
        "custom_data",
        "offline_access",
        "read",
        "write"
    ])
}

async fn claims(browser: &Browser) -> Value {
    answer(browser, "/who").await["claims"].clone()
}

/// The provider ends one access token before its time (RFC 7009).
async fn revoke(app: &App, token: &Value) {
    let form = format!(
        "client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&token={}",
        token.as_str().unwrap()
    );
    let request = http::Request::post(format!("{}/revoke", app.provider.issuer()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    let response = HyperClient::new().call(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn user_info_returns_what_the_id_token_lacks_and_is_not_stored() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let before = claims(&browser).await;

    let user_info = answer(&browser, "/ask/user-info").await;

    assert_eq!(user_info["sub"], "alice");
    assert_eq!(user_info["custom_data"], json!({ "theme": "dark" }));
    assert_eq!(claims(&browser).await, before);
    assert_eq!(before["custom_data"], Value::Null);
}

/// S-24
#[tokio::test]
async fn a_response_about_another_user_is_an_error_and_changes_nothing() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let before = answer(&browser, "/who").await;
    for fault in UNUSABLE {
        app.provider.add_fault(fault);

        let page = fetch(&browser, "/ask/user-info").await;

        // An endpoint that redirects has to be configured; any other failure may be temporary.
        let (status, error) = match fault {
            Fault::UserInfoRedirect => (500, "misconfigured"),
            _ => (503, "unavailable"),
        };
        assert_eq!(page.status(), status, "{fault:?}");
        assert_eq!(page.json(), json!({ "error": error }), "{fault:?}");
        assert!(page.last().set_cookies().is_empty(), "{fault:?}");
        app.provider.clear_faults();
        assert_eq!(answer(&browser, "/who").await, before, "{fault:?}");
    }
    assert_eq!(answer(&browser, "/ask/user-info").await["sub"], "alice");
}

#[tokio::test]
async fn a_signed_response_is_accepted_with_each_algorithm_that_the_provider_names() {
    for algorithm in [SigningAlgorithm::Es384, SigningAlgorithm::Rs256] {
        let app = App::with_provider(
            |provider| provider.signed_user_info(true).signing_algorithm(algorithm),
            |auth| auth,
        )
        .await;
        let browser = app.signed_in_browser().await;

        let user_info = answer(&browser, "/ask/user-info").await;

        assert_eq!(user_info["name"], "Alice Adams", "{algorithm:?}");
        assert_eq!(user_info["aud"], CLIENT_ID, "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_token_that_the_provider_has_revoked_is_refreshed_for_user_info() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    revoke(&app, &token(&browser).await).await;

    assert_eq!(answer(&browser, "/ask/user-info").await["sub"], "alice");

    assert_eq!(app.provider.refreshes().len(), 1);
    app.provider.disable_user("alice");
    let page = fetch(&browser, "/ask/user-info").await;
    assert_eq!(page.status(), 401);
    assert_eq!(page.json()["error"], "sign_in_required");
}

#[tokio::test]
async fn a_sign_in_with_user_info_stores_what_the_id_token_lacks() {
    let app = app(|auth| auth.user_info_at_sign_in(true)).await;
    let browser = app.signed_in_browser().await;
    let asked = app.provider.counters().user_info;
    let plain = claims(&self::app(|auth| auth).await.signed_in_browser().await).await;

    for path in ["/who", "/refresh", "/who"] {
        answer(&browser, path).await;
        let claims = claims(&browser).await;
        assert_eq!(claims["custom_data"], json!({ "theme": "dark" }), "{path}");
        assert_eq!(claims["name"], plain["name"], "{path}");
        assert_eq!(claims["iss"], app.provider.issuer(), "{path}");
    }
    assert_eq!((asked, app.provider.counters().user_info), (1, 1));
}

/// S-24: nothing about another user is stored, and without a response the sign-in continues.
#[tokio::test]
async fn a_sign_in_stores_nothing_from_a_response_that_does_not_match() {
    let app = app(|auth| auth.user_info_at_sign_in(true)).await;
    for fault in UNUSABLE.into_iter().chain([Fault::UserInfoUnavailable]) {
        app.provider.add_fault(fault);
        let browser = app.browser();

        assert_eq!(sign_in(&browser).await.text(), "alice", "{fault:?}");

        let claims = claims(&browser).await;
        assert_eq!(claims["sub"], "alice", "{fault:?}");
        assert_eq!(claims["name"], "Alice Adams", "{fault:?}");
        assert_eq!(claims["custom_data"], Value::Null, "{fault:?}");
        app.provider.clear_faults();
    }
}

#[tokio::test]
async fn the_scopes_are_those_of_the_token_response_or_of_the_token_itself() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let of_one = format!("/token?resource={ONE}");

    let granted = json!(["openid", "profile", "custom_data", "offline_access"]);
    assert_eq!(answer(&browser, "/token").await["scopes"], granted);
    assert_eq!(answer(&browser, "/who").await["scopes"], granted);
    assert_eq!(
        answer(&browser, &of_one).await["scopes"],
        json!(["read", "write"])
    );

    app.provider.add_fault(Fault::MissingScope);
    let browser = app.signed_in_browser().await;
    let by_itself = answer(&browser, &of_one).await;
    assert_eq!(by_itself["scopes"], json!(["read", "write"]));
    assert_eq!(by_itself["unverified"]["aud"], ONE);
    // Opaque, and the response names no scopes: the requested ones apply (RFC 6749 section 5.1).
    let opaque = answer(&browser, "/token").await;
    assert_eq!(opaque["scopes"], requested());
    assert_eq!(answer(&browser, "/who").await["scopes"], requested());
    assert_eq!(answer(&browser, "/refresh").await["scopes"], requested());
    assert_eq!(opaque["unverified"], Value::Null);
    assert_eq!(app.provider.introspections().len(), 0);
}

#[tokio::test]
async fn the_scopes_of_the_provider_may_be_an_array() {
    let app = app(|auth| auth.introspect_scopes(true)).await;
    app.provider.add_fault(Fault::ScopeAsArray);
    app.provider.add_fault(Fault::IntrospectionScopeAsArray);
    let browser = app.signed_in_browser().await;
    let scopes = answer(&browser, "/token").await["scopes"].clone();
    assert!(scopes.as_array().unwrap().len() > 3, "{scopes}");
    assert_eq!(answer(&browser, "/refresh").await["scopes"], scopes);

    app.provider.add_fault(Fault::MissingScope);
    assert_eq!(answer(&browser, "/refresh").await["scopes"], scopes);
}

#[tokio::test]
async fn the_scopes_of_an_opaque_token_are_introspected_once_and_stored_with_it() {
    let app = app(|auth| auth.introspect_scopes(true)).await;
    app.provider.add_fault(Fault::MissingScope);
    let browser = app.signed_in_browser().await;

    let granted = json!(["openid", "profile", "custom_data", "offline_access"]);
    assert_eq!(answer(&browser, "/token").await["scopes"], granted);
    assert_eq!(answer(&browser, "/who").await["scopes"], granted);
    assert_eq!(app.provider.introspections().len(), 1);

    // A new token has its own scopes, and a JWT contains them.
    assert_eq!(answer(&browser, "/refresh").await["scopes"], granted);
    answer(&browser, &format!("/token?resource={ONE}")).await;
    assert_eq!(app.provider.introspections().len(), 2);

    // It does not prevent a sign-in.
    app.provider.add_fault(Fault::IntrospectionUnavailable);
    let browser = app.signed_in_browser().await;
    assert_eq!(answer(&browser, "/token").await["scopes"], requested());
}

#[tokio::test]
async fn introspection_distinguishes_an_active_token_from_a_revoked_one() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;

    let said = answer(&browser, "/ask/introspection").await;

    assert_eq!(said["active"], true);
    assert_eq!(said["scopes"].as_array().unwrap().len(), 4);
    assert_eq!(said["username"], "alice");
    assert_eq!(said["client_id"], CLIENT_ID);
    let request = app.provider.introspections().remove(0);
    assert_eq!(request.parameter("token_type_hint"), Some("access_token"));
    assert!(request.authorization().unwrap().starts_with("Basic "));

    revoke(&app, &token(&browser).await).await;
    let nothing = json!({ "active": false, "scopes": [], "username": null, "client_id": null });
    assert_eq!(answer(&browser, "/ask/introspection").await, nothing);
    // The application decides what this means.
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");
}

#[tokio::test]
async fn a_malformed_introspection_is_an_error_and_changes_nothing() {
    let app = app(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let before = answer(&browser, "/who").await;
    for fault in [
        Fault::IntrospectionUnavailable,
        Fault::IntrospectionHtml,
        Fault::IntrospectionArray,
        Fault::IntrospectionMissingActive,
        Fault::IntrospectionStringActive,
    ] {
        app.provider.add_fault(fault);

        let page = fetch(&browser, "/ask/introspection").await;

        assert_eq!(page.status(), 503, "{fault:?}");
        assert_eq!(page.json()["error"], "unavailable", "{fault:?}");
        assert!(page.last().set_cookies().is_empty(), "{fault:?}");
        app.provider.clear_faults();
    }
    assert_eq!(answer(&browser, "/who").await, before);
}

#[tokio::test]
async fn without_a_session_there_is_neither_user_info_nor_introspection() {
    let app = app(|auth| auth).await;
    let browser = app.browser();
    for path in ["/ask/user-info", "/ask/introspection", "/token", "/refresh"] {
        let page = browser.fetch(&url("/"), Method::GET, &url(path)).await;
        assert_eq!(page.status(), 401, "{path}");
        assert_eq!(page.json()["error"], "sign_in_required", "{path}");
    }
    assert_eq!(app.provider.counters().user_info, 0);
}
