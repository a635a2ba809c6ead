//! The UserInfo endpoint.

use std::time::Duration;

use http::Response;
use http::header::AUTHORIZATION;
use serde_json::json;

use super::signer::base64;
use super::{CLIENT_ID, ISSUER, NOW, SignIn, Signer, alice};
use crate::SigningAlgorithm;

impl SignIn {
    async fn user_info_code(&self, status: u16, body: &str) -> &'static str {
        self.op.answer("/userinfo", status, body);
        let answer = self
            .relying_party
            .user_info("the-access-token", &alice())
            .await;
        answer.map_or_else(|error| error.code(), |_| "accepted")
    }

    fn answer_signed(&self, jwt: &str) {
        let head = Response::builder().header("content-type", "Application/JWT; charset=utf-8");
        self.op.answer_with("/userinfo", head, jwt);
    }

    async fn signed_code(&self, jwt: &str) -> &'static str {
        self.answer_signed(jwt);
        let answer = self.relying_party.user_info("t", &alice()).await;
        answer.map_or_else(|error| error.code(), |_| "accepted")
    }
}

#[tokio::test]
async fn the_access_token_is_sent_in_the_header_and_the_claims_are_returned() {
    let sign_in = SignIn::new();
    sign_in
        .op
        .answer("/userinfo", 200, r#"{"sub":"alice","roles":["admin"]}"#);
    let claims = sign_in
        .relying_party
        .user_info("the-access-token", &alice())
        .await
        .unwrap();
    assert_eq!(claims.get::<Vec<String>>("roles").unwrap(), ["admin"]);
    assert_eq!(claims.iss(), "");
    let request = sign_in.op.requests_to("/userinfo").pop().unwrap();
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer the-access-token");
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
}

/// The OpenID Foundation's conformance test `userinfo-invalid-sub`.
#[tokio::test]
async fn a_response_about_another_user_or_in_another_form_is_refused() {
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

/// OpenID Connect Core 1.0 section 5.3.2: `iss` and `aud` are recommended; `exp` and `nbf` are common.
#[tokio::test]
async fn a_signed_response_is_verified_with_every_listed_algorithm() {
    for signer in [
        Signer::es256("k"),
        Signer::es384("k"),
        Signer::ed25519("k"),
        Signer::rsa("k", "RS256"),
        Signer::rsa("k", "PS512"),
    ] {
        let sign_in = SignIn::signed_by(signer, |provider| provider);
        for (claims, expected) in [
            (json!({ "sub": "alice" }), "accepted"),
            (
                json!({ "sub": "alice", "iss": ISSUER, "aud": ["api", CLIENT_ID] }),
                "accepted",
            ),
            (json!({ "sub": "alice", "exp": NOW - 59 }), "accepted"),
            (json!({ "sub": "bob" }), "user_info.sub"),
            (json!({ "name": "alice" }), "user_info.malformed"),
            (
                json!({ "sub": "alice", "iss": format!("{ISSUER}/") }),
                "user_info.iss",
            ),
            (json!({ "sub": "alice", "aud": "other" }), "user_info.aud"),
            (json!({ "sub": "alice", "aud": [] }), "user_info.aud"),
            (json!({ "sub": "alice", "aud": 7 }), "user_info.malformed"),
            (json!({ "sub": "alice", "exp": NOW - 60 }), "user_info.exp"),
            (
                json!({ "sub": "alice", "exp": "never" }),
                "user_info.malformed",
            ),
            (json!({ "sub": "alice", "nbf": NOW + 61 }), "user_info.nbf"),
        ] {
            let outcome = sign_in.signed_code(&sign_in.signer.sign(&claims)).await;
            assert_eq!(outcome, expected, "{} {claims}", sign_in.signer.algorithm);
        }
    }
}

#[tokio::test]
async fn the_claims_of_a_signed_response_are_returned_and_a_new_key_is_fetched_for_it() {
    let mut sign_in = SignIn::new();
    sign_in.relying_party.discover().await.unwrap();
    sign_in.clock.advance(Duration::from_secs(31));
    sign_in.signer = Signer::ed25519("key-2");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    let claims = json!({ "sub": "alice", "roles": ["admin"] });
    sign_in.answer_signed(&sign_in.signer.sign(&claims));
    let claims = sign_in
        .relying_party
        .user_info("t", &alice())
        .await
        .unwrap();
    assert_eq!(claims.get::<Vec<String>>("roles").unwrap(), ["admin"]);
}

#[tokio::test]
async fn a_signed_response_that_does_not_fit_is_refused_with_the_name_of_the_check() {
    let sign_in = SignIn::new();
    let claims = json!({ "sub": "alice" });
    let forged = Signer::es384("key-1").sign(&claims);
    let signed = sign_in.signer.sign(&claims);
    let payload = signed.split('.').nth(1).unwrap();
    let none = format!("{}.{payload}.", base64(br#"{"alg":"none"}"#));
    let hmac = format!(
        "{}.{payload}.{}",
        base64(br#"{"alg":"HS256"}"#),
        base64(&[1; 32])
    );
    let header = json!({ "alg": "ES384", "kid": "key-1", "typ": "at+jwt" });
    let of_another_type = sign_in.signer.sign_with(&header, &claims);
    for (jwt, expected) in [
        (&*forged, "user_info.signature"),
        (&none, "user_info.jwt"),
        (&hmac, "user_info.jwt"),
        (&of_another_type, "user_info.jwt"),
        (r#"{"sub":"alice"}"#, "user_info.jwt"),
        ("a.b.c", "user_info.jwt"),
        ("", "user_info.jwt"),
        ("a.b.c.d.e", "user_info.encrypted"),
    ] {
        assert_eq!(sign_in.signed_code(jwt).await, expected, "{jwt}");
    }
    // A JWT without its media type is read as JSON, and is not JSON.
    assert_eq!(
        sign_in.user_info_code(200, &signed).await,
        "user_info.malformed"
    );

    let sign_in = SignIn::with(|provider| provider.algorithms([SigningAlgorithm::Rs256]));
    let signed = sign_in.signer.sign(&claims);
    assert_eq!(sign_in.signed_code(&signed).await, "user_info.jwt");
}

#[tokio::test]
async fn an_algorithm_that_is_listed_only_for_user_info_is_accepted() {
    for (listed, expected) in [
        (json!(["none", "ES384"]), "accepted"),
        (json!(["none"]), "user_info.jwt"),
        (json!(null), "user_info.jwt"),
    ] {
        let sign_in = SignIn::signed_by(Signer::es384("k"), |provider| provider);
        sign_in.op.publish(&json!({
            "id_token_signing_alg_values_supported": ["RS256"],
            "userinfo_signing_alg_values_supported": listed,
        }));
        let signed = sign_in.signer.sign(&json!({ "sub": "alice" }));
        assert_eq!(sign_in.signed_code(&signed).await, expected, "{listed}");
    }
}

/// `openidconnect` panics on such a token.
#[tokio::test]
async fn an_access_token_that_is_not_a_header_value_is_refused_and_not_sent() {
    let sign_in = SignIn::new();
    for token in ["", "a\r\nb", "a b", "\u{e9}", "a\0"] {
        let error = sign_in
            .relying_party
            .user_info(token, &alice())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "user_info.token");
    }
    assert!(sign_in.op.requests_to("/userinfo").is_empty());
}

#[tokio::test]
async fn a_provider_without_the_endpoint_is_reported() {
    let sign_in = SignIn::new();
    sign_in.op.publish(&json!({ "userinfo_endpoint": null }));
    assert_eq!(
        sign_in.user_info_code(200, "{}").await,
        "user_info.not_supported"
    );
}
