//! Assertions by which the client authenticates: their signatures, claims and keys.

use std::collections::HashSet;
use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use ring::{hmac, signature};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::signer::base64;
use super::{CLIENT_ID, ISSUER, NOW, REDIRECT_URI, SignIn, merged};
use crate::{
    AssertionAudience, AuthorizationRequest, ClientAuthMethod, ClientKey, HmacAlgorithm, Provider,
    SigningAlgorithm, TokenTypeHint,
};

/// Keys for these tests only, as OpenSSL writes them.
pub(super) const P256: &str = include_str!("keys/p256.pem");
const P256_SEC1: &str = include_str!("keys/p256-sec1.pem");
const P384_SEC1: &str = include_str!("keys/p384-sec1.pem");
const P521: &str = include_str!("keys/p521.pem");
pub(super) const ED25519: &str = include_str!("keys/ed25519.pem");
const RSA: &str = include_str!("keys/rsa.pem");
const RSA_PKCS1: &str = include_str!("keys/rsa-pkcs1.pem");
const ENCRYPTED: &str = include_str!("keys/encrypted.pem");
/// A key with all its private members (RFC 8037 appendix A.1).
const ED25519_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"from-jwk",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// Random bytes that differ each time.
pub(super) fn random(bytes: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(getrandom::fill(bytes)?)
}

pub(super) fn key(pem: &str) -> ClientKey {
    ClientKey::from_pem(pem).unwrap()
}

pub(super) fn with_keys(
    keys: impl IntoIterator<Item = ClientKey>,
) -> impl FnOnce(Provider) -> Provider {
    move |provider| provider.client_private_keys(keys).random_source(random)
}

impl SignIn {
    /// The assertion of the last request to this path.
    pub(super) fn assertion_to(&self, path: &str) -> Jwt {
        let form = self.op.form_to(path);
        let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], jwt_bearer);
        assert_eq!(form["client_id"], CLIENT_ID);
        assert!(!form.contains_key("client_secret"));
        Jwt::parse(&form["client_assertion"])
    }
}

pub(super) struct Jwt {
    input: String,
    signature: Vec<u8>,
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Jwt {
    pub(super) fn parse(jwt: &str) -> Self {
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let (header, claims) = input.split_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
        Self {
            input: input.to_owned(),
            signature: decode(signature),
            header: serde_json::from_slice(&decode(header)).unwrap(),
            claims: serde_json::from_slice(&decode(claims)).unwrap(),
        }
    }

    /// Verifies the signature with one of the keys that the client publishes, with `ring` alone.
    pub(super) fn is_verified_by(&self, published: &str) -> bool {
        let published: Value = serde_json::from_str(published).unwrap();
        let keys = published["keys"].as_array().unwrap();
        let jwk = keys.iter().find(|jwk| jwk["kid"] == self.header["kid"]);
        let jwk = jwk.unwrap();
        let member = |name: &str| {
            let text = jwk[name].as_str().unwrap();
            URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
        };
        let (input, signature) = (self.input.as_bytes(), self.signature.as_slice());
        let verify = |algorithm: &'static dyn signature::VerificationAlgorithm, key: Vec<u8>| {
            signature::UnparsedPublicKey::new(algorithm, key)
                .verify(input, signature)
                .is_ok()
        };
        let point = || [vec![4], member("x"), member("y")].concat();
        let rsa = |parameters| {
            let (n, e) = (member("n"), member("e"));
            let key = signature::RsaPublicKeyComponents { n, e };
            key.verify(parameters, input, signature).is_ok()
        };
        match self.header["alg"].as_str().unwrap() {
            "ES256" => verify(&signature::ECDSA_P256_SHA256_FIXED, point()),
            "ES384" => verify(&signature::ECDSA_P384_SHA384_FIXED, point()),
            "EdDSA" => verify(&signature::ED25519, member("x")),
            "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn an_assertion_of_every_type_of_key_is_verified_by_the_published_key() {
    let ps256 = key(RSA).algorithm(SigningAlgorithm::Ps256);
    for (key, algorithm) in [
        (key(P256), "ES256"),
        (key(P256_SEC1), "ES256"),
        (key(P384_SEC1), "ES384"),
        (key(ED25519), "EdDSA"),
        (ClientKey::from_jwk(ED25519_JWK).unwrap(), "EdDSA"),
        (key(RSA), "RS256"),
        (key(RSA_PKCS1), "RS256"),
        (ps256, "PS256"),
    ] {
        let kid = key.key_id().to_owned();
        let sign_in = SignIn::with(with_keys([key]));
        sign_in.exchange_for(json!({})).await.unwrap();

        let jwt = sign_in.assertion_to("/token");
        let header = json!({ "alg": algorithm, "kid": kid, "typ": "JWT" });
        assert_eq!(jwt.header, header);
        let published = sign_in.relying_party.provider().client_keys_json();
        assert!(jwt.is_verified_by(&published), "{algorithm}");
    }
}

/// The same key in the forms in which other programs write it.
#[test]
fn a_jwk_and_both_forms_of_pem_are_the_same_key() {
    assert_eq!(key(P256).public_jwk(), key(P256_SEC1).public_jwk());
    assert_eq!(key(RSA).public_jwk(), key(RSA_PKCS1).public_jwk());
    let jwk = ClientKey::from_jwk(ED25519_JWK).unwrap();
    assert_eq!(jwk.key_id(), "from-jwk");
    // RFC 8037 appendix A.3.
    let without_kid = ED25519_JWK.replace("\"kid\"", "\"x-kid\"");
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    let key = ClientKey::from_jwk(&without_kid).unwrap();
    assert_eq!(key.key_id(), thumbprint);
}

#[tokio::test]
async fn an_elliptic_curve_key_and_an_rsa_key_are_read_from_a_jwk() {
    for (jwk, kid) in [(ec_jwk(), "ec"), (rsa_jwk(), "rsa")] {
        let sign_in = SignIn::with(with_keys([ClientKey::from_jwk(&jwk.to_string()).unwrap()]));
        sign_in.exchange_for(json!({})).await.unwrap();
        let jwt = sign_in.assertion_to("/token");
        assert_eq!(jwt.header["kid"], kid);
        let published = sign_in.relying_party.provider().client_keys_json();
        assert!(jwt.is_verified_by(&published), "{kid}");
    }
}

/// The private key of `p256.pem`: its 32 bytes follow the tags of RFC 5915 section 3.
fn ec_jwk() -> Value {
    let der = der(P256);
    let at = der
        .windows(5)
        .position(|it| it == [2, 1, 1, 4, 32])
        .unwrap()
        + 5;
    let mut jwk: Value = serde_json::from_str(&key(P256).public_jwk()).unwrap();
    jwk["d"] = json!(base64(&der[at..at + 32]));
    merged(jwk, &json!({ "kid": "ec", "alg": "ES256" }))
}

/// The private key of `rsa-pkcs1.pem`: nine integers (RFC 8017 appendix A.1.2).
fn rsa_jwk() -> Value {
    let der = der(RSA_PKCS1);
    let mut rest = &der[4..];
    let mut integers = Vec::new();
    while let [2, head, ..] = rest {
        let (start, length) = match head {
            0x81 => (3, usize::from(rest[2])),
            0x82 => (4, usize::from(rest[2]) * 256 + usize::from(rest[3])),
            short => (2, usize::from(*short)),
        };
        let bytes = &rest[start..start + length];
        integers.push(base64(bytes.strip_prefix(&[0]).unwrap_or(bytes)));
        rest = &rest[start + length..];
    }
    let mut jwk = json!({ "kty": "RSA", "kid": "rsa", "use": "sig", "alg": "PS256" });
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    for (name, integer) in names.into_iter().zip(&integers[1..]) {
        jwk[name] = json!(integer);
    }
    jwk
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let text: String = lines.collect();
    base64_simd::STANDARD.decode_to_vec(text).unwrap()
}

#[tokio::test]
async fn an_hmac_of_every_length_is_verified_by_the_secret() {
    let secret = "0123456789abcdef".repeat(4);
    for (algorithm, hash) in [
        (HmacAlgorithm::Hs256, hmac::HMAC_SHA256),
        (HmacAlgorithm::Hs384, hmac::HMAC_SHA384),
        (HmacAlgorithm::Hs512, hmac::HMAC_SHA512),
    ] {
        let sign_in = SignIn::with(|provider| {
            provider
                .client_secret(&secret)
                .client_auth_method(ClientAuthMethod::ClientSecretJwt)
                .client_secret_jwt_algorithm(algorithm)
                .random_source(random)
        });
        sign_in.exchange_for(json!({})).await.unwrap();
        let jwt = sign_in.assertion_to("/token");
        assert_eq!(
            jwt.header,
            json!({ "alg": algorithm.as_str(), "typ": "JWT" })
        );
        let key = hmac::Key::new(hash, secret.as_bytes());
        hmac::verify(&key, jwt.input.as_bytes(), &jwt.signature).unwrap();
    }
}

/// At every endpoint: pushed authorization request, code exchange, refresh, introspection, revocation.
#[tokio::test]
async fn every_request_has_a_new_assertion_for_the_issuer_that_expires_after_a_minute() {
    let sign_in = SignIn::with(with_keys([key(P256)]));
    sign_in.op.publish(&json!({
        "require_pushed_authorization_requests": true,
        "pushed_authorization_request_endpoint": format!("{ISSUER}/par"),
    }));
    let pushed = json!({ "request_uri": "urn:example:1", "expires_in": 60 });
    sign_in.op.answer("/par", 201, &pushed.to_string());
    let mut identifiers = HashSet::new();
    for round in 0..3 {
        sign_in.clock.advance(Duration::from_secs(1));
        let request = AuthorizationRequest::default();
        let url = sign_in
            .relying_party
            .authorization_url(&request, REDIRECT_URI, &sign_in.secrets);
        url.await.unwrap();
        let pushed = sign_in.assertion_to("/par");
        sign_in.exchange_for(json!({})).await.unwrap();
        let exchanged = sign_in.assertion_to("/token");
        sign_in.refresh().await.unwrap();
        let refreshed = sign_in.assertion_to("/token");
        let relying_party = &sign_in.relying_party;
        let hint = TokenTypeHint::AccessToken;
        let _ = relying_party.introspect("t", hint).await;
        let _ = relying_party.revoke("t", hint).await;
        let introspected = sign_in.assertion_to("/introspect");
        let revoked = sign_in.assertion_to("/revoke");
        for jwt in [pushed, exchanged, refreshed, introspected, revoked] {
            let jti = jwt.claims["jti"].as_str().unwrap().to_owned();
            assert_eq!(jti.len(), 22);
            let now = NOW + round + 1;
            let expected = json!({
                "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": now, "exp": now + 60,
                "jti": jti,
            });
            assert_eq!(jwt.claims, expected);
            assert!(identifiers.insert(jti), "an identifier is used twice");
        }
    }
}

#[tokio::test]
async fn the_audience_is_the_token_endpoint_if_that_is_set_at_every_endpoint() {
    let sign_in = SignIn::with(|provider| {
        with_keys([key(P256)])(provider).assertion_audience(AssertionAudience::TokenEndpoint)
    });
    sign_in.exchange_for(json!({})).await.unwrap();
    let hint = TokenTypeHint::AccessToken;
    let _ = sign_in.relying_party.introspect("t", hint).await;
    for path in ["/token", "/introspect"] {
        let audience = &sign_in.assertion_to(path).claims["aud"];
        assert_eq!(audience, &json!(format!("{ISSUER}/token")));
    }
}

#[tokio::test]
async fn the_first_key_signs_and_all_are_published_without_private_members() {
    let keys = [key(ED25519), key(P256), key(RSA).kid("old")];
    let sign_in = SignIn::with(with_keys(keys));
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.assertion_to("/token").header["alg"], "EdDSA");

    let published = sign_in.relying_party.provider().client_keys_json();
    let published: Value = serde_json::from_str(&published).unwrap();
    let published = published["keys"].as_array().unwrap();
    assert_eq!(published.len(), 3);
    for (jwk, (algorithm, members)) in published.iter().zip([
        (json!("EdDSA"), vec!["alg", "crv", "kid", "kty", "use", "x"]),
        (
            json!("ES256"),
            vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
        ),
        // Which of both an RSA key uses may depend on the provider's metadata.
        (json!(null), vec!["e", "kid", "kty", "n", "use"]),
    ]) {
        let mut names: Vec<&String> = jwk.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, members);
        assert_eq!((&jwk["alg"], &jwk["use"]), (&algorithm, &json!("sig")));
    }
    assert_eq!(published[2]["kid"], "old");
    let empty = Provider::new(ISSUER, CLIENT_ID).client_keys_json();
    assert_eq!(empty, r#"{"keys":[]}"#);
}

/// RFC 7638 section 3: SHA-256 over the required members in lexicographic order.
#[test]
fn the_default_kid_is_the_thumbprint_of_the_public_key() {
    for pem in [P256, RSA] {
        let key = key(pem);
        let jwk: Value = serde_json::from_str(&key.public_jwk()).unwrap();
        let members: Vec<String> = ["crv", "e", "kty", "n", "x", "y"]
            .into_iter()
            .filter(|name| jwk.get(name).is_some())
            .map(|name| format!("\"{name}\":{}", jwk[name]))
            .collect();
        let hash = Sha256::digest(format!("{{{}}}", members.join(",")));
        assert_eq!(key.key_id(), base64(&hash));
    }
}

#[test]
fn a_key_that_cannot_be_used_is_refused_with_the_reason() {
    let ec = ec_jwk();
    let changed = |changes: Value| merged(ec.clone(), &changes).to_string();
    for (error, reason) in [
        (ClientKey::from_pem(""), "PEM"),
        (ClientKey::from_pem("canary"), "PEM"),
        (ClientKey::from_pem(b"\xff\xfe"), "PEM"),
        (ClientKey::from_pem(ENCRYPTED), "encrypted"),
        (ClientKey::from_pem(P521), "P-256"),
        (ClientKey::from_pem(P256.replace('M', "N")), ""),
        (ClientKey::from_jwk(""), "one JWK"),
        (ClientKey::from_jwk("[]"), "one JWK"),
        (ClientKey::from_jwk(r#"{"keys":[]}"#), "one JWK"),
        (
            ClientKey::from_jwk(&changed(json!({ "d": null }))),
            "private",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "d": "canary!" }))),
            "P-256",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "d": "AAAA" }))),
            "P-256",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "x": "AAAA" }))),
            "P-256",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "crv": "P-521" }))),
            "P-256",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "kty": "oct" }))),
            "P-256",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "use": "enc" }))),
            "signatures",
        ),
        (
            ClientKey::from_jwk(&changed(json!({ "alg": "ES512" }))),
            "alg",
        ),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.setting(), "client_private_keys");
        let shown = error.to_string();
        assert!(
            shown.contains(reason) && !shown.contains("canary"),
            "{shown}"
        );
    }
    // A public point that does not belong to the private key.
    let other: Value = serde_json::from_str(&ec_public()).unwrap();
    let mixed = changed(json!({ "x": other["x"], "y": other["y"] }));
    ClientKey::from_jwk(&mixed).unwrap_err();
}

/// Another public key of P-256.
fn ec_public() -> String {
    super::Signer::es256("other").jwk().to_string()
}
