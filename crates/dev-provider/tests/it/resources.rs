//! Access tokens for APIs (RFC 8707, RFC 9068).

use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider, Resource};
use serde_json::{Value, json};

use crate::{
    support::{Parameters, START, TestClock, Visitor, code_grant, jwt_part, request, with},
    tokens::{is_signed, jwks},
};

const ONE: &str = "https://api.one.example";
const TWO: &str = "https://api.two.example";

/// An authorization request for resources.
fn request_for<'a>(resources: &[&'a str], scope: &'a str) -> Parameters<'a> {
    let mut request = with(request(), "scope", scope);
    request.extend(resources.iter().map(|&resource| ("resource", resource)));
    request
}

const SCOPE: &str = "openid email offline_access read write admin unheard_of";

#[tokio::test]
async fn an_access_token_for_a_resource_is_a_jwt_that_says_so() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request_for(&[ONE], SCOPE)).await;
    let grant = with(code_grant(&code), "resource", ONE);
    let tokens = visitor.post("/token", &grant).await.json();
    let token = &tokens["access_token"];
    assert_eq!(jwt_part(token, 0)["typ"], "at+jwt");
    assert!(is_signed(&jwks(&mut visitor).await, token));
    let mut claims = jwt_part(token, 1);
    let jti = claims.as_object_mut().unwrap().remove("jti");
    assert!(jti.is_some_and(|jti| jti.is_string()));
    let expected = json!({
        "iss": provider.issuer(),
        "aud": ONE,
        "sub": "alice",
        "client_id": DEV_CLIENT_ID,
        "scope": "read write",
        "iat": START,
        "exp": START + 3600,
    });
    assert_eq!(claims, expected);
    assert_eq!(tokens["scope"], "read write");
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn the_scope_of_a_token_is_limited_to_its_resource() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let request = request_for(&[ONE, TWO], SCOPE);
    let mut tokens = visitor.tokens("alice", request).await;
    assert_eq!(tokens["scope"], "openid email offline_access");
    for (extra, scope) in [
        (&[("resource", ONE)][..], json!("read write")),
        (&[("resource", TWO)], json!("read admin")),
        (&[("resource", ONE), ("scope", "read")], json!("read")),
        (&[("resource", ONE), ("scope", "admin")], Value::Null),
        (&[("scope", "email read")], json!("email")),
        (&[], json!("openid email offline_access")),
    ] {
        tokens = visitor.refresh(&tokens, extra).await.json();
        assert_eq!(tokens["scope"], scope, "{extra:?}");
        let is_jwt = tokens["access_token"].as_str().unwrap().contains('.');
        assert_eq!(is_jwt, extra.iter().any(|pair| pair.0 == "resource"));
    }
}

#[tokio::test]
async fn a_scope_of_a_resource_is_granted_only_along_with_it() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request_for(&[ONE], SCOPE)).await;
    let wider = [("resource", ONE), ("scope", "admin")];
    let refused = visitor.refresh(&tokens, &wider).await;
    assert_eq!(refused.error(), "invalid_scope");
}

#[tokio::test]
async fn an_unknown_resource_is_refused_at_the_authorization() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for unknown in [
        "https://api.one.example/",
        "https://api.three.example",
        "api",
    ] {
        let request = request_for(&[ONE, unknown], SCOPE);
        let answer = visitor.get("/authorize", &request).await;
        let error = answer.location_parameter("error");
        assert_eq!(error.as_deref(), Some("invalid_target"), "{unknown}");
    }
}

#[tokio::test]
async fn a_token_is_for_one_resource_of_those_that_were_authorized() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request_for(&[ONE], SCOPE)).await;
    let none = visitor.tokens("alice", request()).await;
    for (tokens, resources) in [
        (&tokens, &[("resource", TWO)][..]),
        (&tokens, &[("resource", ONE), ("resource", ONE)]),
        (&none, &[("resource", ONE)]),
    ] {
        let refused = visitor.refresh(tokens, resources).await;
        assert_eq!(refused.error(), "invalid_target", "{resources:?}");
        let code = visitor.sign_in("alice", request()).await;
        let grant = [&code_grant(&code)[..], resources].concat();
        let refused = visitor.post("/token", &grant).await;
        assert_eq!(refused.error(), "invalid_target", "{resources:?}");
    }
}

#[tokio::test]
async fn the_userinfo_endpoint_refuses_a_token_for_a_resource() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request_for(&[ONE], SCOPE)).await;
    let tokens = visitor.refresh(&tokens, &[("resource", ONE)]).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(visitor.user_info(access_token).await.status, 401);
}

#[tokio::test]
async fn other_resources_can_be_configured() {
    let provider = DevProvider::builder()
        .resource(Resource::new("https://shop.example").scope("buy"))
        .resource(Resource::new(ONE).scope("look"))
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let resources = ["https://shop.example", ONE];
    let request = request_for(&resources, "openid offline_access read buy look");
    let mut tokens = visitor.tokens("alice", request).await;
    for (resource, scope) in resources.into_iter().zip(["buy", "look"]) {
        let refreshed = visitor.refresh(&tokens, &[("resource", resource)]).await;
        tokens = refreshed.json();
        assert_eq!(tokens["scope"], scope);
    }
}
