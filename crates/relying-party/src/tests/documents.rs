//! Requests for documents, and documents with unusual content.

use http::Response;
use http::header::{ACCEPT, USER_AGENT};
use serde_json::{Value, json};

use super::signer::base64;
use super::{SignIn, Signer, alice, token_response};
use crate::{ErrorKind, Provider, TokenTypeHint};

/// A strict server responds with 406 to a request that does not accept its media type.
#[tokio::test]
async fn each_request_accepts_the_media_types_of_its_response() {
    let sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in.op.answer("/userinfo", 200, r#"{"sub":"alice"}"#);
    let alice = alice();
    let asked = sign_in.relying_party.user_info("the-token", &alice);
    asked.await.unwrap();
    for (path, types) in [
        (
            "/.well-known/openid-configuration",
            &["application/json"][..],
        ),
        ("/jwks", &["application/json", "application/jwk-set+json"]),
        ("/userinfo", &["application/json", "application/jwt"]),
        ("/token", &["application/json"]),
    ] {
        let request = sign_in.op.requests_to(path).pop().unwrap();
        let accept = request.headers()[ACCEPT].to_str().unwrap().to_owned();
        let mut accepted: Vec<_> = accept.split(',').map(str::trim).collect();
        accepted.sort_unstable();
        assert_eq!(accepted, types, "{path}");
    }
}

/// Firewalls with common rules respond with 403 to requests without one.
#[tokio::test]
async fn every_request_has_a_user_agent() {
    let default = concat!("relying-party/", env!("CARGO_PKG_VERSION"));
    for (settings, expected) in [
        ((|provider| provider) as fn(Provider) -> Provider, default),
        (|it| it.default_user_agent("layer/2"), "layer/2"),
        (
            |it| it.user_agent("shop/1.0 (ops@shop.example)"),
            "shop/1.0 (ops@shop.example)",
        ),
        (
            |it| it.user_agent("shop/1.0").default_user_agent("layer/2"),
            "shop/1.0",
        ),
    ] {
        let sign_in = SignIn::with(settings);
        sign_in.exchange_for(json!({})).await.unwrap();
        let answer = |path, body: &str| sign_in.op.answer(path, 200, body);
        answer("/userinfo", r#"{"sub":"alice"}"#);
        answer("/introspect", r#"{"active":true}"#);
        answer("/revoke", "");
        let relying_party = &sign_in.relying_party;
        let hint = TokenTypeHint::AccessToken;
        relying_party.user_info("a-token", &alice()).await.unwrap();
        relying_party.introspect("a-token", hint).await.unwrap();
        let _ = relying_party.revoke("a-token", hint).await.unwrap();
        for path in [
            "/.well-known/openid-configuration",
            "/jwks",
            "/token",
            "/userinfo",
            "/introspect",
            "/revoke",
        ] {
            let requests = sign_in.op.requests_to(path);
            assert!(!requests.is_empty(), "{path}");
            for request in requests {
                assert_eq!(request.headers()[USER_AGENT], expected, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_user_agent_that_cannot_be_sent_is_refused() {
    for text in ["", " ", "a\nb", "a\0", "käse", " shop", "shop\n"] {
        let provider = Provider::new(super::ISSUER, "id").user_agent(text);
        let http = std::sync::Arc::new(SignIn::new().op);
        let clock = std::sync::Arc::new(super::HandClock::new());
        let error = crate::RelyingParty::new(provider, http, clock).unwrap_err();
        assert_eq!(error.setting(), "user_agent", "{text:?}");
    }
}

/// RFC 8259 section 8.1.
#[tokio::test]
async fn a_byte_order_mark_before_json_is_skipped_in_every_response() {
    const MARK: &str = "\u{feff}";
    let sign_in = SignIn::new();
    let metadata = json!({
        "issuer": super::ISSUER, "authorization_endpoint": "https://op.example/authorize",
        "token_endpoint": "https://op.example/token", "jwks_uri": "https://op.example/jwks",
        "userinfo_endpoint": "https://op.example/userinfo",
        "introspection_endpoint": "https://op.example/introspect",
        "id_token_signing_alg_values_supported": ["ES384"],
    });
    let keys = json!({ "keys": [sign_in.signer.jwk()] });
    let answer = |path: &str, status: u16, body: &str| {
        sign_in.op.answer(path, status, &format!("{MARK}{body}"));
    };
    answer(
        "/.well-known/openid-configuration",
        200,
        &metadata.to_string(),
    );
    answer("/jwks", 200, &keys.to_string());
    let id_token = sign_in.signer.sign(&sign_in.claims(json!({})));
    answer("/token", 200, &token_response(&id_token).to_string());
    sign_in.exchange(|exchange| exchange).await.unwrap();

    answer("/userinfo", 200, r#"{"sub":"alice"}"#);
    let alice = alice();
    let asked = sign_in.relying_party.user_info("the-token", &alice);
    asked.await.unwrap();
    let jwt = sign_in.signer.sign(&json!({ "sub": "alice" }));
    let head = Response::builder().header("content-type", "application/jwt");
    sign_in.op.answer_with("/userinfo", head, &jwt);
    let asked = sign_in.relying_party.user_info("the-token", &alice);
    asked.await.unwrap();

    answer("/introspect", 200, r#"{"active":true}"#);
    let asked = sign_in
        .relying_party
        .introspect("the-token", TokenTypeHint::AccessToken);
    assert!(asked.await.unwrap().is_active());
    answer("/token", 400, r#"{"error":"invalid_grant"}"#);
    let error = sign_in.exchange(|exchange| exchange).await.unwrap_err();
    assert_eq!(error.code(), "token.invalid_grant");

    let signer = Signer::es384("key-1");
    let keys = json!({ "keys": [signer.jwk()] });
    let sign_in = SignIn::signed_by(signer, |provider| {
        provider
            .metadata_json(format!("{MARK}{metadata}"))
            .jwks_json(format!("{MARK}{keys}"))
    });
    sign_in.exchange_for(json!({})).await.unwrap();
}

/// RFC 7518 section 2 has no padding, but some providers write it, or plain base64.
#[tokio::test]
async fn numbers_of_keys_may_be_padded_or_written_in_plain_base64() {
    for signer in [
        Signer::rsa("k", "RS256"),
        Signer::es256("k"),
        Signer::es384("k"),
        Signer::ed25519("k"),
    ] {
        let algorithm = signer.algorithm;
        let sign_in = SignIn::signed_by(signer, |provider| provider);
        let mut jwk = sign_in.signer.jwk();
        for name in ["n", "e", "x", "y"] {
            if let Some(text) = jwk[name].as_str() {
                let padding = "=".repeat((4 - text.len() % 4) % 4);
                let text = text.replace('-', "+").replace('_', "/");
                jwk[name] = json!(format!("{text}{padding}"));
            }
        }
        let keys = json!({ "keys": [jwk] }).to_string();
        sign_in.op.answer("/jwks", 200, &keys);

        sign_in
            .exchange_for(json!({}))
            .await
            .unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    }
}

/// Java's `BigInteger.toByteArray` adds a zero byte for the sign.
#[tokio::test]
async fn numbers_of_keys_may_have_a_leading_zero() {
    for signer in [
        Signer::rsa("k", "RS256"),
        Signer::es256("k"),
        Signer::es384("k"),
    ] {
        let algorithm = signer.algorithm;
        let sign_in = SignIn::signed_by(signer, |provider| provider);
        let mut jwk = sign_in.signer.jwk();
        for name in ["n", "x", "y"] {
            if let Some(text) = jwk[name].as_str() {
                let number = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
                jwk[name] = json!(base64(&[&[0], &number[..]].concat()));
            }
        }
        let keys = json!({ "keys": [jwk] }).to_string();
        sign_in.op.answer("/jwks", 200, &keys);

        sign_in
            .exchange_for(json!({}))
            .await
            .unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    }
}

#[tokio::test]
async fn keys_without_kid_are_tried_for_a_token_whose_kid_no_key_has() {
    let nameless = |signer: &Signer| {
        let mut jwk = signer.jwk();
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let publish = |sign_in: &SignIn, keys: &[Value]| {
        let keys = json!({ "keys": keys }).to_string();
        sign_in.op.answer("/jwks", 200, &keys);
    };
    let other = Signer::es384("other");
    let sign_in = SignIn::new();
    publish(&sign_in, &[other.jwk(), nameless(&sign_in.signer)]);
    sign_in.exchange_for(json!({})).await.unwrap();

    // If a key has that `kid`, only it is tried, even if it is for another algorithm.
    let impostor = Signer::rsa("key-1", "RS256");
    let sign_in = SignIn::new();
    publish(&sign_in, &[impostor.jwk(), nameless(&sign_in.signer)]);
    let error = sign_in.exchange_for(json!({})).await.unwrap_err();
    assert_eq!(error.code(), "id_token.signature");
    // A key with another `kid` is not tried.
    let sign_in = SignIn::new();
    let mut named = sign_in.signer.jwk();
    named["kid"] = json!("key-2");
    publish(&sign_in, &[named, nameless(&other)]);
    sign_in.exchange_for(json!({})).await.unwrap_err();
}

#[tokio::test]
async fn the_error_says_what_a_provider_publishes_instead_of_a_signing_key() {
    for (document, what) in [
        ("{}", "no member `keys`"),
        (r#"{"keys":null}"#, "no member `keys`"),
        (r#"{"keys":[]}"#, "`keys` are empty"),
        (r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, "HS256"),
        (
            r#"{"keys":[{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}]}"#,
            "ES512",
        ),
        (
            r#"{"keys":[{"kty":"RSA","use":"enc","n":"AA","e":"AQAB"}]}"#,
            "not for signatures",
        ),
        (
            r#"{"keys":[{"kty":"RSA","n":"qqqq","e":"AQAB"}]}"#,
            "2,048 bits",
        ),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.answer("/jwks", 200, document);

        let error = sign_in.relying_party.discover().await.unwrap_err();

        let text = error.to_string();
        assert!(text.contains(what), "{document}: {text}");
        assert!(text.contains("id_token_signed_response_alg"), "{text}");
        assert!(text.contains("https://op.example/jwks"), "{text}");
        assert!(!text.contains("256 KiB"), "{text}");
    }
}

#[tokio::test]
async fn the_error_for_an_encrypted_id_token_names_the_setting_at_the_provider() {
    let sign_in = SignIn::new();
    let header = base64(br#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
    for jwe in [format!("{header}.AA.AA.AA.AA"), "a.b.c.d.e".to_owned()] {
        let error = sign_in.exchange_for_jwt(&jwe).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.code(), "id_token.encrypted");
        let text = error.to_string();
        assert!(text.contains("id_token_encrypted_response_alg"), "{text}");
    }
}

/// The setting `algorithms` helps only for a supported algorithm. It allows HMACs too, for a client with a
/// secret.
#[tokio::test]
async fn the_error_for_a_refused_algorithm_names_the_setting_to_change() {
    let sign_in = SignIn::new();
    sign_in
        .op
        .publish(&json!({ "id_token_signing_alg_values_supported": ["ES384"] }));
    for (alg, helps) in [
        ("HS256", true),
        ("ES512", false),
        ("none", false),
        ("ES256K", false),
        ("canary", false),
        ("RS256", true),
    ] {
        let header = json!({ "alg": alg, "kid": "key-1" });
        let jwt = sign_in
            .signer
            .sign_with(&header, &sign_in.claims(json!({})));

        let error = sign_in.exchange_for_jwt(&jwt).await.unwrap_err();

        assert_eq!(error.code(), "id_token.algorithm");
        let text = error.to_string();
        assert_eq!(text.contains("`algorithms`"), helps, "{text}");
        assert!(text.contains("id_token_signed_response_alg"), "{text}");
        let is_named = !matches!(alg, "none" | "canary");
        assert_eq!(text.contains(alg), is_named, "{text}");
    }
}

#[tokio::test]
async fn an_acr_or_auth_time_of_the_wrong_type_is_refused_only_if_it_was_requested() {
    for malformed in [
        json!(7.5e300),
        json!("noon"),
        json!([1]),
        json!({}),
        json!(true),
        json!(-1),
    ] {
        let sign_in = SignIn::new();
        let changes = json!({ "auth_time": malformed });
        let tokens = sign_in.exchange_for(changes.clone()).await.unwrap();
        let claims = tokens.id_token().claims();
        assert_eq!(claims.auth_time(), None);
        assert_eq!(claims.get::<Value>("auth_time"), Some(malformed));
        let error = sign_in
            .exchange(|exchange| exchange.max_age(std::time::Duration::from_secs(60)))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "id_token.claims");
        assert!(error.to_string().contains("`auth_time`"), "{error}");
    }
    for malformed in [json!(2), json!(["gold"]), json!({}), json!(true)] {
        let sign_in = SignIn::new();
        let changes = json!({ "acr": malformed });
        let tokens = sign_in.exchange_for(changes.clone()).await.unwrap();
        assert_eq!(tokens.id_token().claims().acr(), None);
        assert_eq!(
            tokens.id_token().claims().get::<Value>("acr"),
            Some(malformed)
        );
        let error = sign_in
            .exchange(|exchange| exchange.acr_values("gold 2"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "id_token.claims");
        assert!(error.to_string().contains("`acr`"), "{error}");
    }
}
