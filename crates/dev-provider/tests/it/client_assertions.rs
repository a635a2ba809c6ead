//! Client authentication with a signed JWT: `client_secret_jwt` and `private_key_jwt` (RFC 7523).

use base64_simd::URL_SAFE_NO_PAD;
use oidc_dev_provider::{Client, DevProvider};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use serde_json::{Value, json};

use crate::support::{
    Answer, CODE_CHALLENGE, CODE_VERIFIER, Parameters, REDIRECT_URI, START, TestClock, Visitor,
    request, with,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET: &str = "shop-secret-shop-secret-shop-secret-shop-secret-shop-secret-shop-secret";
const UNKNOWN: (&str, &str) = ("token", "unknown");

fn jwt(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode_to_string(part.to_string());
    let input = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode_to_string(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn hmac(algorithm: hmac::Algorithm, secret: &str) -> impl FnOnce(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    move |input| hmac::sign(&key, input).as_ref().to_vec()
}

fn hs256(claims: &Value) -> String {
    jwt(
        &json!({"alg": "HS256"}),
        claims,
        hmac(hmac::HMAC_SHA256, SECRET),
    )
}

/// The claims that the provider accepts at [`START`].
fn claims(provider: &DevProvider, jti: &str) -> Value {
    json!({
        "iss": "shop", "sub": "shop", "aud": provider.issuer(), "jti": jti, "exp": START + 60,
    })
}

fn changed(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

async fn start(client: Client) -> (DevProvider, TestClock, Visitor) {
    let clock = TestClock::new();
    let provider = clock.builder().client(client).start().await.unwrap();
    let visitor = Visitor::new(&provider);
    (provider, clock, visitor)
}

fn secret_client() -> Client {
    Client::client_secret_jwt("shop", SECRET)
}

/// Introspects an unknown token. The status is 200 if the client is accepted.
async fn introspect(visitor: &mut Visitor, assertion: &str) -> Answer {
    let fields = [
        UNKNOWN,
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    visitor.post("/introspect", &fields).await
}

async fn assert_refused(visitor: &mut Visitor, assertion: &str, why: &str) {
    let answer = introspect(visitor, assertion).await;
    assert_eq!(answer.status, 401, "{why}");
    assert_eq!(answer.error(), "invalid_client", "{why}");
}

#[tokio::test]
async fn every_endpoint_accepts_an_assertion() {
    let (provider, _clock, mut visitor) = start(secret_client()).await;
    let number = std::cell::Cell::new(0);
    let assertion = || {
        number.set(number.get() + 1);
        hs256(&claims(&provider, &number.get().to_string()))
    };
    let proof = |fields: &[(&'static str, &str)]| {
        let mut fields: Vec<(&str, String)> = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        fields.push(("client_assertion_type", TYPE.to_owned()));
        fields.push(("client_assertion", assertion()));
        fields
    };
    let mut post = async |path: &str, fields: &[(&'static str, &str)]| {
        let fields = proof(fields);
        let fields: Parameters<'_> = fields.iter().map(|(name, it)| (*name, &**it)).collect();
        visitor.post(path, &fields).await
    };

    let pushed = post(
        "/par",
        &[
            ("client_id", "shop"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid offline_access"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    )
    .await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let request_uri = pushed.request_uri().unwrap();
    let mut browser = Visitor::new(&provider);
    let arrival = vec![("client_id", "shop"), ("request_uri", &*request_uri)];
    let code = browser.sign_in("alice", arrival).await;
    let tokens = post(
        "/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", CODE_VERIFIER),
        ],
    )
    .await
    .json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let grant = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let tokens = post("/token", &grant).await.json();
    let token = ("token", tokens["access_token"].as_str().unwrap());
    assert_eq!(post("/introspect", &[token]).await.json()["active"], true);
    assert_eq!(post("/revoke", &[token]).await.status, 200);
    assert_eq!(post("/introspect", &[token]).await.json()["active"], false);
}

#[tokio::test]
async fn an_hmac_of_every_length_is_accepted_under_the_right_secret_only() {
    let (provider, _clock, mut visitor) = start(secret_client()).await;
    for (name, algorithm) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        let (header, claims) = (json!({"alg": name}), claims(&provider, name));
        let wrong = jwt(&header, &claims, hmac(algorithm, "another secret"));
        assert_refused(&mut visitor, &wrong, name).await;
        let right = jwt(&header, &claims, hmac(algorithm, SECRET));
        assert_eq!(introspect(&mut visitor, &right).await.status, 200, "{name}");
    }
    let by_secret = |header: Value| {
        jwt(
            &header,
            &claims(&provider, "1"),
            hmac(hmac::HMAC_SHA256, SECRET),
        )
    };
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "RS256"}),
        json!({}),
        json!({"alg": "HS256", "crit": ["x"], "x": 1}),
    ] {
        let assertion = by_secret(header.clone());
        assert_refused(&mut visitor, &assertion, &header.to_string()).await;
    }
    for malformed in ["a", "a.b.c", "...", "é.é.é", "e30.e30.e30.e30"] {
        assert_refused(&mut visitor, malformed, malformed).await;
    }
}

/// A generated key: the public JWK, and a function that signs.
fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &str, length: usize) -> (Value, Signer) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(length);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    let jwk = json!({"kty": "EC", "crv": curve, "kid": curve, "x": encode(x), "y": encode(y)});
    let sign = move |input: &[u8]| pair.sign(&random, input).unwrap().as_ref().to_vec();
    (jwk, Box::new(sign))
}

fn ed25519() -> (Value, Signer) {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let x = URL_SAFE_NO_PAD.encode_to_string(pair.public_key());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "Ed25519", "x": x});
    (
        jwk,
        Box::new(move |input| pair.sign(input).as_ref().to_vec()),
    )
}

type Signer = Box<dyn Fn(&[u8]) -> Vec<u8>>;

#[tokio::test]
async fn a_signature_is_accepted_by_the_registered_key_only() {
    let keys = [
        ("ES256", ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32)),
        ("ES384", ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", 48)),
        ("EdDSA", ed25519()),
    ];
    let jwks: Vec<_> = keys.iter().map(|(_, (jwk, _))| jwk).collect();
    let jwks = json!({"keys": jwks}).to_string();
    let client = Client::private_key_jwt("shop", &jwks).unwrap();
    let (provider, _clock, mut visitor) = start(client).await;
    let (_, unregistered) = ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32);
    for (number, (algorithm, (jwk, sign))) in keys.iter().enumerate() {
        let claims = |kind: &str| claims(&provider, &format!("{kind} {number}"));
        let header = json!({"alg": algorithm, "kid": jwk["kid"]});
        let wrong = jwt(&header, &claims("wrong"), &unregistered);
        assert_refused(&mut visitor, &wrong, algorithm).await;
        let other = json!({"alg": algorithm, "kid": "other"});
        let wrong = jwt(&other, &claims("kid"), sign);
        assert_refused(&mut visitor, &wrong, "another kid").await;
        for header in [header, json!({"alg": algorithm})] {
            let assertion = jwt(&header, &claims(&header.to_string()), sign);
            let answer = introspect(&mut visitor, &assertion).await;
            assert_eq!(answer.status, 200, "{header}");
        }
    }
    // A public key is no secret, so it must not be the key of an HMAC.
    let x = keys[0].1.0["x"].as_str().unwrap();
    let confused = jwt(
        &json!({"alg": "HS256"}),
        &claims(&provider, "hmac"),
        hmac(hmac::HMAC_SHA256, x),
    );
    assert_refused(&mut visitor, &confused, "HS256").await;
}

#[tokio::test]
async fn the_algorithm_of_the_header_must_be_that_of_the_key() {
    let (p256, sign) = ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32);
    for (algorithm_of_key, algorithm, status) in [
        (None, "ES256", 200),
        (None, "ES384", 401),
        (None, "EdDSA", 401),
        (Some("ES256"), "ES256", 200),
        (Some("ES384"), "ES256", 401),
        (Some("ES384"), "ES384", 401),
    ] {
        let mut jwk = p256.clone();
        if let Some(algorithm) = algorithm_of_key {
            jwk["alg"] = json!(algorithm);
        }
        let jwks = json!({"keys": [jwk]}).to_string();
        let client = Client::private_key_jwt("shop", &jwks).unwrap();
        let (provider, _clock, mut visitor) = start(client).await;
        let header = json!({"alg": algorithm});
        let assertion = jwt(&header, &claims(&provider, "1"), &sign);
        let answer = introspect(&mut visitor, &assertion).await;
        assert_eq!(answer.status, status, "{algorithm_of_key:?} {algorithm}");
    }
}

#[tokio::test]
async fn an_assertion_is_for_this_provider_and_from_this_client() {
    let (provider, _clock, mut visitor) = start(secret_client()).await;
    let issuer = provider.issuer();
    let token_endpoint = format!("{issuer}/token");
    let par_endpoint = format!("{issuer}/par");
    for (number, audience) in [
        json!(issuer),
        json!(token_endpoint),
        json!(["https://other.example", issuer]),
    ]
    .into_iter()
    .enumerate()
    {
        let claims = changed(claims(&provider, &number.to_string()), "aud", audience);
        let answer = introspect(&mut visitor, &hs256(&claims)).await;
        assert_eq!(answer.status, 200, "{claims}");
    }
    for (name, value) in [
        ("iss", json!("another")),
        ("iss", Value::Null),
        ("sub", json!("another")),
        ("sub", json!("dev-client")),
        ("sub", Value::Null),
        ("aud", json!("https://other.example")),
        ("aud", json!(["https://other.example"])),
        ("aud", json!(format!("{issuer}/"))),
        ("aud", json!(par_endpoint)),
        ("aud", Value::Null),
    ] {
        let claims = changed(claims(&provider, "refused"), name, value);
        assert_refused(&mut visitor, &hs256(&claims), &claims.to_string()).await;
    }
    // The parameter does not replace the claim.
    let claims_of_another = changed(claims(&provider, "refused"), "sub", json!("another"));
    let assertion = hs256(&claims_of_another);
    let fields = [
        UNKNOWN,
        ("client_id", "shop"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = visitor.post("/introspect", &fields).await;
    assert_eq!(answer.error(), "invalid_client");
    // The endpoint for pushed requests accepts its own URL too (RFC 9126 section 2).
    let claims = changed(claims(&provider, "pushed"), "aud", json!(par_endpoint));
    let assertion = hs256(&claims);
    let push = with(request(), "client_id", "shop");
    let push = with(push, "client_assertion_type", TYPE);
    let push = with(push, "client_assertion", &assertion);
    assert_eq!(visitor.post("/par", &push).await.status, 201);
}

#[tokio::test]
async fn an_assertion_is_valid_for_a_few_minutes() {
    let (provider, _clock, mut visitor) = start(secret_client()).await;
    for (name, value, status) in [
        ("exp", json!(START), 401),
        ("exp", json!(START - 60), 401),
        ("exp", json!(START + 1), 200),
        ("exp", json!(START + 300), 200),
        ("exp", json!(START + 301), 401),
        ("exp", json!("soon"), 401),
        ("exp", Value::Null, 401),
        ("nbf", json!(START + 1), 401),
        ("nbf", json!("now"), 401),
        ("nbf", json!(START), 200),
        ("jti", json!(""), 401),
        ("jti", json!(7), 401),
        ("jti", Value::Null, 401),
    ] {
        let jti = format!("{name} {value}");
        let claims = changed(claims(&provider, &jti), name, value);
        let answer = introspect(&mut visitor, &hs256(&claims)).await;
        assert_eq!(answer.status, status, "{claims}");
    }
}

#[tokio::test]
async fn an_assertion_is_accepted_once() {
    let (provider, clock, mut visitor) = start(secret_client()).await;
    let claims = claims(&provider, "once");
    // A refused assertion does not use up its identifier.
    let refused = changed(claims.clone(), "aud", json!("https://other.example"));
    assert_refused(&mut visitor, &hs256(&refused), "for another provider").await;
    assert_eq!(introspect(&mut visitor, &hs256(&claims)).await.status, 200);

    assert_refused(&mut visitor, &hs256(&claims), "a replay").await;
    let later = changed(claims.clone(), "exp", json!(START + 120));
    assert_refused(&mut visitor, &hs256(&later), "the same jti").await;
    clock.advance(59);
    assert_refused(&mut visitor, &hs256(&claims), "a late replay").await;
    clock.advance(1);
    assert_refused(&mut visitor, &hs256(&claims), "expired").await;
}

#[tokio::test]
async fn no_other_method_is_accepted_beside_it_or_instead_of_it() {
    let (provider, _clock, mut visitor) = start(secret_client()).await;
    let secret = [UNKNOWN, ("client_id", "shop"), ("client_secret", SECRET)];
    let answer = visitor.post("/introspect", &secret).await;
    assert_eq!(answer.error(), "invalid_client");
    let without = [UNKNOWN, ("client_id", "shop")];
    let answer = visitor.post("/revoke", &without).await;
    assert_eq!(answer.error(), "invalid_client");

    let assertion = hs256(&claims(&provider, "1"));
    let proof = [
        UNKNOWN,
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let both = [&proof[..], &secret[1..]].concat();
    let answer = visitor.post("/introspect", &both).await;
    assert_eq!(answer.error(), "invalid_request");
    let answer = visitor
        .post_as(Some("Basic c2hvcDpzaG9w"), "/introspect", &proof)
        .await;
    assert_eq!(answer.error(), "invalid_request");

    for (name, value) in [
        ("client_assertion_type", "another"),
        ("client_assertion_type", ""),
        ("client_assertion", ""),
        ("client_id", "dev-public"),
        ("client_id", "dev-client"),
        ("client_id", "nobody"),
    ] {
        let fields = with(proof.to_vec(), name, value);
        let answer = visitor.post("/introspect", &fields).await;
        assert_eq!(answer.error(), "invalid_client", "{name} {value}");
    }
    let proof = with(proof.to_vec(), "client_id", "shop");
    assert_eq!(visitor.post("/introspect", &proof).await.status, 200);
}

#[tokio::test]
async fn a_client_that_is_registered_for_another_method_needs_that_one() {
    let client = Client::confidential("shop", SECRET);
    let (provider, _clock, mut visitor) = start(client).await;
    let assertion = hs256(&claims(&provider, "1"));
    assert_refused(&mut visitor, &assertion, "a client that sends its secret").await;
}

#[test]
fn keys_that_cannot_verify_are_refused_and_not_shown() {
    let (jwk, _) = ed25519();
    let private = changed(jwk.clone(), "d", json!("canary"));
    let symmetric = json!({"kty": "oct", "k": "canary"});
    let encryption = changed(jwk.clone(), "use", json!("enc"));
    for (jwks, why) in [
        ("canary".to_owned(), "not JSON"),
        (jwk.to_string(), "`keys` is missing"),
        (json!({"keys": []}).to_string(), "no key"),
        (json!({"keys": [encryption]}).to_string(), "no key"),
        (json!({"keys": [jwk, private]}).to_string(), "private key"),
        (json!({"keys": [symmetric]}).to_string(), "private key"),
    ] {
        let error = Client::private_key_jwt("shop", &jwks).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert!(!format!("{:?}", secret_client()).contains(SECRET));
}

#[tokio::test]
async fn the_metadata_list_the_methods_and_algorithms() {
    let (_provider, _clock, mut visitor) = start(secret_client()).await;
    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let metadata = metadata.json();
    for endpoint in ["token", "revocation", "introspection"] {
        let list = |what: &str| {
            let name = format!("{endpoint}_endpoint_auth_{what}_supported");
            let values = metadata[&name].as_array().expect("a list").iter();
            let texts: Vec<_> = values.map(|it| it.as_str().unwrap().to_owned()).collect();
            texts.join(" ")
        };
        let confidential =
            "client_secret_basic client_secret_post client_secret_jwt private_key_jwt";
        let methods = match endpoint {
            "introspection" => confidential.to_owned(),
            _ => format!("{confidential} none"),
        };
        assert_eq!(list("methods"), methods);
        assert_eq!(
            list("signing_alg_values"),
            "HS256 HS384 HS512 ES256 ES384 EdDSA PS256 RS256"
        );
    }
}
