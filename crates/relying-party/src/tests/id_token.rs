//! The verification of ID tokens.

use std::time::Duration;

use serde_json::{Value, json};

use super::signer::base64;
use super::{CLIENT_ID, ISSUER, NOW, SignIn, Signer, token_response};
use crate::{Error, ErrorKind, SigningAlgorithm};

impl SignIn {
    async fn refusal_of(&self, changes: Value) -> &'static str {
        self.exchange_for(changes).await.unwrap_err().code()
    }

    /// Signs a valid token with another header.
    fn with_header(&self, header: &Value) -> String {
        self.signer.sign_with(header, &self.claims(json!({})))
    }
}

fn code(exchanged: Result<crate::SignInTokens, Error>) -> &'static str {
    exchanged.map_or_else(|error| error.code(), |_| "accepted")
}

#[tokio::test]
async fn a_valid_token_is_accepted_with_its_claims_unchanged() {
    let sign_in = SignIn::new();
    let changes = json!({
        "at_hash": null, "azp": CLIENT_ID, "aud": [CLIENT_ID], "iat": NOW - 86_400,
        "address": "one line", "phone_number": 42, "amr": "pwd", "updated_at": "2026-01-01",
        "big": 12_345_678_901_234_567_890_u64,
    });
    let tokens = sign_in.exchange_for(changes).await.unwrap();
    let claims = tokens.id_token().claims();
    assert_eq!((claims.iss(), claims.sub()), (ISSUER, "alice"));
    assert_eq!(claims.aud().collect::<Vec<_>>(), [CLIENT_ID]);
    assert_eq!(claims.get::<u64>("big"), Some(12_345_678_901_234_567_890));
    assert_eq!(claims.get::<String>("address").as_deref(), Some("one line"));
    assert_eq!(tokens.id_token().as_str().split('.').count(), 3);
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_verified() {
    let mut signers = vec![Signer::es256("k"), Signer::es384("k"), Signer::ed25519("k")];
    let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    signers.extend(rsa.map(|algorithm| Signer::rsa("k", algorithm)));
    for signer in signers {
        let algorithm = signer.algorithm;
        let sign_in = SignIn::signed_by(signer, |provider| provider);
        assert_eq!(
            code(sign_in.exchange_for(json!({})).await),
            "accepted",
            "{algorithm}"
        );

        let jwt = sign_in.signer.sign(&sign_in.claims(json!({})));
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{input}.{flipped}{}", &signature[1..]);
        assert_eq!(
            code(sign_in.exchange_for_jwt(&forged).await),
            "id_token.signature",
            "{algorithm}"
        );
    }
}

#[tokio::test]
async fn the_nonce_must_be_that_of_the_sign_in() {
    let sign_in = SignIn::new();
    assert_eq!(
        sign_in.refusal_of(json!({ "nonce": null })).await,
        "id_token.nonce"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "nonce": "other" })).await,
        "id_token.nonce"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "nonce": "" })).await,
        "id_token.nonce"
    );
}

/// No signature, and HMAC signatures of any length (`openidconnect` panics on some of them).
#[tokio::test]
async fn algorithms_that_are_not_allowed_are_refused() {
    let sign_in = SignIn::with(|provider| provider.client_secret("the-client-secret"));
    for alg in [
        "none", "None", "HS256", "HS384", "HS512", "ES256K", "ES512", "", "es384",
    ] {
        let header = base64(json!({ "alg": alg, "kid": "key-1" }).to_string().as_bytes());
        let payload = base64(sign_in.claims(json!({})).to_string().as_bytes());
        for length in [0, 1, 31, 32, 48, 64, 65] {
            let jwt = format!("{header}.{payload}.{}", base64(&vec![1; length]));
            assert_eq!(
                code(sign_in.exchange_for_jwt(&jwt).await),
                "id_token.algorithm",
                "{alg}"
            );
        }
    }
}

#[tokio::test]
async fn the_configured_algorithms_replace_those_of_the_metadata() {
    let sign_in = SignIn::with(|provider| provider.algorithms([SigningAlgorithm::Rs256]));
    assert_eq!(sign_in.refusal_of(json!({})).await, "id_token.algorithm");

    let sign_in = SignIn::new();
    sign_in
        .op
        .publish(&json!({ "id_token_signing_alg_values_supported": null }));
    assert_eq!(sign_in.refusal_of(json!({})).await, "id_token.algorithm");
}

/// A token must not supply its own key, or critical header parameters.
#[tokio::test]
async fn headers_with_critical_parameters_are_refused_and_keys_in_headers_ignored() {
    let sign_in = SignIn::new();
    let cases = [
        (json!({ "crit": ["exp"] }), "id_token.header"),
        (json!({ "crit": [] }), "id_token.header"),
        (json!({ "crit": null }), "id_token.header"),
        (json!({ "cty": "JWT" }), "id_token.header"),
        (json!({ "typ": "at+jwt" }), "id_token.typ"),
        (json!({ "typ": "logout+jwt" }), "id_token.typ"),
        (json!({ "typ": "application/JWT" }), "accepted"),
        (json!({ "kid": "unknown" }), "id_token.signature"),
    ];
    for (extra, expected) in cases {
        let mut header = json!({ "alg": "ES384", "kid": "key-1" });
        for (name, value) in extra.as_object().unwrap() {
            header[name] = value.clone();
        }
        let jwt = sign_in.with_header(&header);
        assert_eq!(
            code(sign_in.exchange_for_jwt(&jwt).await),
            expected,
            "{header}"
        );
    }

    let thief = Signer::es384("key-1");
    let header = json!({
        "alg": "ES384", "kid": "key-1", "jwk": thief.jwk(), "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x5u",
    });
    let jwt = thief.sign_with(&header, &sign_in.claims(json!({})));
    assert_eq!(
        code(sign_in.exchange_for_jwt(&jwt).await),
        "id_token.signature"
    );
    assert!(sign_in.op.requests_to("/x5u").is_empty());
}

#[tokio::test]
async fn issuer_audience_and_authorized_party_must_be_exact() {
    let sign_in = SignIn::with(|provider| provider.trusted_audiences(["friend"]));
    let cases = [
        (json!({ "iss": "https://op.example/" }), "id_token.iss"),
        (json!({ "iss": "https://OP.example" }), "id_token.iss"),
        (json!({ "iss": "https://op.example:443" }), "id_token.iss"),
        (json!({ "iss": null }), "id_token.claims"),
        (json!({ "aud": "other" }), "id_token.aud"),
        (json!({ "aud": [] }), "id_token.aud"),
        (json!({ "aud": null }), "id_token.claims"),
        (
            json!({ "aud": [CLIENT_ID, "stranger"] }),
            "id_token.aud_untrusted",
        ),
        (json!({ "azp": "other" }), "id_token.azp"),
        (json!({ "sub": null }), "id_token.claims"),
        (json!({ "sub": "" }), "id_token.claims"),
        (json!({ "sub": 7 }), "id_token.claims"),
    ];
    for (changes, expected) in cases {
        assert_eq!(
            sign_in.refusal_of(changes.clone()).await,
            expected,
            "{changes}"
        );
    }
    sign_in
        .exchange_for(json!({ "aud": [CLIENT_ID, "friend"] }))
        .await
        .unwrap();
}

#[tokio::test]
async fn times_are_checked_with_the_leeway_and_must_be_numbers() {
    let sign_in = SignIn::new();
    let cases = [
        (json!({ "exp": NOW - 61 }), "id_token.exp"),
        (json!({ "exp": NOW - 60 }), "id_token.exp"),
        (json!({ "exp": NOW - 59 }), "accepted"),
        (json!({ "exp": NOW as f64 + 0.5 }), "accepted"),
        (json!({ "exp": 2_200_000_000_u64 }), "accepted"),
        (json!({ "exp": null }), "id_token.claims"),
        (json!({ "exp": "1900000000" }), "id_token.claims"),
        (json!({ "exp": 1e300 }), "id_token.claims"),
        (json!({ "exp": u64::MAX }), "id_token.claims"),
        (json!({ "exp": -1 }), "id_token.claims"),
        (json!({ "iat": NOW + 60 }), "accepted"),
        (json!({ "iat": NOW + 61 }), "id_token.iat"),
        (json!({ "iat": NOW - 1_000_000 }), "accepted"),
        (json!({ "iat": null }), "id_token.claims"),
        (json!({ "nbf": NOW + 60 }), "accepted"),
        (json!({ "nbf": NOW + 61 }), "id_token.nbf"),
        (json!({ "nbf": "soon" }), "id_token.claims"),
    ];
    for (changes, expected) in cases {
        assert_eq!(
            code(sign_in.exchange_for(changes.clone()).await),
            expected,
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_requested_max_age_and_acr_must_be_satisfied() {
    let sign_in = SignIn::with(|provider| provider.max_age(Duration::from_secs(100)));
    assert_eq!(sign_in.refusal_of(json!({})).await, "id_token.auth_time");
    assert_eq!(
        sign_in.refusal_of(json!({ "auth_time": NOW - 161 })).await,
        "id_token.auth_time"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "auth_time": NOW + 61 })).await,
        "id_token.auth_time"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "auth_time": "now" })).await,
        "id_token.claims"
    );
    sign_in
        .exchange_for(json!({ "auth_time": NOW - 160 }))
        .await
        .unwrap();

    let jwt = sign_in
        .signer
        .sign(&sign_in.claims(json!({ "auth_time": NOW, "acr": "silver" })));
    sign_in
        .op
        .answer("/token", 200, &token_response(&jwt).to_string());
    sign_in
        .exchange(|it| it.acr_values("gold silver"))
        .await
        .unwrap();
    let error = sign_in
        .exchange(|it| it.acr_values("gold"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "id_token.acr");
    let error = sign_in
        .exchange(|it| it.acr_values("sil"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "id_token.acr");

    let sign_in = SignIn::with(|provider| provider.acr_values("gold"));
    assert_eq!(sign_in.refusal_of(json!({})).await, "id_token.acr");
}

#[tokio::test]
async fn a_step_up_must_sign_in_the_same_user() {
    let sign_in = SignIn::new();
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in
        .exchange(|it| it.expected_user(ISSUER, "alice"))
        .await
        .unwrap();
    for (iss, sub) in [(ISSUER, "bob"), ("https://other.example", "alice")] {
        let error = sign_in
            .exchange(|it| it.expected_user(iss, sub))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "id_token.sub", "{iss} {sub}");
    }
}

/// The expected values are the left half of `printf the-access-token | openssl dgst -sha384 -binary`.
#[tokio::test]
async fn at_hash_must_fit_the_access_token_if_it_is_present() {
    let hash = ring::digest::digest(&ring::digest::SHA384, b"the-access-token");
    let at_hash = base64(&hash.as_ref()[..24]);
    let sign_in = SignIn::new();
    sign_in
        .exchange_for(json!({ "at_hash": at_hash }))
        .await
        .unwrap();
    assert_eq!(
        sign_in
            .refusal_of(json!({ "at_hash": base64(hash.as_ref()) }))
            .await,
        "id_token.at_hash"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "at_hash": "" })).await,
        "id_token.at_hash"
    );
    assert_eq!(
        sign_in.refusal_of(json!({ "at_hash": 1 })).await,
        "id_token.claims"
    );
}

#[tokio::test]
async fn a_text_that_is_not_a_signed_jwt_is_refused_without_a_panic() {
    let sign_in = SignIn::new();
    let jwt = sign_in.signer.sign(&sign_in.claims(json!({})));
    for length in 0..jwt.len() {
        let error = sign_in.exchange_for_jwt(&jwt[..length]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response, "cut at {length}");
    }
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let deep = sign_in.signer.sign_text(
        r#"{"alg":"ES384","kid":"key-1"}"#,
        &format!(r#"{{"sub":"a","x":{deep}}}"#),
    );
    let twice = sign_in
        .claims(json!({}))
        .to_string()
        .replacen('{', r#"{"sub":"bob","#, 1);
    let twice = sign_in
        .signer
        .sign_text(r#"{"alg":"ES384","kid":"key-1"}"#, &twice);
    let cases = [
        (format!("{jwt}.a.b"), "id_token.malformed"),
        (format!("{jwt}="), "id_token.malformed"),
        (format!("{jwt} "), "id_token.malformed"),
        ("..".to_owned(), "id_token.malformed"),
        ("a".repeat(64 * 1024), "id_token.malformed"),
        ("a".repeat(64 * 1024 + 1), "id_token.too_large"),
        (sign_in.signer.sign_text("[]", "{}"), "id_token.malformed"),
        (
            sign_in
                .signer
                .sign_text(r#"{"alg":"ES384","alg":"none"}"#, "{}"),
            "id_token.malformed",
        ),
        (
            sign_in.signer.sign_text(r#"{"alg":"ES384"}"#, "[1]"),
            "id_token.claims",
        ),
        (deep, "id_token.too_large"),
        (twice, "id_token.claims"),
    ];
    for (jwt, expected) in cases {
        assert_eq!(code(sign_in.exchange_for_jwt(&jwt).await), expected);
    }
}
