//! ID tokens and UserInfo responses that are signed with the client secret.

use http::Response;
use ring::digest;
use serde_json::{Value, json};

use super::signer::base64;
use super::{CLIENT_ID, ISSUER, NOW, SignIn, Signer, alice, token_response};
use crate::SigningAlgorithm::{Es384, Hs256, Hs384, Hs512};
use crate::{Error, Provider, SigningAlgorithm};

const SECRET: &str = "a-client-secret-of-64-bytes-0123456789-0123456789-0123456789-abc";

/// A client that accepts these algorithms. The provider publishes `key-1`, a key for ES384.
fn site(algorithms: &[SigningAlgorithm]) -> SignIn {
    SignIn::with(|provider: Provider| {
        let algorithms = algorithms.iter().copied();
        provider.client_secret(SECRET).algorithms(algorithms)
    })
}

async fn outcome(sign_in: &SignIn, jwt: &str) -> &'static str {
    let exchanged = sign_in.exchange_for_jwt(jwt).await;
    exchanged.map_or_else(|error| error.code(), |_| "accepted")
}

fn signed(sign_in: &SignIn, signer: &Signer, changes: Value) -> String {
    signer.sign(&sign_in.claims(changes))
}

/// Returns the JWT with another signature.
fn with_signature(jwt: &str, signature: &[u8]) -> String {
    let (input, _) = jwt.rsplit_once('.').unwrap();
    format!("{input}.{}", base64(signature))
}

#[tokio::test]
async fn a_listed_hmac_with_the_client_secret_is_accepted_and_its_at_hash_checked() {
    for (algorithm, name, hash) in [
        (Hs256, "HS256", &digest::SHA256),
        (Hs384, "HS384", &digest::SHA384),
        (Hs512, "HS512", &digest::SHA512),
    ] {
        let sign_in = site(&[algorithm]);
        let signer = Signer::hmac(name, SECRET.as_bytes());
        let hash = digest::digest(hash, b"the-access-token");
        let left = base64(&hash.as_ref()[..hash.as_ref().len() / 2]);
        let fits = signed(&sign_in, &signer, json!({ "at_hash": left }));
        assert_eq!(outcome(&sign_in, &fits).await, "accepted", "{name}");
        let whole = signed(
            &sign_in,
            &signer,
            json!({ "at_hash": base64(hash.as_ref()) }),
        );
        assert_eq!(
            outcome(&sign_in, &whole).await,
            "id_token.at_hash",
            "{name}"
        );
        let nonce = signed(&sign_in, &signer, json!({ "nonce": "another" }));
        assert_eq!(outcome(&sign_in, &nonce).await, "id_token.nonce", "{name}");
    }
}

#[tokio::test]
async fn an_hmac_is_accepted_only_if_a_setting_lists_it() {
    let hs256 = Signer::hmac("HS256", SECRET.as_bytes());
    let by_default = SignIn::with(|provider| provider.client_secret(SECRET));
    let published = json!({ "id_token_signing_alg_values_supported": ["ES384", "HS256"] });
    by_default.op.publish(&published);
    for sign_in in [
        by_default,
        site(&[Es384]),
        site(&[Hs384]),
        site(&[Hs512, Es384]),
    ] {
        let jwt = signed(&sign_in, &hs256, json!({}));
        let error = sign_in.exchange_for_jwt(&jwt).await.unwrap_err();
        assert_eq!(error.code(), "id_token.algorithm");
        let text = error.to_string();
        assert!(
            text.contains("HS256") && text.contains("`algorithms`"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_signature_by_a_key_of_the_provider_is_refused_unless_its_algorithm_is_listed_too() {
    for (algorithms, expected) in [
        (&[Hs256][..], "id_token.algorithm"),
        (&[Hs256, Es384], "accepted"),
    ] {
        let sign_in = site(algorithms);
        let jwt = signed(&sign_in, &sign_in.signer, json!({}));
        assert_eq!(outcome(&sign_in, &jwt).await, expected, "{algorithms:?}");
        let hs256 = Signer::hmac("HS256", SECRET.as_bytes());
        let jwt = signed(&sign_in, &hs256, json!({}));
        assert_eq!(outcome(&sign_in, &jwt).await, "accepted", "{algorithms:?}");
    }
}

/// RFC 8725 section 2.1: a public key is known to everyone, in any form.
#[tokio::test]
async fn a_public_key_never_verifies_an_hmac() {
    let sign_in = site(&[Hs256, Hs512, Es384]);
    let jwk = sign_in.signer.jwk();
    let coordinate = |name: &str| jwk[name].as_str().unwrap().to_owned();
    let keys = json!({ "keys": [jwk.clone()] }).to_string();
    for key in [
        jwk.to_string(),
        keys,
        coordinate("x"),
        coordinate("y"),
        "key-1".to_owned(),
        CLIENT_ID.to_owned(),
        String::new(),
    ] {
        for algorithm in ["HS256", "HS512"] {
            let jwt = signed(
                &sign_in,
                &Signer::hmac(algorithm, key.as_bytes()),
                json!({}),
            );
            assert_eq!(outcome(&sign_in, &jwt).await, "id_token.signature", "{key}");
        }
    }
    // Nor does a symmetric key that somebody published.
    let published = Signer::hmac("HS256", &[7; 64]);
    sign_in.op.publish_keys(&[&published, &sign_in.signer]);
    let jwt = signed(&sign_in, &published, json!({}));
    assert_eq!(outcome(&sign_in, &jwt).await, "id_token.signature");
}

#[tokio::test]
async fn a_wrong_hmac_of_any_length_is_refused_without_a_panic_and_without_a_fetch_of_keys() {
    let sign_in = site(&[Hs256, Hs384, Hs512, Es384]);
    let signer = Signer::hmac("HS256", SECRET.as_bytes());
    let jwt = signed(&sign_in, &signer, json!({}));
    assert_eq!(outcome(&sign_in, &jwt).await, "accepted");
    let signature = jwt.rsplit_once('.').unwrap().1;
    let signature = base64_simd::URL_SAFE_NO_PAD
        .decode_to_vec(signature)
        .unwrap();
    let mut longer = signature.clone();
    longer.push(0);
    let mut changed = signature.clone();
    changed[0] ^= 1;
    let mut forged = vec![
        with_signature(&jwt, &signature[..31]),
        with_signature(&jwt, &signature[..16]),
        with_signature(&jwt, &longer),
        with_signature(&jwt, &changed),
        signed(
            &sign_in,
            &Signer::hmac("HS256", &SECRET.as_bytes()[1..]),
            json!({}),
        ),
    ];
    for length in [0, 1, 31, 32, 33, 48, 64, 65] {
        forged.push(with_signature(&jwt, &vec![1; length]));
    }
    // The hash is that of the header, not of the length.
    let claims = sign_in.claims(json!({}));
    let header = json!({ "alg": "HS384", "kid": "key-1", "typ": "JWT" });
    forged.push(signer.sign_with(&header, &claims));
    for jwt in forged {
        assert_eq!(outcome(&sign_in, &jwt).await, "id_token.signature");
    }
    assert_eq!(sign_in.op.requests_to("/jwks").len(), 1);
    let error: Error = sign_in
        .exchange_for_jwt(&with_signature(&jwt, &[]))
        .await
        .unwrap_err();
    assert!(error.message().contains("client secret"), "{error}");
}

/// RFC 7517: some providers that sign with secrets publish an empty set, or none.
#[tokio::test]
async fn no_keys_are_fetched_if_only_hmacs_are_accepted() {
    let sign_in = site(&[Hs256]);
    sign_in.op.publish(&json!({ "jwks_uri": null }));
    sign_in.relying_party.discover().await.unwrap();
    let signer = Signer::hmac("HS256", SECRET.as_bytes());
    let jwt = signed(&sign_in, &signer, json!({}));
    assert_eq!(outcome(&sign_in, &jwt).await, "accepted");

    let jwt = signed(&sign_in, &signer, json!({ "nonce": null }));
    let response = token_response(&jwt).to_string();
    sign_in.op.answer("/token", 200, &response);
    let refreshed = sign_in.refresh().await.unwrap();
    assert!(refreshed.tokens().id_token().is_some());
    assert!(sign_in.op.requests_to("/jwks").is_empty());
}

#[tokio::test]
async fn a_user_info_response_is_verified_with_the_secret_too() {
    let claims = json!({ "iss": ISSUER, "aud": CLIENT_ID, "sub": "alice", "exp": NOW + 60 });
    let jwt = Signer::hmac("HS256", SECRET.as_bytes()).sign(&claims);
    let forged = Signer::hmac("HS256", b"guessed").sign(&claims);
    for (algorithms, jwt, expected) in [
        (&[Hs256, Es384][..], &jwt, "accepted"),
        (&[Hs256, Es384], &forged, "user_info.signature"),
        (&[Es384], &jwt, "user_info.jwt"),
    ] {
        let sign_in = site(algorithms);
        let published = json!({ "userinfo_signing_alg_values_supported": ["HS256"] });
        sign_in.op.publish(&published);
        let head = Response::builder().header("content-type", "application/jwt");
        sign_in.op.answer_with("/userinfo", head, jwt);
        let answer = sign_in.relying_party.user_info("token", &alice()).await;
        let code = answer.map_or_else(|error| error.code(), |_| "accepted");
        assert_eq!(code, expected, "{algorithms:?}");
    }
}

#[tokio::test]
async fn metadata_without_the_only_hmac_that_is_accepted_are_an_error_before_the_user_leaves() {
    let only = |names: Value| json!({ "id_token_signing_alg_values_supported": names });
    for (algorithms, metadata, is_usable) in [
        (&[Hs256][..], only(json!(["RS256", "ES256"])), false),
        (&[Hs256], only(json!(["RS256", "HS256"])), true),
        (
            &[Hs256],
            json!({ "id_token_signing_alg_values_supported": null }),
            true,
        ),
        (&[Hs256, Es384], only(json!(["RS256"])), true),
    ] {
        let sign_in = site(algorithms);
        sign_in.op.publish(&metadata);
        let discovered = sign_in.relying_party.discover().await;
        assert_eq!(discovered.is_ok(), is_usable, "{metadata}");
        if let Err(error) = discovered {
            assert_eq!(error.code(), "discovery.unsupported");
            assert!(error.message().contains("HS256"), "{error}");
        }
    }
    // The remedy for a provider that has nothing else.
    let by_default = SignIn::with(|provider| provider.client_secret(SECRET));
    by_default.op.publish(&only(json!(["HS256"])));
    let error = by_default.relying_party.discover().await.unwrap_err();
    assert!(error.message().contains("`algorithms`"), "{error}");
}
