//! Access tokens for resources (RFC 8707) and organizations, each stored separately.

use std::collections::HashSet;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tokio::task::JoinSet;
use tower_oidc::{AuthContext, AuthErrorKind};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::visits::{EXPIRY, answer, fetch};
use tower_oidc_tests::{App, TestServer};

const DEFAULT: &str = "/token";
const ONE: &str = "/token?resource=https://api.one.example";
const TWO: &str = "/token?resource=https://api.two.example";
const ADAMS: &str = "/token?organization=oqlvslpmrc3s";
const CHOIR: &str = "/token?organization=3pgwzp1b77do";
const ONE_AT_ADAMS: &str = "/token?resource=https://api.one.example&organization=oqlvslpmrc3s";

const ALL: [&str; 6] = [DEFAULT, ONE, TWO, ADAMS, CHOIR, ONE_AT_ADAMS];

const SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "offline_access",
    "read",
    "write",
    "urn:logto:scope:organizations",
];

async fn app() -> App {
    App::registered(
        |provider| provider,
        |registration| {
            registration
                .resources(["https://api.one.example", "https://api.two.example"])
                .scopes(SCOPES)
        },
        // Six tokens, four of them large.
        |auth| auth.max_cookies(9),
    )
    .await
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// N-01: the provider ends the grant when a refresh token is presented twice.
#[tokio::test]
async fn concurrent_tokens_for_several_resources_are_requested_one_after_the_other() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let mut answers = JoinSet::new();
    for path in ALL {
        for _ in 0..4 {
            let browser = browser.clone();
            answers.spawn(async move { (path, answer(&browser, path).await) });
        }
    }
    held.wait_for(1).await;
    // The absence of a request cannot be awaited, but its wait would be over by now.
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert_eq!(held.waiting(), 1);
    }
    held.release();

    let answers = answers.join_all().await;

    assert_eq!(answers.len(), 24);
    let tokens: HashSet<_> = answers
        .iter()
        .map(|(_, it)| it["token"].to_string())
        .collect();
    assert_eq!(tokens.len(), 6);
    let refreshes = app.provider.refreshes();
    assert_eq!(refreshes.len(), 6);
    let presented: HashSet<_> = refreshes
        .iter()
        .map(|it| it.parameter("refresh_token"))
        .collect();
    assert_eq!(presented.len(), 6, "each refresh token once");
    // One session has them all: an instance that has only its cookie requests none.
    browser.open(&url("/")).await;
    let another = app.another_instance(|auth| auth.max_cookies(9)).await;
    another.serve(&browser);
    for path in ALL {
        let known = &answers.iter().find(|it| it.0 == path).unwrap().1["token"];
        assert_eq!(&answer(&browser, path).await["token"], known, "{path}");
    }
    assert_eq!(app.provider.refreshes().len(), 6);
}

/// F-10
#[tokio::test]
async fn a_token_is_returned_only_for_its_own_resource_and_organization() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let mut tokens = HashSet::new();
    for path in ALL {
        tokens.insert(answer(&browser, path).await["token"].to_string());
    }
    assert_eq!(tokens.len(), 6);
    assert_eq!(app.provider.refreshes().len(), 5);
    for (path, audience, organization) in [
        (ONE, "https://api.one.example", Value::Null),
        (TWO, "https://api.two.example", Value::Null),
        (
            ADAMS,
            "urn:logto:organization:oqlvslpmrc3s",
            "oqlvslpmrc3s".into(),
        ),
        (
            CHOIR,
            "urn:logto:organization:3pgwzp1b77do",
            "3pgwzp1b77do".into(),
        ),
        (
            ONE_AT_ADAMS,
            "https://api.one.example",
            "oqlvslpmrc3s".into(),
        ),
    ] {
        let claims = claims(&answer(&browser, path).await["token"]);
        assert_eq!(claims["aud"], audience, "{path}");
        assert_eq!(claims["organization_id"], organization, "{path}");
        assert_eq!(claims["sub"], "alice", "{path}");
    }
    assert_eq!(app.provider.refreshes().len(), 5);
    assert_eq!(
        answer(&browser, ONE).await["scopes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(answer(&browser, TWO).await["scopes"][0], "read");
}

/// F-10: each has its own expiry, and a refresh of one leaves the others.
#[tokio::test]
async fn a_forced_refresh_replaces_the_default_token_only() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let one = answer(&browser, ONE).await;
    let default = answer(&browser, DEFAULT).await;

    let refreshed = answer(&browser, "/refresh").await;

    assert_ne!(refreshed["token"], default["token"]);
    assert_eq!(answer(&browser, DEFAULT).await["token"], refreshed["token"]);
    assert_eq!(answer(&browser, ONE).await["token"], one["token"]);
}

#[tokio::test]
async fn cleared_tokens_are_requested_again() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let mut before = Vec::new();
    for path in ALL {
        before.push(answer(&browser, path).await["token"].clone());
    }
    let old = browser.thief();

    assert_eq!(browser.open(&url("/clear")).await.text(), "cleared");

    for (path, before) in ALL.into_iter().zip(before) {
        assert_ne!(answer(&browser, path).await["token"], before, "{path}");
    }
    assert_eq!(app.provider.refreshes().len(), 11);
    assert_eq!(old.open(&url("/")).await.text(), "alice");
}

/// A user outside of the organization is denied its tokens, and stays signed in.
#[tokio::test]
async fn a_foreign_organization_is_denied() {
    let app = app().await;
    let browser = app.signed_in_browser().await;

    let page = fetch(&browser, "/token?organization=nobodys").await;

    assert_eq!(page.status(), 403);
    assert_eq!(page.json()["error"], "denied");
    answer(&browser, ADAMS).await;
}

/// The errors name what is missing in the configuration; the response does not.
#[tokio::test]
async fn an_unconfigured_resource_is_an_error_that_names_it() {
    let app = App::registered(
        |provider| provider,
        |registration| registration.resources(["https://api.one.example"]),
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    for path in [
        "/token?resource=https://unknown.example",
        ADAMS,
        ONE_AT_ADAMS,
    ] {
        let page = fetch(&browser, path).await;
        assert_eq!(page.status(), 500, "{path}");
        assert_eq!(page.text(), r#"{"error":"misconfigured"}"#, "{path}");
    }
    let handler = |auth: AuthContext| async move {
        let resource = auth.access_token_for("https://unknown.example").await;
        let organization = auth.organization_token("acme").await;
        let [resource, organization] = [resource, organization].map(|it| it.unwrap_err());
        assert_eq!(resource.kind(), AuthErrorKind::Misconfigured);
        assert_eq!(organization.kind(), AuthErrorKind::Misconfigured);
        format!("{resource}\n{organization}")
    };
    let router = Router::new().route("/errors", get(handler));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());

    let text = browser.open(&url("/errors")).await.text();

    assert!(text.contains("https://unknown.example"), "{text}");
    assert!(text.contains("Provider::resources"), "{text}");
    assert!(text.contains("urn:logto:scope:organizations"), "{text}");
    assert_eq!(app.provider.refreshes().len(), 0);
}
