//! The UserInfo endpoint.

use http::Response;
use http::header::AUTHORIZATION;
use serde_json::json;

use super::SignIn;
use crate::ErrorKind;

impl SignIn {
    async fn user_info_code(&self, status: u16, body: &str) -> &'static str {
        self.op.answer("/userinfo", status, body);
        let answer = self
            .relying_party
            .user_info("the-access-token", "alice")
            .await;
        answer.map_or_else(|error| error.code(), |_| "accepted")
    }
}

#[tokio::test]
async fn the_access_token_goes_into_the_header_and_the_claims_come_back() {
    let sign_in = SignIn::new();
    sign_in
        .op
        .answer("/userinfo", 200, r#"{"sub":"alice","roles":["admin"]}"#);
    let claims = sign_in
        .relying_party
        .user_info("the-access-token", "alice")
        .await
        .unwrap();
    assert_eq!(claims.get::<Vec<String>>("roles").unwrap(), ["admin"]);
    assert_eq!(claims.iss(), "");
    let request = sign_in.op.requests_to("/userinfo").pop().unwrap();
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer the-access-token");
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
}

/// S-24, and the Foundation's `userinfo-invalid-sub`.
#[tokio::test]
async fn an_answer_about_anyone_else_or_in_another_form_is_refused() {
    let sign_in = SignIn::new();
    let large = json!({ "sub": "alice", "x": "x".repeat(64 * 1024) }).to_string();
    for (status, body, expected) in [
        (200, r#"{"sub":"bob"}"#, "user_info.sub"),
        (200, r#"{"sub":"Alice"}"#, "user_info.sub"),
        (200, r#"{"name":"alice"}"#, "user_info.malformed"),
        (200, r#"{"sub":"alice","sub":"bob"}"#, "user_info.malformed"),
        (200, r#"[{"sub":"alice"}]"#, "user_info.malformed"),
        (200, r#"["alice"]"#, "user_info.malformed"),
        (200, "<html>", "user_info.malformed"),
        (200, &large, "user_info.malformed"),
        (401, "", "user_info.token"),
        (302, "", "user_info.redirect"),
        (503, "", "user_info.unavailable"),
    ] {
        assert_eq!(
            sign_in.user_info_code(status, body).await,
            expected,
            "{status} {body:.40}"
        );
    }
}

/// S-24
#[tokio::test]
async fn a_signed_answer_is_refused_by_its_name() {
    let sign_in = SignIn::new();
    let head = Response::builder().header("content-type", "application/jwt; charset=utf-8");
    sign_in.op.answer_with("/userinfo", head, "a.b.c");
    let error = sign_in
        .relying_party
        .user_info("t", "alice")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Provider, "user_info.signed")
    );
    assert!(error.to_string().contains("application/jwt"));
}

/// T-11: `openidconnect` panics on such a token.
#[tokio::test]
async fn an_access_token_that_is_no_header_value_is_refused_and_not_sent() {
    let sign_in = SignIn::new();
    for token in ["", "a\r\nb", "a b", "\u{e9}", "a\0"] {
        let error = sign_in
            .relying_party
            .user_info(token, "alice")
            .await
            .unwrap_err();
        assert_eq!(error.code(), "user_info.token");
    }
    assert!(sign_in.op.requests_to("/userinfo").is_empty());
}

#[tokio::test]
async fn a_provider_without_the_endpoint_is_told() {
    let sign_in = SignIn::new();
    sign_in.op.publish(&json!({ "userinfo_endpoint": null }));
    assert_eq!(
        sign_in.user_info_code(200, "{}").await,
        "user_info.not_supported"
    );
}
