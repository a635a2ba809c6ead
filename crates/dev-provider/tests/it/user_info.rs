//! Userinfo as a signed JWT (OpenID Connect Core 1.0 section 5.3.2).

use oidc_dev_provider::{
    Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, Fault, SigningAlgorithm,
};
use serde_json::{Value, json};

use crate::{
    support::{Visitor, jwt_part, request},
    tokens::{is_signed, jwks},
};

async fn user_info(visitor: &mut Visitor) -> Value {
    let tokens = visitor.tokens("alice", request()).await;
    let answer = visitor
        .user_info(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer.headers["content-type"], "application/jwt");
    json!(answer.body)
}

#[tokio::test]
async fn userinfo_may_be_signed_like_the_id_tokens() {
    for algorithm in [SigningAlgorithm::Es384, SigningAlgorithm::Rs256] {
        let client = Client::confidential(DEV_CLIENT_ID, DEV_CLIENT_SECRET);
        let provider = DevProvider::builder()
            .client(client.signing_algorithm(algorithm))
            .signed_user_info(true)
            .start()
            .await
            .unwrap();
        let mut visitor = Visitor::new(&provider);
        let token = user_info(&mut visitor).await;
        assert_eq!(jwt_part(&token, 0)["alg"], algorithm.as_str());
        assert!(is_signed(&jwks(&mut visitor).await, &token));
        let claims = jwt_part(&token, 1);
        assert_eq!(claims["iss"], provider.issuer());
        assert_eq!(claims["aud"], DEV_CLIENT_ID);
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["email"], "alice@example.com");

        provider.add_fault(Fault::UserInfoJwtWrongKey);
        let forged = user_info(&mut visitor).await;
        assert_eq!(jwt_part(&forged, 0), jwt_part(&token, 0));
        assert!(!is_signed(&jwks(&mut visitor).await, &forged));
    }
}

#[tokio::test]
async fn faulty_claims_are_signed_as_well() {
    let provider = DevProvider::builder()
        .signed_user_info(true)
        .fault(Fault::UserInfoWrongSub)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let token = user_info(&mut visitor).await;
    assert!(is_signed(&jwks(&mut visitor).await, &token));
    assert_eq!(jwt_part(&token, 1)["sub"], "somebody-else");
}

#[tokio::test]
async fn an_unsigned_response_says_so_and_has_no_signature() {
    let provider = DevProvider::builder()
        .fault(Fault::UserInfoJwtAlgNone)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let token = user_info(&mut visitor).await;
    assert_eq!(jwt_part(&token, 0)["alg"], "none");
    assert!(token.as_str().unwrap().ends_with('.'));
}
