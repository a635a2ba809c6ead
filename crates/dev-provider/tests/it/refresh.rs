//! Refresh tokens (RFC 6749, section 6; OpenID Connect Core 1.0, section 12).

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use serde_json::Value;

use crate::support::{Answer, Parameters, TestClock, Visitor, claims, request, with};

fn refresh(token: &Value) -> Parameters<'_> {
    vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().expect("a refresh token")),
        ("client_id", DEV_CLIENT_ID),
        ("client_secret", DEV_CLIENT_SECRET),
    ]
}

async fn refreshed(visitor: &mut Visitor, token: &Value) -> Answer {
    visitor.post("/token", &refresh(token)).await
}

#[tokio::test]
async fn each_refresh_gives_a_new_refresh_token_and_ends_the_old_one() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    let second = refreshed(&mut visitor, &first["refresh_token"])
        .await
        .json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    let again = refreshed(&mut visitor, &first["refresh_token"]).await;
    assert_eq!(again.error(), "invalid_grant");
    let third = refreshed(&mut visitor, &second["refresh_token"]).await;
    assert_eq!(third.status, 200);
}

#[tokio::test]
async fn a_refreshed_id_token_is_about_the_same_sign_in() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    clock.advance(100);
    let second = refreshed(&mut visitor, &first["refresh_token"])
        .await
        .json();
    let (first, second) = (claims(&first), claims(&second));
    for name in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    assert_eq!(second["nonce"], Value::Null);
    assert_eq!(
        second["iat"].as_u64(),
        first["iat"].as_u64().map(|iat| iat + 100)
    );
}

/// T-13
#[tokio::test]
async fn without_rotation_the_old_refresh_token_stays_good() {
    let provider = DevProvider::builder()
        .rotate_refresh_tokens(false)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    for _ in 0..2 {
        let answer = refreshed(&mut visitor, &first["refresh_token"]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["refresh_token"], Value::Null);
    }
}

#[tokio::test]
async fn there_is_no_refresh_token_without_offline_access() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let online = with(request(), "scope", "openid");
    let tokens = visitor.tokens("alice", online).await;
    assert_eq!(tokens["refresh_token"], Value::Null);
}

#[tokio::test]
async fn the_scope_may_be_narrowed_but_not_widened() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    let wider = with(refresh(&first["refresh_token"]), "scope", "openid phone");
    assert_eq!(
        visitor.post("/token", &wider).await.error(),
        "invalid_scope"
    );
    let narrower = with(refresh(&first["refresh_token"]), "scope", "openid");
    let second = visitor.post("/token", &narrower).await.json();
    assert_eq!(second["scope"], "openid");
    let access_token = second["access_token"].as_str().unwrap();
    let user_info = visitor.user_info(access_token).await.json();
    assert_eq!(user_info, serde_json::json!({ "sub": "alice" }));
    let third = refreshed(&mut visitor, &second["refresh_token"])
        .await
        .json();
    assert_eq!(third["scope"], first["scope"]);
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client_and_its_lifetime() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let other = with(refresh(&tokens["refresh_token"]), "client_id", "dev-public");
    let other = with(other, "client_secret", "");
    assert_eq!(
        visitor.post("/token", &other).await.error(),
        "invalid_grant"
    );
    clock.advance(14 * 24 * 60 * 60);
    let late = refreshed(&mut visitor, &tokens["refresh_token"]).await;
    assert_eq!(late.error(), "invalid_grant");
}
