//! The introspection endpoint.

use std::time::{Duration, UNIX_EPOCH};

use http::Response;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{CLIENT_ID, ISSUER, NOW, SignIn};
use crate::{Error, ErrorKind, Introspection, TokenTypeHint, TransportErrorKind};

impl SignIn {
    async fn introspect(&self) -> Result<Introspection, Error> {
        let token = "the-access-token";
        self.relying_party
            .introspect(token, TokenTypeHint::AccessToken)
            .await
    }

    async fn introspection_of(&self, answer: &Value) -> Result<Introspection, Error> {
        self.op.answer("/introspect", 200, &answer.to_string());
        self.introspect().await
    }
}

#[tokio::test]
async fn the_members_of_an_active_token_are_read() {
    let sign_in = SignIn::new();
    let answer = json!({
        "active": true, "scope": "read  write", "client_id": "c", "username": "alice@example.com",
        "token_type": "Bearer", "exp": NOW + 60, "iat": NOW, "nbf": NOW - 2, "sub": "alice",
        "aud": "https://api.example", "iss": ISSUER, "jti": "t-1", "roles": ["admin"], "none": null,
    });
    let token = sign_in.introspection_of(&answer).await.unwrap();
    let time = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
    assert!(token.is_active());
    assert_eq!(token.scopes().collect::<Vec<_>>(), ["read", "write"]);
    assert_eq!(token.client_id(), Some("c"));
    assert_eq!(token.username(), Some("alice@example.com"));
    assert_eq!(token.token_type(), Some("Bearer"));
    assert_eq!(token.exp(), time(NOW + 60));
    assert_eq!((token.iat(), token.nbf()), (time(NOW), time(NOW - 2)));
    assert_eq!(token.sub(), Some("alice"));
    assert_eq!(token.aud().collect::<Vec<_>>(), ["https://api.example"]);
    assert_eq!((token.iss(), token.jti()), (Some(ISSUER), Some("t-1")));
    assert_eq!(token.get::<Vec<String>>("roles").unwrap(), ["admin"]);
    assert_eq!(token.get::<Value>("none"), None);
    assert_eq!(token.deserialize::<Value>().unwrap()["jti"], "t-1");

    let two = json!({ "active": true, "aud": ["a", "b"], "scope": null, "username": 7 });
    let token = sign_in.introspection_of(&two).await.unwrap();
    assert_eq!(token.aud().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((token.scopes().count(), token.username()), (0, None));
}

#[tokio::test]
async fn nothing_else_is_kept_of_a_token_that_is_not_active() {
    let sign_in = SignIn::new();
    for answer in [
        json!({ "active": false }),
        json!({ "active": false, "sub": "alice", "scope": "read", "exp": "soon", "role": "admin" }),
    ] {
        let token = sign_in.introspection_of(&answer).await.unwrap();
        assert!(!token.is_active());
        assert_eq!((token.sub(), token.scopes().count()), (None, 0));
        assert_eq!(token.get::<Value>("role"), None);
        assert_eq!(
            token.deserialize::<Value>().unwrap(),
            json!({ "active": false })
        );
    }
}

#[tokio::test]
async fn the_token_is_sent_in_a_form_and_the_client_authenticates() {
    let sign_in = SignIn::new();
    sign_in
        .introspection_of(&json!({ "active": true }))
        .await
        .unwrap();
    let form = sign_in.op.form_to("/introspect");
    let expected = [
        ("token", "the-access-token"),
        ("token_type_hint", "access_token"),
        ("client_id", CLIENT_ID),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len());

    let sign_in = SignIn::with(|provider| provider.client_secret("the-client-secret"));
    sign_in
        .introspection_of(&json!({ "active": true }))
        .await
        .unwrap();
    let request = sign_in.op.requests_to("/introspect").pop().unwrap();
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    assert!(!sign_in.op.form_to("/introspect").contains_key("client_id"));
}

#[tokio::test]
async fn a_response_that_is_not_an_introspection_response_is_refused() {
    let sign_in = SignIn::new();
    let large = json!({ "active": true, "x": "x".repeat(64 * 1024) }).to_string();
    for body in [
        "",
        "<html>",
        "{}",
        "[true]",
        r#"{"active":null}"#,
        r#"{"active":"true"}"#,
        r#"{"active":1}"#,
        r#"{"active":true,"active":false}"#,
        r#"{"active":true,"exp":"soon"}"#,
        r#"{"active":true,"aud":7}"#,
        r#"{"active":true,"sub":["alice"]}"#,
        "eyJhbGciOiJFUzM4NCJ9.e30.AAAA",
        &large,
    ] {
        sign_in.op.answer("/introspect", 200, body);
        let error = sign_in.introspect().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Provider, "introspection.malformed"),
            "{body:.40}"
        );
    }
}

#[tokio::test]
async fn an_error_has_its_kind_and_its_registered_code() {
    let sign_in = SignIn::new();
    for (status, body, kind, code, oauth) in [
        (
            401,
            r#"{"error":"invalid_client","error_description":"canary"}"#,
            ErrorKind::Configuration,
            "introspection.error",
            Some("invalid_client"),
        ),
        (
            400,
            r#"{"error":"canary"}"#,
            ErrorKind::Provider,
            "introspection.error",
            None,
        ),
        (401, "", ErrorKind::Provider, "introspection.status", None),
        (302, "", ErrorKind::Provider, "introspection.redirect", None),
        (
            503,
            "",
            ErrorKind::Provider,
            "introspection.unavailable",
            None,
        ),
    ] {
        let head = Response::builder()
            .status(status)
            .header("retry-after", "7");
        sign_in.op.answer_with("/introspect", head, body);
        let error = sign_in.introspect().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (kind, code),
            "{status} {body}"
        );
        assert_eq!(error.oauth_error_code(), oauth);
        assert_eq!(
            error.retry_after(),
            (status == 503).then(|| Duration::from_secs(7))
        );
        assert!(!error.message().contains("canary"));
    }
    sign_in
        .op
        .fail_with("/introspect", TransportErrorKind::Timeout);
    let error = sign_in.introspect().await.unwrap_err();
    assert_eq!(error.code(), "introspection.unreachable");
}

#[tokio::test]
async fn the_error_for_a_missing_endpoint_names_the_setting() {
    for published in [
        json!(null),
        json!(7),
        json!("/introspect"),
        json!("http://op.example/introspect"),
        json!("https://10.0.0.1/introspect"),
    ] {
        let sign_in = SignIn::new();
        sign_in
            .op
            .publish(&json!({ "introspection_endpoint": published }));
        let error = sign_in.introspect().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Configuration, "introspection.not_supported"),
            "{published}"
        );
        assert!(!error.may_have_been_sent());
        sign_in.exchange_for(json!({})).await.unwrap();
    }

    let sign_in = SignIn::with(|provider| {
        provider.introspection_endpoint("https://op.example/introspect/set")
    });
    sign_in
        .op
        .answer("/introspect/set", 200, r#"{"active":true}"#);
    assert!(sign_in.introspect().await.unwrap().is_active());
}
