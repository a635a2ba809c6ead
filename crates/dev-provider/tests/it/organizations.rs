//! Organization tokens, as Logto issues them.

use oidc_dev_provider::DevProvider;
use serde_json::{Value, json};

use crate::support::{Parameters, Visitor, jwt_part, request, with};

const ADAMS_AND_SONS: &str = "oqlvslpmrc3s";
const VILLAGE_CHOIR: &str = "3pgwzp1b77do";

/// The request of Logto's own clients.
fn request_with_organizations() -> Parameters<'static> {
    let scope = "openid offline_access read urn:logto:scope:organizations";
    let mut request = with(request(), "scope", scope);
    request.extend([
        ("resource", "https://api.one.example"),
        ("resource", "urn:logto:resource:organizations"),
    ]);
    request
}

#[tokio::test]
async fn a_refresh_gives_a_token_for_an_organization() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let mut tokens = visitor.tokens("alice", request_with_organizations()).await;
    for id in [ADAMS_AND_SONS, VILLAGE_CHOIR] {
        let answer = visitor.refresh(&tokens, &[("organization_id", id)]).await;
        tokens = answer.json();
        let claims = jwt_part(&tokens["access_token"], 1);
        assert_eq!(claims["aud"], format!("urn:logto:organization:{id}"));
        assert_eq!(claims["organization_id"], id);
        assert_eq!(
            (&claims["sub"], &claims["scope"]),
            (&json!("alice"), &Value::Null)
        );
        assert_eq!(tokens["scope"], Value::Null);
    }
}

#[tokio::test]
async fn a_token_may_be_for_a_resource_and_an_organization() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request_with_organizations()).await;
    let extra = [
        ("resource", "https://api.one.example"),
        ("organization_id", VILLAGE_CHOIR),
    ];
    let tokens = visitor.refresh(&tokens, &extra).await.json();
    let claims = jwt_part(&tokens["access_token"], 1);
    assert_eq!(claims["aud"], "https://api.one.example");
    assert_eq!(claims["organization_id"], VILLAGE_CHOIR);
    assert_eq!(claims["scope"], "read");
}

#[tokio::test]
async fn a_user_outside_of_the_organization_is_denied_access() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("bob", request_with_organizations()).await;
    for id in [VILLAGE_CHOIR, "unknown"] {
        let denied = visitor.refresh(&tokens, &[("organization_id", id)]).await;
        assert_eq!(
            (denied.status.as_u16(), denied.error()),
            (403, "access_denied".into())
        );
    }
    let own = [("organization_id", ADAMS_AND_SONS)];
    assert_eq!(visitor.refresh(&tokens, &own).await.status, 200);
}

#[tokio::test]
async fn organization_tokens_need_the_scope() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let organization = [("organization_id", ADAMS_AND_SONS)];
    let refused = visitor.refresh(&tokens, &organization).await;
    assert_eq!(refused.error(), "invalid_scope");
}

#[tokio::test]
async fn no_token_is_issued_for_the_resource_of_organizations() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request_with_organizations()).await;
    let extra = [("resource", "urn:logto:resource:organizations")];
    let refused = visitor.refresh(&tokens, &extra).await;
    assert_eq!(refused.error(), "invalid_target");
}
