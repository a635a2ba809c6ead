//! Refresh tokens (RFC 6749 section 6; OpenID Connect Core 1.0 section 12).

use std::time::Duration;

use oidc_dev_provider::{DevProvider, Fault};
use serde_json::Value;

use crate::support::{TestClock, Visitor, claims, refresh_grant, request, with};

#[tokio::test]
async fn each_refresh_returns_a_new_refresh_token_and_invalidates_the_old_one() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    let second = visitor.refresh(&first, &[]).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(visitor.refresh(&second, &[]).await.status, 200);
}

#[tokio::test]
async fn reuse_of_a_refresh_token_ends_its_whole_grant_and_no_other() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let other = visitor.tokens("alice", request()).await;
    let first = visitor.tokens("alice", request()).await;
    let second = visitor.refresh(&first, &[]).await.json();
    for stale in [&first, &second, &first] {
        let refused = visitor.refresh(stale, &[]).await;
        assert_eq!(refused.error(), "invalid_grant");
    }
    for ended in [&first, &second] {
        let access_token = ended["access_token"].as_str().unwrap();
        assert_eq!(visitor.user_info(access_token).await.status, 401);
    }
    assert_eq!(visitor.refresh(&other, &[]).await.status, 200);
}

#[tokio::test]
async fn within_the_grace_period_a_rotated_refresh_token_gives_another_new_one() {
    let clock = TestClock::new();
    let builder = clock.builder().rotation_grace(Duration::from_secs(10));
    let provider = builder.start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    let second = visitor.refresh(&first, &[]).await.json();
    clock.advance(9);
    let other = visitor.refresh(&first, &[]).await.json();
    assert_ne!(other["refresh_token"], second["refresh_token"]);
    assert_eq!(visitor.refresh(&second, &[]).await.status, 200);
    let newest = visitor.refresh(&other, &[]).await.json();

    // A reuse within the grace period does not start it again.
    clock.advance(1);
    assert_eq!(visitor.refresh(&first, &[]).await.error(), "invalid_grant");
    assert_eq!(visitor.refresh(&newest, &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_refused_refresh_keeps_the_refresh_token_valid() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    for (name, value, error) in [
        ("scope", "openid phone", "invalid_scope"),
        ("resource", "https://api.one.example", "invalid_target"),
        ("organization_id", "oqlvslpmrc3s", "invalid_scope"),
    ] {
        let refused = visitor.refresh(&tokens, &[(name, value)]).await;
        assert_eq!(refused.error(), error, "{name}={value}");
    }
    for (fault, error) in [
        (Fault::RefreshInvalidGrant, "invalid_grant"),
        (Fault::RefreshInvalidClient, "invalid_client"),
        (Fault::RefreshInteractionRequired, "interaction_required"),
    ] {
        provider.add_fault(fault);
        let refused = visitor.refresh(&tokens, &[]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error()),
            (400, error.into())
        );
        provider.clear_faults();
    }
    assert_eq!(visitor.refresh(&tokens, &[]).await.status, 200);
}

/// N-13
#[tokio::test]
async fn a_refresh_whose_response_is_lost_was_completed() {
    for (fault, seen) in [
        (Fault::RefreshTruncated, true),
        (Fault::RefreshConnectionClosed, false),
    ] {
        let provider = DevProvider::start().await.unwrap();
        let mut visitor = Visitor::new(&provider);
        let tokens = visitor.tokens("alice", request()).await;
        provider.add_fault(fault);
        let lost = visitor
            .try_post("/token", &refresh_grant(&tokens["refresh_token"]))
            .await;
        assert_eq!(
            lost.map(|answer| answer.body).ok(),
            seen.then(|| "cut off".to_owned())
        );
        provider.clear_faults();
        let replay = visitor.refresh(&tokens, &[]).await;
        assert_eq!(replay.error(), "invalid_grant", "{fault:?}");
        assert_eq!(provider.refreshes().len(), 2);
    }
}

/// T-13
#[tokio::test]
async fn a_refresh_without_a_new_refresh_token_leaves_the_old_one_valid() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    provider.add_fault(Fault::RefreshNoRefreshToken);
    for _ in 0..2 {
        let answer = visitor.refresh(&tokens, &[]).await.json();
        assert_eq!(answer["refresh_token"], Value::Null);
        assert!(answer["access_token"].is_string());
    }
}

/// F-05
#[tokio::test]
async fn a_refreshed_id_token_may_repeat_the_nonce() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    provider.add_fault(Fault::RefreshIdTokenOriginalNonce);
    let refreshed = visitor.refresh(&tokens, &[]).await.json();
    assert_eq!(claims(&refreshed)["nonce"], "the-nonce");
}

/// N-08
#[tokio::test]
async fn one_resource_or_organization_can_be_refused() {
    let provider = DevProvider::builder()
        .fault(Fault::RefreshForResourceInvalidGrant)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    for name in ["resource", "organization_id"] {
        let refused = visitor.refresh(&tokens, &[(name, "any")]).await;
        assert_eq!(refused.error(), "invalid_grant", "{name}");
    }
    assert_eq!(visitor.refresh(&tokens, &[]).await.status, 200);
}

#[tokio::test]
async fn refreshes_are_distinguished_from_other_token_requests() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    provider.add_fault(Fault::RefreshUnavailable);
    let resource = [("resource", "https://api.one.example")];
    assert_eq!(visitor.refresh(&tokens, &resource).await.status, 503);
    let [refresh] = &provider.refreshes()[..] else {
        panic!("one refresh");
    };
    assert_eq!(refresh.parameter("resource"), Some(resource[0].1));
    assert_eq!(provider.token_requests().len(), 2);
}

#[tokio::test]
async fn a_refreshed_id_token_is_about_the_same_sign_in() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    clock.advance(100);
    let second = visitor.refresh(&first, &[]).await.json();
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
async fn without_rotation_the_old_refresh_token_stays_valid() {
    let provider = DevProvider::builder()
        .rotate_refresh_tokens(false)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    for _ in 0..2 {
        let answer = visitor.refresh(&first, &[]).await;
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
    let wider = with(
        refresh_grant(&first["refresh_token"]),
        "scope",
        "openid phone",
    );
    assert_eq!(
        visitor.post("/token", &wider).await.error(),
        "invalid_scope"
    );
    let narrower = with(refresh_grant(&first["refresh_token"]), "scope", "openid");
    let second = visitor.post("/token", &narrower).await.json();
    assert_eq!(second["scope"], "openid");
    let access_token = second["access_token"].as_str().unwrap();
    let user_info = visitor.user_info(access_token).await.json();
    assert_eq!(user_info, serde_json::json!({ "sub": "alice" }));
    let third = visitor.refresh(&second, &[]).await.json();
    assert_eq!(third["scope"], first["scope"]);
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client_and_its_lifetime() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let other = with(
        refresh_grant(&tokens["refresh_token"]),
        "client_id",
        "dev-public",
    );
    let other = with(other, "client_secret", "");
    assert_eq!(
        visitor.post("/token", &other).await.error(),
        "invalid_grant"
    );
    clock.advance(14 * 24 * 60 * 60);
    let late = visitor.refresh(&tokens, &[]).await;
    assert_eq!(late.error(), "invalid_grant");
}
