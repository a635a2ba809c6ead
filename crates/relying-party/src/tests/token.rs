//! The token request and its response.

use std::time::{Duration, UNIX_EPOCH};

use base64_simd::STANDARD;
use http::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{CLIENT_ID, NOW, REDIRECT_URI, SignIn, merged, token_response};
use crate::{ClientAuthMethod, Error, ErrorKind, SignInTokens, TransportErrorKind};

impl SignIn {
    /// Exchanges the code for a valid response with `changes`.
    async fn exchange_for_response(&self, changes: Value) -> Result<SignInTokens, Error> {
        let response = token_response(&self.signer.sign(&self.claims(json!({}))));
        let response = merged(response, &changes);
        self.op.answer("/token", 200, &response.to_string());
        self.exchange(|exchange| exchange).await
    }

    async fn failure_of(&self, status: u16, body: &str) -> Error {
        self.op.answer("/token", status, body);
        self.exchange(|exchange| exchange).await.unwrap_err()
    }
}

#[tokio::test]
async fn a_public_client_sends_its_client_id_and_the_pkce_verifier() {
    let sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    let request = sign_in.op.requests_to("/token").pop().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.headers()[CONTENT_TYPE],
        "application/x-www-form-urlencoded"
    );
    assert!(!request.headers().contains_key(AUTHORIZATION));
    let form = sign_in.op.token_form();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "the-code"),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", sign_in.secrets.code_verifier()),
        ("client_id", CLIENT_ID),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len());
}

/// The OpenID Foundation's conformance test `client-secret-basic`.
#[tokio::test]
async fn a_secret_goes_into_the_header_unless_only_the_form_is_supported() {
    let secret = "s3cr+t/% \u{e9}";
    for (supported, in_header) in [
        (json!(null), true),
        (json!(["client_secret_post", "client_secret_basic"]), true),
        (json!(["private_key_jwt", "client_secret_post"]), false),
    ] {
        let sign_in = SignIn::with(|provider| provider.client_secret(secret));
        sign_in
            .op
            .publish(&json!({ "token_endpoint_auth_methods_supported": supported }));
        sign_in.exchange_for(json!({})).await.unwrap();
        let request = sign_in.op.requests_to("/token").pop().unwrap();
        let form = sign_in.op.token_form();
        if in_header {
            let header = request.headers()[AUTHORIZATION].to_str().unwrap();
            let decoded = STANDARD
                .decode_to_vec(header.strip_prefix("Basic ").unwrap())
                .unwrap();
            assert_eq!(decoded, b"client-id:s3cr%2Bt%2F%25+%C3%A9");
            assert!(!form.contains_key("client_secret") && !form.contains_key("client_id"));
        } else {
            assert!(!request.headers().contains_key(AUTHORIZATION));
            assert_eq!(
                (&*form["client_id"], &*form["client_secret"]),
                (CLIENT_ID, secret)
            );
        }
    }
}

#[tokio::test]
async fn the_configured_method_is_used_and_unsupported_ones_are_reported() {
    let sign_in = SignIn::with(|provider| {
        provider
            .client_secret("s")
            .client_auth_method(ClientAuthMethod::ClientSecretPost)
    });
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.op.token_form()["client_secret"], "s");

    let sign_in = SignIn::with(|provider| provider.client_secret("s"));
    sign_in
        .op
        .publish(&json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt"] }));
    let error = sign_in.exchange_for(json!({})).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Configuration, "token.client_auth_method")
    );
    assert!(sign_in.op.requests_to("/token").is_empty());
}

#[tokio::test]
async fn a_valid_response_returns_every_token() {
    let sign_in = SignIn::new();
    let tokens = sign_in.exchange_for_response(json!({})).await.unwrap();
    assert_eq!(tokens.tokens().access_token(), "the-access-token");
    assert_eq!(tokens.tokens().refresh_token(), Some("the-refresh-token"));
    assert_eq!(tokens.tokens().scope(), Some("openid profile"));
    assert_eq!(
        tokens.tokens().expires_at(),
        Some(UNIX_EPOCH + Duration::from_secs(NOW + 3600))
    );
    assert_eq!(tokens.id_token().claims().sub(), "alice");

    let less = json!({ "refresh_token": null, "scope": null, "expires_in": null });
    let tokens = sign_in.exchange_for_response(less).await.unwrap();
    assert_eq!(
        (
            tokens.tokens().refresh_token(),
            tokens.tokens().scope(),
            tokens.tokens().expires_at()
        ),
        (None, None, None)
    );
}

/// A code is sent once, because a second use may revoke the tokens of the first.
#[tokio::test]
async fn a_broken_connection_is_reported_and_the_request_not_repeated() {
    for (kind, whose, transient) in [
        (TransportErrorKind::Connect, ErrorKind::Transport, true),
        (TransportErrorKind::Tls, ErrorKind::Transport, true),
        (TransportErrorKind::Timeout, ErrorKind::Transport, true),
        (TransportErrorKind::Overloaded, ErrorKind::Transport, true),
        (TransportErrorKind::Broken, ErrorKind::Transport, true),
        (TransportErrorKind::TooLarge, ErrorKind::Provider, false),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.fail_with("/token", kind);
        let error = sign_in.exchange(|exchange| exchange).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (whose, "token.unreachable"),
            "{kind:?}"
        );
        assert_eq!(error.is_transient(), transient, "{kind:?}");
        assert_eq!(sign_in.op.requests_to("/token").len(), 1);
    }
}

#[tokio::test]
async fn a_server_error_is_transient_and_keeps_its_retry_after() {
    let sign_in = SignIn::new();
    for (status, header, seconds) in [
        (503, "120", Some(120)),
        (429, "999999999", Some(3600)),
        (500, "-1", None),
        (502, "Fri, 31 Dec 2027 23:59:59 GMT", None),
    ] {
        let head = Response::builder()
            .status(status)
            .header("retry-after", header);
        sign_in.op.answer_with("/token", head, "<html>");
        let error = sign_in.exchange(|exchange| exchange).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Provider, "token.unavailable")
        );
        assert!(error.is_transient());
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs));
    }
    assert_eq!(
        sign_in.op.requests_to("/token").len(),
        4,
        "no request was repeated"
    );
}

#[tokio::test]
async fn a_response_that_is_not_a_token_response_is_refused() {
    let sign_in = SignIn::new();
    for (status, body, expected) in [
        (200, "<html>", "token.malformed"),
        (200, "", "token.malformed"),
        (200, "[]", "token.malformed"),
        (200, "\u{feff}{}", "token.malformed"),
        (
            200,
            r#"{"access_token":1,"token_type":"Bearer"}"#,
            "token.malformed",
        ),
        (
            200,
            r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
            "token.malformed",
        ),
        (301, "", "token.redirect"),
        (307, "", "token.redirect"),
        (400, "<html>", "token.bad_request"),
        (401, "<html>", "token.unauthorized"),
        (403, "<html>", "token.status"),
        (408, "<html>", "token.unavailable"),
        (425, "", "token.unavailable"),
    ] {
        let error = sign_in.failure_of(status, body).await;
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Provider, expected),
            "{status} {body}"
        );
        assert_eq!(error.is_transient(), expected == "token.unavailable");
    }
}

#[tokio::test]
async fn a_response_with_a_wrong_member_is_refused() {
    let sign_in = SignIn::new();
    for changes in [
        json!({ "token_type": null }),
        json!({ "token_type": "mac" }),
        json!({ "token_type": "DPoP" }),
        json!({ "access_token": null }),
        json!({ "access_token": "" }),
        json!({ "access_token": "a\r\nb" }),
        json!({ "access_token": "a b" }),
        json!({ "access_token": "\u{e9}" }),
        json!({ "refresh_token": "a\nb" }),
        json!({ "expires_in": "soon" }),
        json!({ "scope": [1] }),
    ] {
        let error = sign_in
            .exchange_for_response(changes.clone())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "token.malformed", "{changes}");
    }
    sign_in
        .exchange_for_response(json!({ "token_type": "bearer" }))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sign_in_needs_an_id_token() {
    let sign_in = SignIn::new();
    let error = sign_in
        .exchange_for_response(json!({ "id_token": null }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Response, "token.no_id_token")
    );
}

#[tokio::test]
async fn an_error_response_is_recognized_by_its_code() {
    let sign_in = SignIn::new();
    let error = |code: &str| {
        json!({ "error": code, "error_description": "<script>", "error_uri": "https://evil.example" })
            .to_string()
    };
    for (status, sent, kind, expected) in [
        (
            400,
            "invalid_grant",
            ErrorKind::Response,
            "token.invalid_grant",
        ),
        (
            401,
            "invalid_client",
            ErrorKind::Configuration,
            "token.invalid_client",
        ),
        (
            400,
            "invalid_scope",
            ErrorKind::Configuration,
            "token.invalid_scope",
        ),
        (
            200,
            "invalid_grant",
            ErrorKind::Response,
            "token.invalid_grant",
        ),
        (400, "<script>", ErrorKind::Provider, "token.other"),
        (
            400,
            "server_error",
            ErrorKind::Provider,
            "token.server_error",
        ),
    ] {
        let failure = sign_in.failure_of(status, &error(sent)).await;
        assert_eq!((failure.kind(), failure.code()), (kind, expected));
        assert_eq!(failure.is_transient(), sent == "server_error");
        let message = failure.message();
        assert!(!message.contains("script"), "{message}");
        assert!(!format!("{failure} {failure:?}").contains("evil"));
    }
}

/// An `error` member of any form is an error, even with status 200. A member that means "no error" is
/// not.
#[tokio::test]
async fn an_error_of_any_json_type_is_read() {
    let sign_in = SignIn::new();
    for error in [
        json!({ "error": "Token is not active" }),
        json!({ "error": { "code": 400, "message": "bad" } }),
        json!({ "error": 17 }),
        json!({ "error": true }),
        json!({ "error": ["invalid_grant"] }),
    ] {
        for status in [200, 400, 403] {
            let failure = sign_in.failure_of(status, &error.to_string()).await;
            assert_eq!(failure.code(), "token.other", "{status} {error}");
        }
    }
    for none in [json!(null), json!(false), json!("")] {
        let failure = sign_in
            .failure_of(400, &json!({ "error": none }).to_string())
            .await;
        assert_eq!(failure.code(), "token.bad_request", "{none}");
        sign_in
            .exchange_for_response(json!({ "error": none }))
            .await
            .unwrap();
    }
}
