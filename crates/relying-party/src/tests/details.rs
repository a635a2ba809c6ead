//! The details of an error for the log: the provider's message, and the circumstances of this failure.

use std::error::Error as _;
use std::time::Duration;

use http::Response;
use serde_json::json;

use super::{ISSUER, NOW, SignIn, alice};
use crate::{
    AuthorizationResponse, ClientAuthMethod, Error, RefreshRequest, TokenTypeHint,
    TransportErrorKind,
};

impl SignIn {
    async fn refused_with(&self, error: &str, description: &str) -> Error {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("error", error)
            .append_pair("error_description", description)
            .append_pair("state", self.secrets.state())
            .finish();
        let response = AuthorizationResponse::parse(Some(&query)).unwrap();
        let validated = self.relying_party.validate(response, &self.secrets);
        validated.await.unwrap_err()
    }
}

/// Everything that the error shows.
fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {:?} {}", error.detail(), error.message());
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    shown
}

#[tokio::test]
async fn the_description_of_a_refused_sign_in_is_in_the_detail_and_not_in_the_message() {
    let sign_in = SignIn::new();
    let error = sign_in
        .refused_with("invalid_scope", "scope 'x' is not allowed")
        .await;
    let detail = r#"the provider says "invalid_scope": "scope \'x\' is not allowed""#;
    assert_eq!(error.detail(), Some(detail));
    assert!(error.to_string().ends_with(detail), "{error}");
    assert!(!error.message().contains("not allowed"));

    let error = sign_in.refused_with("no_such_code\n", " ").await;
    assert_eq!(error.code(), "authorization.other");
    assert_eq!(
        error.detail(),
        Some(r#"the provider says "no_such_code\n""#)
    );
}

#[tokio::test]
async fn an_error_of_the_token_endpoint_is_shown_with_any_json_type() {
    let sign_in = SignIn::new();
    for (error, detail) in [
        (
            json!({ "code": 400, "message": "blocked" }),
            r#"the provider says "{\"code\":400,\"message\":\"blocked\"}""#,
        ),
        (json!(17), r#"the provider says "17""#),
        (json!("ab"), r#"the provider says "ab""#),
        (
            json!(["invalid_grant"]),
            r#"the provider says "[\"invalid_grant\"]""#,
        ),
    ] {
        let body = json!({ "error": error }).to_string();
        sign_in.op.answer("/token", 400, &body);
        let error = sign_in.exchange(|it| it).await.unwrap_err();
        assert!(error.detail().unwrap().starts_with(detail), "{error}");
    }
}

#[tokio::test]
async fn a_description_cannot_forge_a_line_and_is_cut() {
    let sign_in = SignIn::new();
    let hostile = format!(
        "\r\n2026 ERROR \"forged\" \u{1b}[2J\u{202e}{}",
        "x".repeat(5_000)
    );
    let by_browser = sign_in.refused_with(&hostile, &hostile).await;
    let body = json!({ "error": hostile, "error_description": hostile }).to_string();
    sign_in.op.answer("/token", 400, &body);
    let by_token_endpoint = sign_in.exchange(|it| it).await.unwrap_err();
    for error in [by_browser, by_token_endpoint] {
        let shown = shown(&error);
        assert!(
            shown.chars().all(|it| it.is_ascii_graphic() || it == ' '),
            "{shown}"
        );
        assert!(error.detail().unwrap().len() < 2 * 200 + 100, "{error}");
        assert!(!shown.contains(&"x".repeat(200)));
    }
}

/// If a provider repeats the secrets of the request, they must not get into the log.
#[tokio::test]
async fn a_detail_contains_no_secret_that_was_sent() {
    for method in [
        ClientAuthMethod::ClientSecretBasic,
        ClientAuthMethod::ClientSecretPost,
    ] {
        let sign_in = SignIn::with(|provider| {
            provider
                .client_secret("the+client/secret")
                .client_auth_method(method)
        });
        let secrets = [
            sign_in.secrets.state(),
            sign_in.secrets.nonce(),
            sign_in.secrets.code_verifier(),
            "the-code",
            "the-refresh-token",
            "the-access-token",
            "the+client/secret",
            "the%2Bclient%2Fsecret",
        ];
        let holds_none = |error: &Error| {
            let shown = shown(error);
            for secret in secrets {
                assert!(!shown.contains(secret), "{secret} in {shown}");
                assert!(
                    !shown.contains(&secret[..secret.len() - 1]),
                    "{secret} in {shown}"
                );
            }
        };
        for secret in &secrets[..3] {
            holds_none(&sign_in.refused_with("invalid_request", secret).await);
            holds_none(&sign_in.refused_with(&secret[1..], &secret[..30]).await);
        }

        let tokens = sign_in.exchange_for(json!({})).await.unwrap();
        let (relying_party, op) = (&sign_in.relying_party, &sign_in.op);
        let hint = TokenTypeHint::RefreshToken;
        for path in ["/token", "/refresh", "/introspect", "/revoke"] {
            let endpoint = path.replace("/refresh", "/token");
            let run = async || match path {
                "/token" => sign_in.exchange(|it| it).await.map(drop),
                "/refresh" => {
                    let claims = tokens.id_token().claims();
                    let request = RefreshRequest::new("the-refresh-token", claims);
                    let refreshed = relying_party.refresh(request).await;
                    refreshed.map(drop).map_err(|error| error.error().clone())
                }
                "/introspect" => relying_party
                    .introspect("the-refresh-token", hint)
                    .await
                    .map(drop),
                _ => relying_party
                    .revoke("the-refresh-token", hint)
                    .await
                    .map(drop),
            };
            op.answer(&endpoint, 400, "{}");
            run().await.unwrap_err();
            let request = op.requests_to(&endpoint).pop().unwrap();
            let header = request.headers().get("authorization");
            let header = header.map_or("", |it| it.to_str().unwrap());
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let mut echoes = vec![
                header.to_owned(),
                header.replace("Basic ", ""),
                body.clone(),
            ];
            echoes.extend(body.split('&').map(ToOwned::to_owned));
            echoes.extend(sign_in.op.form_to(&endpoint).into_values());
            for echo in echoes.iter().filter(|echo| echo.len() > 20) {
                for text in [format!("bad: {echo}."), echo[..19].to_owned()] {
                    let answer = json!({ "error": &text, "error_description": &text });
                    op.answer(&endpoint, 400, &answer.to_string());
                    let error = run().await.unwrap_err();
                    assert!(error.detail().unwrap().contains("the provider says"));
                    holds_none(&error);
                    if !header.is_empty() {
                        assert!(!shown(&error).contains(&header[6..16]), "{error}");
                    }
                }
            }
        }

        let head = Response::builder()
            .status(401)
            .header("www-authenticate", "Bearer error=\"bad the-access-token\"");
        op.answer_with("/userinfo", head, r#"{"error":"the-access-token"}"#);
        let error = relying_party
            .user_info("the-access-token", &alice())
            .await
            .unwrap_err();
        assert!(error.detail().unwrap().contains("[removed]"), "{error}");
        holds_none(&error);
    }
}

#[tokio::test]
async fn a_document_that_fails_names_its_url_without_the_query() {
    let sign_in = SignIn::with(|provider| provider.discovery_url(format!("{ISSUER}/d?key=canary")));
    let (op, relying_party) = (&sign_in.op, &sign_in.relying_party);
    let other = json!({ "issuer": "https://other.example\n" }).to_string();
    let complete = json!({
        "issuer": "https://other.example\n", "authorization_endpoint": ISSUER, "token_endpoint": ISSUER,
    });
    for (status, body, more) in [
        (404, "", ""),
        (302, "", ""),
        (200, "<html>", ""),
        (200, other.as_str(), ""),
        (
            200,
            &complete.to_string(),
            r#"configured "https://op.example", document "https://other.example\n""#,
        ),
    ] {
        op.answer("/d", status, body);
        let error = relying_party.discover().await.unwrap_err();
        let detail = error.detail().unwrap();
        assert!(
            detail.contains(more) && detail.contains("https://op.example/d"),
            "{error}"
        );
        assert!(!detail.contains("canary"), "{error}");
        sign_in.clock.advance(Duration::from_secs(2));
    }
    let sign_in = SignIn::new();
    for (status, body) in [(404, ""), (200, "<html>"), (200, r#"{"keys":[]}"#)] {
        sign_in.op.answer("/jwks", status, body);
        let error = sign_in.relying_party.discover().await.unwrap_err();
        assert!(
            error.detail().unwrap().contains("https://op.example/jwks"),
            "{error}"
        );
        sign_in.clock.advance(Duration::from_secs(2));
    }
}

#[tokio::test]
async fn the_cause_of_a_missing_connection_is_shown_with_the_url() {
    for (kind, cause) in [
        (TransportErrorKind::Dns, "the host name cannot be resolved"),
        (TransportErrorKind::Connect, "no connection"),
        (TransportErrorKind::Tls, "TLS handshake failed"),
        (TransportErrorKind::Timeout, "no complete response in time"),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.fail_with("/token", kind);
        let error = sign_in.exchange(|it| it).await.unwrap_err();
        let detail = format!("{cause}; https://op.example/token");
        assert_eq!(error.detail(), Some(&*detail));
    }
}

#[tokio::test]
async fn the_detail_names_both_issuers_if_they_differ() {
    let sign_in = SignIn::new();
    let error = sign_in
        .exchange_for(json!({ "iss": "https://other.example/\u{202e}" }))
        .await;
    let expected = r#"configured "https://op.example", ID token "https://other.example/\u{202e}""#;
    assert_eq!(error.unwrap_err().detail(), Some(expected));

    let query = "code=c&state=s&iss=https%3A%2F%2Fother.example";
    let response = AuthorizationResponse::parse(Some(query)).unwrap();
    let validated = sign_in
        .relying_party
        .validate(response, &sign_in.secrets)
        .await;
    let expected = r#"configured "https://op.example", response "https://other.example""#;
    assert_eq!(validated.unwrap_err().detail(), Some(expected));
}

#[tokio::test]
async fn the_error_says_by_how_much_the_clocks_differ() {
    let sign_in = SignIn::new();
    for (changes, expected) in [
        (
            json!({ "exp": NOW - 3600 }),
            "exp is 3600 s behind this clock; 60 s are allowed",
        ),
        (
            json!({ "iat": NOW + 61 }),
            "iat is 61 s ahead of this clock; 60 s are allowed",
        ),
        (
            json!({ "nbf": NOW + 120 }),
            "nbf is 120 s ahead of this clock; 60 s are allowed",
        ),
    ] {
        let error = sign_in.exchange_for(changes).await.unwrap_err();
        assert_eq!(error.detail(), Some(expected));
    }
    let recent = SignIn::with(|provider| provider.max_age(Duration::from_secs(10)));
    for (changes, expected) in [
        (
            json!({ "auth_time": NOW - 500 }),
            "auth_time is 500 s behind this clock; 60 s are allowed",
        ),
        (
            json!({ "auth_time": NOW + 500 }),
            "auth_time is 500 s ahead of this clock; 60 s are allowed",
        ),
        (json!({}), "the ID token has no auth_time"),
    ] {
        let error = recent.exchange_for(changes).await.unwrap_err();
        assert_eq!(error.detail(), Some(expected));
    }
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_the_wrong_type_is_named() {
    let sign_in = SignIn::new();
    for (changes, expected) in [
        (
            json!({ "exp": "canary" }),
            "`exp` is of the wrong type or value (a string)",
        ),
        (
            json!({ "aud": 7 }),
            "`aud` is of the wrong type or value (a number)",
        ),
        (json!({ "sub": null }), "`sub` is missing"),
        (
            json!({ "iat": [1] }),
            "`iat` is of the wrong type or value (an array)",
        ),
        (
            json!({ "nonce": {} }),
            "`nonce` is of the wrong type or value (an object)",
        ),
        (
            json!({ "azp": true }),
            "`azp` is of the wrong type or value (a boolean)",
        ),
        (json!({ "sub": "" }), "the sub is empty"),
    ] {
        let error = sign_in.exchange_for(changes).await.unwrap_err();
        assert_eq!(error.code(), "id_token.claims");
        assert!(error.message().contains(expected), "{error}");
        assert!(!shown(&error).contains("canary"), "{error}");
    }
    for (path, body, expected) in [
        (
            "/introspect",
            json!({ "active": "canary" }),
            "`active` is of the wrong type or value (a string)",
        ),
        (
            "/introspect",
            json!({ "active": true, "exp": "canary" }),
            "`exp` is of the wrong type or value (a string)",
        ),
        ("/userinfo", json!({ "name": "canary" }), "`sub` is missing"),
        (
            "/userinfo",
            json!({ "sub": 7 }),
            "`sub` is of the wrong type or value (a number)",
        ),
        (
            "/token",
            json!({ "access_token": "canary" }),
            "`token_type` is missing",
        ),
    ] {
        sign_in.op.answer(path, 200, &body.to_string());
        let relying_party = &sign_in.relying_party;
        let error = match path {
            "/introspect" => relying_party
                .introspect("t", TokenTypeHint::AccessToken)
                .await
                .map(drop),
            "/userinfo" => relying_party.user_info("t", &alice()).await.map(drop),
            _ => sign_in.exchange(|it| it).await.map(drop),
        };
        let error = error.unwrap_err();
        assert!(error.message().contains(expected), "{error}");
        assert!(!shown(&error).contains("canary"), "{error}");
    }
}
