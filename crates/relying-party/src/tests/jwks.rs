//! The provider's keys, and when they are fetched.

use std::time::Duration;

use http::Response;
use serde_json::json;

use super::{SignIn, Signer};
use crate::TransportErrorKind;

impl SignIn {
    pub(super) fn key_requests(&self) -> usize {
        self.op.requests_to("/jwks").len()
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_the_sign_in_succeeds() {
    let mut sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.key_requests(), 1);

    sign_in.signer = Signer::es384("key-2");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.key_requests(), 2);
}

/// The provider replaced the key under the same `kid`, or uses no `kid` at all.
#[tokio::test]
async fn a_key_that_was_replaced_with_the_same_kid_is_fetched() {
    let mut sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in.signer = Signer::es384("key-1");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    sign_in.exchange_for(json!({})).await.unwrap();

    sign_in.clock.advance(Duration::from_secs(30));
    sign_in.signer = Signer::es384("key-1");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    let jwt = sign_in
        .signer
        .sign_with(&json!({ "alg": "ES384" }), &sign_in.claims(json!({})));
    sign_in.exchange_for_jwt(&jwt).await.unwrap();
}

#[tokio::test]
async fn stale_keys_are_used_for_a_day_while_the_provider_is_down() {
    let sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in.op.answer("/jwks", 500, "");
    sign_in.clock.advance(Duration::from_secs(3600));
    let claims = json!({ "exp": super::NOW + 200_000 });
    sign_in.exchange_for(claims.clone()).await.unwrap();
    sign_in.exchange_for(claims.clone()).await.unwrap();
    assert_eq!(
        sign_in.key_requests(),
        2,
        "a failing provider is not asked by every caller"
    );
    for (status, body) in [
        (200, "<html>"),
        (200, "[]"),
        (200, r#"{"keys":[]}"#),
        (302, ""),
    ] {
        sign_in.clock.advance(Duration::from_secs(60));
        sign_in.op.answer("/jwks", status, body);
        sign_in.exchange_for(claims.clone()).await.unwrap();
    }
    sign_in.clock.advance(Duration::from_secs(60));
    sign_in.op.answer(
        "/jwks",
        200,
        &format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(256 * 1024)),
    );
    sign_in.exchange_for(claims.clone()).await.unwrap();

    sign_in.clock.advance(Duration::from_secs(24 * 3600));
    let error = sign_in.exchange_for(claims).await.unwrap_err();
    assert_eq!(error.code(), "jwks.malformed");
}

#[tokio::test]
async fn of_two_keys_with_the_same_kid_the_one_of_the_right_type_is_used() {
    let sign_in = SignIn::new();
    let rsa = Signer::rsa("key-1", "RS256");
    sign_in
        .op
        .publish_keys(&[&rsa, &Signer::es256("key-1"), &sign_in.signer]);
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in
        .exchange_for_jwt(&rsa.sign(&sign_in.claims(json!({}))))
        .await
        .unwrap();
}

/// The OpenID Foundation's conformance tests `kid-absent-single-jwks` and `kid-absent-multiple-jwks`.
#[tokio::test]
async fn without_kid_at_most_four_fitting_keys_are_tried() {
    let sign_in = SignIn::new();
    let others: Vec<_> = (0..4).map(|_| Signer::es384("other")).collect();
    let jwt = sign_in
        .signer
        .sign_with(&json!({ "alg": "ES384" }), &sign_in.claims(json!({})));

    let [a, b, c, d] = &others[..] else {
        panic!("four keys")
    };
    sign_in.op.publish_keys(&[a, b, c, &sign_in.signer]);
    sign_in.exchange_for_jwt(&jwt).await.unwrap();

    let sign_in = SignIn::new();
    sign_in.op.publish_keys(&[a, b, c, d, &sign_in.signer]);
    let jwt = sign_in
        .signer
        .sign_with(&json!({ "alg": "ES384" }), &sign_in.claims(json!({})));
    assert_eq!(
        sign_in.exchange_for_jwt(&jwt).await.unwrap_err().code(),
        "id_token.signature"
    );
}

#[tokio::test]
async fn keys_stay_fresh_as_long_as_the_provider_says_between_a_minute_and_a_day() {
    for (cache_control, seconds) in [
        ("public, max-age=0", 60),
        ("no-store", 60),
        ("max-age=600, must-revalidate", 600),
        ("max-age=315360000", 24 * 3600),
        ("private", 3600),
    ] {
        let sign_in = SignIn::new();
        let keys = json!({ "keys": [sign_in.signer.jwk()] }).to_string();
        let head = Response::builder().header("cache-control", cache_control);
        sign_in.op.answer_with("/jwks", head, &keys);
        sign_in.relying_party.discover().await.unwrap();
        sign_in.clock.advance(Duration::from_secs(seconds - 1));
        sign_in.relying_party.discover().await.unwrap();
        assert_eq!(sign_in.key_requests(), 1, "{cache_control}");
        sign_in.clock.advance(Duration::from_secs(1));
        sign_in.relying_party.discover().await.unwrap();
        assert_eq!(sign_in.key_requests(), 2, "{cache_control}");
    }
}

/// The time for which stale keys are used begins when they expire.
#[tokio::test]
async fn keys_that_were_fresh_for_a_day_are_used_for_another_while_the_provider_is_down() {
    let sign_in = SignIn::new();
    let keys = json!({ "keys": [sign_in.signer.jwk()] }).to_string();
    let head = Response::builder().header("cache-control", "public, max-age=86400");
    sign_in.op.answer_with("/jwks", head, &keys);
    let claims = json!({ "exp": super::NOW + 200_000 });
    sign_in.exchange_for(claims.clone()).await.unwrap();
    sign_in.op.answer("/jwks", 503, "");

    sign_in.clock.advance(Duration::from_secs(86_400));
    sign_in.exchange_for(claims.clone()).await.unwrap();
    sign_in.clock.advance(Duration::from_secs(86_399));
    sign_in.exchange_for(claims.clone()).await.unwrap();
    assert_eq!(sign_in.key_requests(), 3);
    sign_in.clock.advance(Duration::from_secs(1));
    sign_in.exchange_for(claims).await.unwrap_err();
}

#[tokio::test]
async fn keys_that_are_set_are_never_fetched() {
    let signer = Signer::es384("key-1");
    let jwks = json!({ "keys": [signer.jwk()] }).to_string();
    let sign_in = SignIn::signed_by(signer, |provider| provider.jwks_json(jwks));
    sign_in.op.fail_with("/jwks", TransportErrorKind::Connect);
    sign_in.exchange_for(json!({})).await.unwrap();
    let jwt = Signer::es384("key-2").sign(&sign_in.claims(json!({})));
    assert_eq!(
        sign_in.exchange_for_jwt(&jwt).await.unwrap_err().code(),
        "id_token.signature"
    );
    assert_eq!(sign_in.key_requests(), 0);
}

/// The user can reload the callback when the provider is available again.
#[tokio::test]
async fn without_keys_the_code_is_not_used_up() {
    let sign_in = SignIn::new();
    sign_in.op.answer("/jwks", 503, "");
    let error = sign_in.exchange_for(json!({})).await.unwrap_err();
    assert_eq!(error.code(), "jwks.unavailable");
    assert!(sign_in.op.requests_to("/token").is_empty());
}
