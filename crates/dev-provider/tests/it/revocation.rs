//! Revocation (RFC 7009).

use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider};
use serde_json::{Value, json};

use crate::support::{Visitor, request};

async fn is_active(visitor: &mut Visitor, token: &Value) -> bool {
    let answer = visitor.post_token("/introspect", token).await;
    answer.json()["active"].as_bool().unwrap()
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_its_grant_and_no_other() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let other = visitor.tokens("alice", request()).await;
    let first = visitor.tokens("alice", request()).await;
    let second = visitor.refresh(&first, &[]).await.json();
    let answer = visitor
        .post_token("/revoke", &second["refresh_token"])
        .await;
    assert_eq!(answer.status, 200);
    for token in [
        &first["access_token"],
        &second["access_token"],
        &second["refresh_token"],
    ] {
        assert!(!is_active(&mut visitor, token).await);
    }
    let refused = visitor.refresh(&second, &[]).await;
    assert_eq!(refused.error(), "invalid_grant");
    assert!(is_active(&mut visitor, &other["access_token"]).await);
    assert_eq!(visitor.refresh(&other, &[]).await.status, 200);
}

#[tokio::test]
async fn a_revoked_access_token_leaves_its_grant_valid() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let answer = visitor.post_token("/revoke", &tokens["access_token"]).await;
    assert_eq!(answer.status, 200);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(visitor.user_info(access_token).await.status, 401);
    assert_eq!(visitor.refresh(&tokens, &[]).await.status, 200);
}

#[tokio::test]
async fn revoking_an_unknown_token_is_no_error() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let answer = visitor.post_token("/revoke", &json!("unknown")).await;
    assert_eq!(answer.status, 200);
    let [request] = &provider.revocations()[..] else {
        panic!("one request");
    };
    assert_eq!(request.parameter("token"), Some("unknown"));
    assert_eq!(provider.counters().revocation, 1);
}

#[tokio::test]
async fn a_client_cannot_revoke_the_tokens_of_another() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().unwrap();
        let fields = [("token", token), ("client_id", "dev-public")];
        let refused = visitor.post("/revoke", &fields).await;
        assert_eq!(refused.error(), "invalid_grant");
        let fields = [("token", token), ("client_id", DEV_CLIENT_ID)];
        let refused = visitor.post("/revoke", &fields).await;
        assert_eq!(refused.error(), "invalid_client");
        assert!(is_active(&mut visitor, &tokens[name]).await);
    }
}

#[tokio::test]
async fn the_metadata_names_both_endpoints() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let metadata = metadata.json();
    for (name, path) in [
        ("introspection_endpoint", "/introspect"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(metadata[name], format!("{}{path}", provider.issuer()));
        assert!(metadata[format!("{name}_auth_methods_supported")].is_array());
    }
}
