//! The provider's responses, with any content.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response};
use relying_party::{
    AuthorizationResponse, BoxFuture, Clock, CodeExchange, HttpClient, Provider, RelyingParty,
    SignInTokens, SystemClock, TransactionSecrets, TransportError,
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::ready;

const ISSUER: &str = "https://id.example";
pub(crate) const SEED: [u8; 32] = [7; 32];

static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a seed"));

/// The metadata of the provider.
pub(crate) static METADATA: LazyLock<String> = LazyLock::new(|| {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token",
        "userinfo_endpoint": "https://id.example/userinfo",
        "introspection_endpoint": "https://id.example/introspect",
        "end_session_endpoint": "https://id.example/end",
        "jwks_uri": "https://id.example/jwks",
        "id_token_signing_alg_values_supported": ["EdDSA"],
    })
    .to_string()
});

pub(crate) static JWKS: LazyLock<String> = LazyLock::new(|| {
    let x = URL_SAFE_NO_PAD.encode_to_string(KEY.public_key());
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] }).to_string()
});

/// Answers every request with the same bytes.
#[derive(Debug)]
struct Answer {
    body: Bytes,
    content_type: &'static str,
}

impl Answer {
    fn json(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            content_type: "application/json",
        }
    }
}

impl HttpClient for Answer {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let mut response = Response::new(self.body.clone());
        let content_type = http::HeaderValue::from_static(self.content_type);
        response.headers_mut().insert("content-type", content_type);
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// Settings that need no network.
pub(crate) fn offline() -> Provider {
    Provider::new(ISSUER, "client")
        .metadata_json(METADATA.as_str())
        .jwks_json(JWKS.as_str())
}

pub(crate) fn relying_party(provider: Provider, answer: impl Into<Bytes>) -> RelyingParty {
    answering(provider, answer, "application/json")
}

pub(crate) fn answering(
    provider: Provider,
    answer: impl Into<Bytes>,
    content_type: &'static str,
) -> RelyingParty {
    let http = Arc::new(Answer {
        body: answer.into(),
        content_type,
    });
    RelyingParty::new(provider, http, Arc::new(SystemClock)).expect("settings that work")
}

/// The provider's metadata.
pub fn discovery_document(data: &[u8]) {
    let provider = Provider::new(ISSUER, "client").jwks_json(JWKS.as_str());
    let relying_party = relying_party(provider, data.to_vec());
    let secrets = TransactionSecrets::derive(&SEED, 'a');

    let url = ready(relying_party.authorization_url(
        &Default::default(),
        "https://app.example/auth/callback",
        &secrets,
    ));
    if let Ok(url) = url {
        assert!(url.starts_with("https://"));
    }
    let _ = ready(relying_party.end_session_url(&Default::default()));
}

/// The provider's keys, and a signature that is to be verified with them.
pub fn jwks(data: &[u8]) {
    let _ = verifies(data);
}

/// The same; returns whether the signature was found valid.
pub fn verifies(data: &[u8]) -> bool {
    let provider = Provider::new(ISSUER, "client").metadata_json(METADATA.as_str());
    let http = KeysAndToken {
        keys: Answer::json(data.to_vec()),
        token: Answer::json(token_response_with(&id_token_of_alice())),
    };
    let clock = Arc::new(SystemClock);
    let relying_party =
        RelyingParty::new(provider, Arc::new(http), clock).expect("settings that work");

    let verified = exchange_at(&relying_party).is_some();
    let key = URL_SAFE_NO_PAD.encode_to_string(KEY.public_key());
    let holds_the_key = data.windows(key.len()).any(|part| part == key.as_bytes());
    // A key may be written with escapes, but no fuzzer would find it then.
    assert!(holds_the_key || !verified);
    verified
}

/// The keys for a GET, and a token response for a POST.
#[derive(Debug)]
struct KeysAndToken {
    keys: Answer,
    token: Answer,
}

impl HttpClient for KeysAndToken {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        match *request.method() {
            http::Method::POST => self.token.call(request),
            _ => self.keys.call(request),
        }
    }
}

/// An ID token that stays valid for a very long time.
pub(crate) fn id_token_of_alice() -> String {
    let secrets = TransactionSecrets::derive(&SEED, 'a');
    let claims = json!({
        "iss": ISSUER,
        "sub": "alice",
        "aud": "client",
        "exp": 99_999_999_999_u64,
        "iat": 1_700_000_000,
        "nonce": secrets.nonce(),
        "name": "Alice",
    });
    signed(claims.to_string().as_bytes())
}

pub(crate) fn signed(claims: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode_to_string(br#"{"alg":"EdDSA"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode_to_string(claims));
    let signature = URL_SAFE_NO_PAD.encode_to_string(KEY.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// The response of the token endpoint.
pub fn token_response(data: &[u8]) {
    assert!(exchange(data.to_vec()).is_none());
}

/// An ID token that the provider did not sign.
pub fn id_token(data: &[u8]) {
    if let Ok(id_token) = std::str::from_utf8(data) {
        assert!(exchange(token_response_with(id_token)).is_none());
    }
}

/// The claims of an ID token that the provider signed.
pub fn id_token_claims(data: &[u8]) {
    if let Some(tokens) = exchange(token_response_with(&signed(data))) {
        let claims: Value = serde_json::from_slice(data).expect("what was accepted is JSON");
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["sub"], tokens.id_token().claims().sub());
        let secrets = TransactionSecrets::derive(&SEED, 'a');
        assert_eq!(claims["nonce"], secrets.nonce());
    }
}

/// The time of the corpus: a logout token is valid for some minutes only.
#[derive(Debug)]
struct TimeOfTheCorpus;

impl Clock for TimeOfTheCorpus {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }
}

/// A logout token: as a stranger sends it, and with these claims, signed by the provider.
pub fn logout_token(data: &[u8]) {
    let _ = ends_sessions(data);
}

/// The same; returns whether the signed token was accepted.
pub fn ends_sessions(data: &[u8]) -> bool {
    let http = Arc::new(Answer::json(""));
    let relying_party = RelyingParty::new(offline(), http, Arc::new(TimeOfTheCorpus));
    let relying_party = relying_party.expect("settings that work");
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(ready(relying_party.verify_logout_token(text)).is_err());
    }
    let Ok(token) = ready(relying_party.verify_logout_token(&signed(data))) else {
        return false;
    };
    let claims: Value = serde_json::from_slice(data).expect("what was accepted is JSON");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["iss"], token.iss());
    assert!(token.sub().is_some() || token.sid().is_some());
    assert!(claims["events"].is_object());
    assert!(claims.get("nonce").is_none());
    true
}

pub(crate) fn token_response_with(id_token: &str) -> Vec<u8> {
    json!({ "access_token": "token", "token_type": "Bearer", "id_token": id_token })
        .to_string()
        .into_bytes()
}

pub(crate) fn exchange(answer: Vec<u8>) -> Option<SignInTokens> {
    exchange_at(&relying_party(offline(), answer))
}

fn exchange_at(relying_party: &RelyingParty) -> Option<SignInTokens> {
    let secrets = TransactionSecrets::derive(&SEED, 'a');
    let query = format!("code=code&state={}", secrets.state());
    let response = AuthorizationResponse::parse(Some(&query)).expect("a well-formed response");
    let code = ready(relying_party.validate(response, &secrets)).expect("no `iss` is promised");
    let exchange = CodeExchange::new("https://app.example/auth/callback", &secrets);
    ready(relying_party.exchange_code(code, exchange)).ok()
}
