//! The authorization code (RFC 6749 section 4.1; RFC 7636).

use http::Request;
use oidc_dev_provider::DevProvider;

use crate::support::{TestClock, Visitor, code_grant, form, request, with};

#[tokio::test]
async fn a_user_signs_in_and_the_client_gets_tokens_and_claims() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let page = visitor.get("/authorize", &request()).await;
    assert_eq!(page.status, 200);
    let alice = page.body.find(r#"name="user" value="alice""#).unwrap();
    let bob = page.body.find(r#"name="user" value="bob""#).unwrap();
    assert!(alice < bob);

    let redirect = visitor
        .post("/authorize", &with(request(), "user", "alice"))
        .await;
    assert!(redirect.is_redirect());
    assert_eq!(redirect.location().path(), "/auth/callback");
    let parameter = |name| redirect.location_parameter(name);
    assert_eq!(parameter("state").as_deref(), Some("the-state"));
    assert_eq!(parameter("iss").as_deref(), Some(provider.issuer()));

    let answer = visitor.redeem(&parameter("code").unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile email offline_access");

    let access_token = tokens["access_token"].as_str().unwrap();
    let user_info = visitor.user_info(access_token).await.json();
    assert_eq!(user_info["sub"], "alice");
    assert_eq!(user_info["email"], "alice@example.com");
    assert_eq!(user_info["roles"], serde_json::Value::Null);
    assert_eq!(visitor.user_info("another").await.status, 401);

    let counters = provider.counters();
    assert_eq!((counters.authorize, counters.token), (2, 1));
    assert_eq!(counters.user_info, 2);
}

/// S-17
#[tokio::test]
async fn a_code_needs_its_verifier() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (verifier, error) in [("another", "invalid_grant"), ("", "invalid_request")] {
        let code = visitor.sign_in("alice", request()).await;
        let grant = with(code_grant(&code), "code_verifier", verifier);
        let answer = visitor.post("/token", &grant).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error()),
            (400, error.into())
        );
    }
}

/// S-06
#[tokio::test]
async fn a_code_can_be_used_once() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    assert_eq!(visitor.redeem(&code).await.status, 200);
    assert_eq!(visitor.redeem(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_refused_code_cannot_be_used_again() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    let grant = with(code_grant(&code), "code_verifier", "another");
    assert_eq!(visitor.post("/token", &grant).await.status, 400);
    assert_eq!(visitor.redeem(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (age, status) in [(59, 200), (60, 400)] {
        let code = visitor.sign_in("alice", request()).await;
        clock.advance(age);
        assert_eq!(visitor.redeem(&code).await.status, status, "after {age} s");
    }
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_and_redirect_uri() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    let grant = with(code_grant(&code), "redirect_uri", "http://localhost:3000/");
    assert_eq!(
        visitor.post("/token", &grant).await.error(),
        "invalid_grant"
    );

    let code = visitor.sign_in("alice", request()).await;
    let grant = with(code_grant(&code), "client_id", "dev-public");
    let grant = with(grant, "client_secret", "");
    assert_eq!(
        visitor.post("/token", &grant).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_token_request_must_be_a_form_without_repeated_parameters() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    let mut twice = code_grant(&code);
    twice.push(("code", &code));
    let answer = visitor.post("/token", &twice).await;
    assert_eq!(answer.error(), "invalid_request");

    let json = Request::post(format!("{}/token", provider.issuer()))
        .header("content-type", "application/json");
    let answer = visitor
        .try_send(json, form(&code_grant(&code)))
        .await
        .unwrap();
    assert_eq!(answer.error(), "invalid_request");
    // Neither of the requests has used the code.
    assert_eq!(visitor.redeem(&code).await.status, 200);
}
