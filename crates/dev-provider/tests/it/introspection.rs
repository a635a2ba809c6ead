//! Introspection (RFC 7662).

use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider};
use serde_json::json;

use crate::support::{START, TestClock, Visitor, request, with};

#[tokio::test]
async fn introspection_describes_an_active_token() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor
        .tokens("alice", with(request(), "scope", "openid offline_access"))
        .await;
    clock.advance(10);
    let expected = |lifetime: u64| {
        json!({
            "active": true,
            "iss": provider.issuer(),
            "sub": "alice",
            "username": "alice",
            "client_id": DEV_CLIENT_ID,
            "scope": "openid offline_access",
            "iat": START,
            "exp": START + lifetime,
        })
    };
    let access_token = visitor.post_token("/introspect", &tokens["access_token"]);
    let mut of_access_token = expected(3600);
    of_access_token["token_type"] = json!("Bearer");
    assert_eq!(access_token.await.json(), of_access_token);
    let refresh_token = visitor.post_token("/introspect", &tokens["refresh_token"]);
    assert_eq!(refresh_token.await.json(), expected(14 * 24 * 3600));
    let [first, _] = &provider.introspections()[..] else {
        panic!("two requests");
    };
    assert_eq!(first.parameter("token"), tokens["access_token"].as_str());
    assert_eq!(provider.counters().introspection, 2);
}

#[tokio::test]
async fn introspection_of_a_token_for_an_api_has_audience_and_organization() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let scope = "openid offline_access read urn:logto:scope:organizations";
    let mut request = with(request(), "scope", scope);
    request.push(("resource", "https://api.one.example"));
    let tokens = visitor.tokens("alice", request).await;
    let extra = [
        ("resource", "https://api.one.example"),
        ("organization_id", "oqlvslpmrc3s"),
    ];
    let tokens = visitor.refresh(&tokens, &extra).await.json();
    let answer = visitor
        .post_token("/introspect", &tokens["access_token"])
        .await
        .json();
    assert_eq!(answer["active"], true);
    assert_eq!(answer["aud"], "https://api.one.example");
    assert_eq!(answer["organization_id"], "oqlvslpmrc3s");
    assert_eq!(answer["scope"], "read");
}

#[tokio::test]
async fn introspection_of_an_inactive_token_reveals_nothing() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let inactive = json!({ "active": false });
    let first = visitor.tokens("alice", request()).await;
    let rotated = visitor.refresh(&first, &[]).await.json();
    for token in [&json!("unknown"), &first["refresh_token"]] {
        let answer = visitor.post_token("/introspect", token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, inactive.clone())
        );
    }
    clock.advance(3600);
    let expired = visitor.post_token("/introspect", &rotated["access_token"]);
    assert_eq!(expired.await.json(), inactive);
}

#[tokio::test]
async fn introspection_requires_a_client_with_a_secret() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (id, secret) in [
        (DEV_CLIENT_ID, ""),
        (DEV_CLIENT_ID, "wrong"),
        ("dev-public", ""),
    ] {
        let fields = [
            ("token", "any"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let refused = visitor.post("/introspect", &fields).await;
        assert_eq!(refused.error(), "invalid_client", "{id} with {secret:?}");
    }
    let without_token = visitor.post_token("/introspect", &json!("")).await;
    assert_eq!(without_token.error(), "invalid_request");
}
