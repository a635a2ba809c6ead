//! Arrays that have the members of an object in the order in which this crate declares them.

use http::Response;
use serde_json::{Value, json};

use super::{CLIENT_ID, ISSUER, NOW, SignIn, alice, token_response};
use crate::{Claims, Provider, RefreshRequest, RelyingParty, TokenTypeHint};

/// Returns the error code of `result`.
fn code<T>(result: Result<T, crate::Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "accepted")
}

#[tokio::test]
async fn an_array_is_not_read_as_a_token_response() {
    let sign_in = SignIn::new();
    let id_token = sign_in.signer.sign(&sign_in.claims(json!({})));
    let array = json!(["token", "Bearer", 3600, "refresh", "openid", id_token]);
    sign_in.op.answer("/token", 200, &array.to_string());

    assert_eq!(code(sign_in.exchange(|it| it).await), "token.malformed");

    let claims = Claims::from_json(json!({ "iss": ISSUER, "sub": "alice" }).to_string().into());
    let claims = claims.unwrap();
    let refreshed = sign_in
        .relying_party
        .refresh(RefreshRequest::new("r", &claims))
        .await;
    assert_eq!(refreshed.unwrap_err().error().code(), "token.malformed");
}

#[tokio::test]
async fn an_array_is_not_read_as_an_error_response() {
    let sign_in = SignIn::new();
    let errors = [
        json!(["invalid_grant"]),
        json!(["invalid_grant", "a description"]),
    ];
    for (path, expected, error) in [
        ("/token", "token.bad_request"),
        ("/introspect", "introspection.status"),
        ("/revoke", "revocation.status"),
    ]
    .into_iter()
    .flat_map(|(path, code)| {
        errors
            .iter()
            .map(move |error| (path, code, error.to_string()))
    }) {
        sign_in.op.answer(path, 400, &error);
        let relying_party = &sign_in.relying_party;
        let hint = TokenTypeHint::RefreshToken;
        let failure = match path {
            "/token" => sign_in.exchange(|it| it).await.map(drop),
            "/introspect" => relying_party.introspect("t", hint).await.map(drop),
            _ => relying_party.revoke("t", hint).await.map(drop),
        };
        let failure = failure.unwrap_err();
        assert_eq!(
            (failure.code(), failure.oauth_error_code()),
            (expected, None)
        );
    }
}

#[tokio::test]
async fn an_array_is_not_read_as_a_discovery_document() {
    let sign_in = SignIn::new();
    let url = |path: &str| format!("{ISSUER}{path}");
    let mut array = vec![
        json!(ISSUER),
        json!(url("/authorize")),
        json!(url("/token")),
    ];
    array.push(json!(url("/jwks")));
    // One of these has as many members as this crate reads.
    for _ in 0..30 {
        let document = Value::from(array.clone()).to_string();
        sign_in
            .op
            .answer("/.well-known/openid-configuration", 200, &document);
        let failure = sign_in.relying_party.discover().await;
        assert_eq!(code(failure), "discovery.malformed");
        sign_in.clock.advance(std::time::Duration::from_secs(2));

        let provider = Provider::new(ISSUER, CLIENT_ID).metadata_json(document);
        let http = std::sync::Arc::new(sign_in.op.clone());
        let clock = std::sync::Arc::new(sign_in.clock.clone());
        let refused = RelyingParty::new(provider, http, clock).unwrap_err();
        assert_eq!(refused.setting(), "metadata_json");
        array.push(Value::Null);
    }
}

#[tokio::test]
async fn an_array_is_neither_a_jwk_set_nor_a_key() {
    let sign_in = SignIn::new();
    let jwk = sign_in.signer.jwk();
    let key = json!([
        jwk["kty"], "sig", null, null, jwk["kid"], jwk["crv"], null, null
    ]);
    for keys in [json!([[jwk]]), json!({ "keys": [key] })] {
        sign_in.op.answer("/jwks", 200, &keys.to_string());
        assert_eq!(
            code(sign_in.relying_party.discover().await),
            "jwks.malformed",
            "{keys}"
        );
        sign_in.clock.advance(std::time::Duration::from_secs(2));
    }
}

#[tokio::test]
async fn an_array_is_not_read_as_the_header_or_claims_of_an_id_token() {
    let sign_in = SignIn::new();
    let claims = sign_in.claims(json!({}));
    let header = json!([sign_in.signer.algorithm, "key-1", "JWT", null, null]);
    let jwt = sign_in.signer.sign_with(&header, &claims);
    assert_eq!(
        code(sign_in.exchange_for_jwt(&jwt).await),
        "id_token.malformed"
    );

    let nonce = sign_in.secrets.nonce();
    let array = json!([
        ISSUER,
        "alice",
        CLIENT_ID,
        null,
        NOW + 300,
        NOW,
        null,
        null,
        nonce,
        null,
        null
    ]);
    let jwt = sign_in.signer.sign(&array);
    assert_eq!(
        code(sign_in.exchange_for_jwt(&jwt).await),
        "id_token.claims"
    );
}

#[tokio::test]
async fn an_array_is_not_read_as_a_user_info_or_introspection_response() {
    let sign_in = SignIn::new();
    let alice = alice();
    let user_info = || sign_in.relying_party.user_info("t", &alice);
    let signed = sign_in
        .signer
        .sign(&json!([ISSUER, CLIENT_ID, NOW + 300, null]));
    for (content_type, body) in [
        ("application/json", r#"["alice"]"#),
        ("application/jwt", signed.as_str()),
    ] {
        let head = Response::builder().header("content-type", content_type);
        sign_in.op.answer_with("/userinfo", head, body);
        assert_eq!(code(user_info().await), "user_info.malformed", "{body}");
    }
    sign_in.op.answer("/introspect", 200, "[true]");
    let answer = sign_in
        .relying_party
        .introspect("t", TokenTypeHint::AccessToken)
        .await;
    assert_eq!(code(answer), "introspection.malformed");
}

#[tokio::test]
async fn an_array_is_not_read_as_an_address_or_organization() {
    let sign_in = SignIn::new();
    let array = json!(["org-1", "One", null]);
    let claims = json!({
        "address": ["a", "b", "c", "d", "e", "f"], "organization_data": [array],
    });
    let tokens = sign_in.exchange_for(claims).await.unwrap();
    let standard = tokens.id_token().claims().standard();
    assert_eq!(standard.address, None);
    assert_eq!(standard.organization_data, None);
    let claims = json!({ "organization_data": [{ "id": "org-1" }] });
    let tokens = sign_in.exchange_for(claims).await.unwrap();
    let standard = tokens.id_token().claims().standard();
    assert_eq!(standard.organization_data.unwrap().len(), 1);
}

#[tokio::test]
async fn scopes_may_be_an_array_of_strings() {
    let sign_in = SignIn::new();
    let id_token = sign_in.signer.sign(&sign_in.claims(json!({})));
    for (scope, expected) in [
        (json!(["openid", "read write"]), Some("openid read write")),
        (json!(["openid"]), Some("openid")),
        (json!([]), Some("")),
        (json!("openid  read"), Some("openid  read")),
        (Value::Null, None),
    ] {
        let mut response = token_response(&id_token);
        response["scope"] = scope.clone();
        sign_in.op.answer("/token", 200, &response.to_string());
        let tokens = sign_in.exchange(|it| it).await.unwrap();
        assert_eq!(tokens.tokens().scope(), expected, "{scope}");

        let claims = tokens.id_token().claims();
        let request = RefreshRequest::new("r", claims);
        let refreshed = sign_in.relying_party.refresh(request).await.unwrap();
        assert_eq!(refreshed.tokens().scope(), expected, "{scope}");

        let answer = json!({ "active": true, "scope": scope });
        sign_in.op.answer("/introspect", 200, &answer.to_string());
        let hint = TokenTypeHint::AccessToken;
        let introspection = sign_in.relying_party.introspect("t", hint).await.unwrap();
        let scopes = introspection.scopes().collect::<Vec<_>>();
        let expected = expected.unwrap_or_default();
        assert_eq!(
            scopes,
            expected.split_ascii_whitespace().collect::<Vec<_>>()
        );
    }
    for scope in [
        json!([1]),
        json!([null]),
        json!([["openid"]]),
        json!({}),
        json!(7),
    ] {
        let mut response = token_response(&id_token);
        response["scope"] = scope.clone();
        sign_in.op.answer("/token", 200, &response.to_string());
        let error = sign_in.exchange(|it| it).await.unwrap_err();
        assert_eq!(error.code(), "token.malformed", "{scope}");
        assert!(
            error.to_string().contains("`scope` is of the wrong type"),
            "{error}"
        );
    }
}
