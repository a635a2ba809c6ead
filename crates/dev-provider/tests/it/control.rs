//! The control that a test has over a running provider.

use std::time::Duration;

use http::Request;
use oidc_dev_provider::{DevProvider, Endpoint, Fault};

use crate::support::{Visitor, claims, refresh_grant, request, with};

#[tokio::test]
async fn requests_wait_until_they_are_released() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let mut waiting = Vec::new();
    let held = provider.hold_token_requests();
    for _ in 0..3 {
        let code = visitor.sign_in("alice", request()).await;
        let mut client = Visitor::new(&provider);
        waiting.push(tokio::spawn(
            async move { client.redeem(&code).await.status },
        ));
    }
    held.wait_for(3).await;
    assert_eq!((held.waiting(), provider.counters().token), (3, 3));
    assert!(provider.token_requests().is_empty(), "none was handled");
    assert_eq!(visitor.get("/jwks", &[]).await.status, 200);
    held.release();
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), 200);
    }
    let code = visitor.sign_in("alice", request()).await;
    assert_eq!(visitor.redeem(&code).await.status, 200);
}

#[tokio::test]
async fn a_held_request_is_handled_with_the_state_at_its_release() {
    let provider = DevProvider::start().await.unwrap();
    let held = provider.hold(Endpoint::Revocation);
    let again = provider.hold(Endpoint::Revocation);
    let mut client = Visitor::new(&provider);
    let answer = tokio::spawn(async move {
        let token = serde_json::json!("any");
        client.post_token("/revoke", &token).await.status
    });
    held.wait_for(1).await;
    drop(held);
    again.wait_for(1).await;
    provider.add_fault(Fault::RevocationUnavailable);
    drop(again);
    assert_eq!(answer.await.unwrap(), 503);
}

#[tokio::test]
async fn a_held_request_ends_when_its_client_disconnects() {
    let provider = DevProvider::start().await.unwrap();
    let held = provider.hold_token_requests();
    let mut client = Visitor::new(&provider);
    let asked = tokio::spawn(async move { client.redeem("any").await.status });
    held.wait_for(1).await;
    asked.abort();
    while held.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    held.release();
    assert!(provider.token_requests().is_empty());
}

/// N-14
#[tokio::test]
async fn a_disabled_user_loses_sessions_and_tokens() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let mut other = Visitor::new(&provider);
    let bobs = other.tokens("bob", request()).await;
    let code = visitor.sign_in("alice", request()).await;
    provider.disable_user("alice");

    let refused = visitor.refresh(&tokens, &[]).await;
    assert_eq!(refused.error(), "invalid_grant");
    assert_eq!(visitor.redeem(&code).await.error(), "invalid_grant");
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(visitor.user_info(access_token).await.status, 401);
    let answer = visitor.post_token("/introspect", &tokens["access_token"]);
    assert_eq!(answer.await.json()["active"], false);
    assert_eq!(provider.session_count(), 1);
    let silent = with(request(), "prompt", "none");
    let error = visitor.get("/authorize", &silent).await;
    let error = error.location_parameter("error");
    assert_eq!(error.as_deref(), Some("login_required"));
    let page = visitor
        .post("/authorize", &with(request(), "user", "alice"))
        .await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(r#"value="alice""#));
    assert_eq!(other.refresh(&bobs, &[]).await.status, 200);

    provider.enable_user("alice");
    assert_eq!(visitor.refresh(&tokens, &[]).await.status, 200);
    visitor.sign_in("alice", request()).await;
}

#[tokio::test]
async fn the_lifetime_of_access_tokens_can_be_changed_while_it_runs() {
    let provider = DevProvider::builder()
        .access_token_lifetime(Duration::from_secs(60))
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    assert_eq!(tokens["expires_in"], 60);
    provider.set_access_token_lifetime(Duration::ZERO);
    let tokens = visitor.refresh(&tokens, &[]).await.json();
    assert_eq!(tokens["expires_in"], 0);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(visitor.user_info(access_token).await.status, 401);
}

/// T-01
#[tokio::test]
async fn a_restarted_provider_has_kept_its_state() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    for _ in 0..2 {
        provider.go_down().await.unwrap();
        let request = Request::get(format!("{}/jwks", provider.issuer()));
        assert!(visitor.try_send(request, String::new()).await.is_err());
        let grant = refresh_grant(&tokens["refresh_token"]);
        assert!(visitor.try_post("/token", &grant).await.is_err());
    }
    for _ in 0..2 {
        provider.come_back().await.unwrap();
    }
    let again = visitor.get("/authorize", &request()).await;
    assert!(
        again.location_parameter("code").is_some(),
        "still signed in"
    );
    let refreshed = visitor.refresh(&tokens, &[]).await.json();
    assert_eq!(claims(&refreshed)["sid"], claims(&tokens)["sid"]);
    assert_eq!(provider.refreshes().len(), 1);
}
