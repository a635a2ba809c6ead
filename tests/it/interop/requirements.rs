//! What a certified provider may require of a client, one requirement at a time: with each of them, users
//! sign in, their tokens are refreshed, introspected and revoked, and they sign out.

use base64_simd::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use serde_json::Value;
use tower_oidc::provider::{ClientAuthMethod, ClientKey, ResponseMode, SigningAlgorithm};
use tower_oidc::{AuthLayerBuilder, Prompt, Provider};
use tower_oidc_tests::App;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{answer, token};

use super::certificate::WithCertificate;
use super::site::{Site, USER, client, header, sign_in};

const RSA: &str = include_str!("../../../crates/relying-party/src/tests/keys/rsa.pem");

/// What a signed-in user causes with these settings, from the sign-in to the sign-out. Returns the ID
/// token and the requests of the client, all of which succeeded.
async fn signed_in_and_out(
    settings: &[(&str, &str)],
    register: impl FnOnce(&str) -> Provider,
) -> (Value, Vec<Value>) {
    signed_in_and_out_with(settings, register, |auth| auth).await
}

/// The same with settings of the layer.
async fn signed_in_and_out_with(
    settings: &[(&str, &str)],
    register: impl FnOnce(&str) -> Provider,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (Value, Vec<Value>) {
    let site = Site::with(settings, register, configure).await;
    let browser = site.browser();
    let who = sign_in(&browser).await.json();
    assert_eq!(who["state"], "Authenticated", "{settings:?}");
    assert_eq!(who["claims"]["sub"], USER);

    let first = token(&browser).await;
    assert_ne!(answer(&browser, "/refresh").await["token"], first);
    let introspection = answer(&browser, "/ask/introspection").await;
    assert_eq!(introspection["active"], true, "{introspection}");
    assert_eq!(introspection["client_id"], who["claims"]["aud"]);

    let question = browser.open(&url("/auth/sign-out")).await;
    let question = question.press("Sign out").await;
    assert!(App::cookies(&browser).is_empty());
    let page = question.press("Yes, sign me out").await;
    assert_eq!(
        (page.url().as_str(), page.text()),
        (&*url("/"), "nobody".to_owned())
    );

    let requests = site.provider.client_requests().await;
    for request in &requests {
        assert!(
            matches!(request["status"].as_u64(), Some(200 | 201)),
            "{request}"
        );
    }
    for (route, count) in [("token", 2), ("introspection", 1), ("revocation", 1)] {
        assert_eq!(
            of(&requests, route).len(),
            count,
            "{route} with {settings:?}"
        );
    }
    (who["id_token"].clone(), requests)
}

fn of<'a>(requests: &'a [Value], route: &str) -> Vec<&'a Value> {
    let requests = requests.iter();
    requests
        .filter(|request| request["route"] == route)
        .collect()
}

fn public(issuer: &str) -> Provider {
    Provider::new(issuer, "public").prompt(Prompt::Consent)
}

fn with_certificate(issuer: &str) -> Provider {
    Provider::new(issuer, "certificate")
        .prompt(Prompt::Consent)
        .client_auth_method(ClientAuthMethod::TlsClientAuth)
}

/// The claims of an assertion.
fn claims(assertion: &Value) -> Value {
    let payload = assertion.as_str().and_then(|jwt| jwt.split('.').nth(1));
    let payload = URL_SAFE_NO_PAD.decode_to_vec(payload.expect("an assertion"));
    serde_json::from_slice(&payload.expect("base64url")).expect("JSON")
}

/// Each request has another assertion, signed with this algorithm, and no secret.
fn assert_assertions(requests: &[Value], algorithm: &str) {
    let mut identifiers = Vec::new();
    for request in requests {
        let form = &request["form"];
        assert_eq!(request["authorization"], Value::Null);
        assert_eq!(form["client_secret"], Value::Null);
        assert_eq!(header(&form["client_assertion"], "alg"), algorithm);
        let claims = claims(&form["client_assertion"]);
        assert!(claims["aud"].is_string(), "{claims}");
        identifiers.push(claims["jti"].as_str().expect("an identifier").to_owned());
    }
    let count = identifiers.len();
    identifiers.sort();
    identifiers.dedup();
    assert_eq!(identifiers.len(), count);
}

#[tokio::test]
async fn a_provider_may_require_the_secret_in_the_header_or_in_the_form_or_no_secret() {
    let basic = [("CLIENT_AUTH", "client_secret_basic")];
    let (_, requests) = signed_in_and_out(&basic, |issuer| client(issuer, "basic")).await;
    assert!(requests.iter().all(|it| it["authorization"].is_string()));

    let post = [("CLIENT_AUTH", "client_secret_post")];
    let (_, requests) = signed_in_and_out(&post, |issuer| client(issuer, "post")).await;
    assert!(
        requests
            .iter()
            .all(|it| it["form"]["client_secret"].is_string())
    );

    let none = [("CLIENT_AUTH", "none")];
    let (_, requests) = signed_in_and_out(&none, public).await;
    assert!(
        requests
            .iter()
            .all(|it| it["form"]["client_id"] == "public")
    );
}

#[tokio::test]
async fn a_provider_may_require_assertions_that_are_signed_with_the_secret() {
    let settings = [("CLIENT_AUTH", "client_secret_jwt")];

    let (_, requests) = signed_in_and_out(&settings, |issuer| client(issuer, "secret-jwt")).await;

    assert_assertions(&requests, "HS256");
}

#[tokio::test]
async fn a_provider_may_require_assertions_that_are_signed_with_a_key() {
    let generated = |algorithm| {
        let pem = KeyPair::generate_for(algorithm).unwrap().serialize_pem();
        ClientKey::from_pem(pem).unwrap()
    };
    let rsa = ClientKey::from_pem(RSA).unwrap();
    for (name, key) in [
        ("ES256", generated(&PKCS_ECDSA_P256_SHA256)),
        ("EdDSA", generated(&PKCS_ED25519)),
        ("PS256", rsa.algorithm(SigningAlgorithm::Ps256)),
    ] {
        let id = format!("key-{}", name.to_lowercase());
        let register = |issuer: &str| {
            Provider::new(issuer, id.as_str())
                .prompt(Prompt::Consent)
                .client_private_keys([key.clone()])
        };
        let keys = register("https://op.example").client_keys_json();
        let settings = [("CLIENT_AUTH", "private_key_jwt"), ("CLIENT_KEYS", &keys)];

        let (_, requests) = signed_in_and_out(&settings, register).await;

        assert_assertions(&requests, name);
    }
}

/// RFC 8705: the certificate of the connection is the credential.
#[tokio::test]
async fn a_provider_may_require_a_certificate() {
    let settings = [("CLIENT_AUTH", "tls_client_auth")];

    let (_, requests) = signed_in_and_out_with(&settings, with_certificate, |auth| {
        auth.http_client(WithCertificate::of("certificate"))
    })
    .await;

    for request in &requests {
        assert_eq!(request["authorization"], Value::Null);
        assert_eq!(request["form"]["client_id"], "certificate");
        assert_eq!(request["form"]["client_secret"], Value::Null);
    }
}

/// The certificate of another client is refused.
#[tokio::test]
async fn a_certificate_of_another_client_signs_nobody_in() {
    let settings = [("CLIENT_AUTH", "tls_client_auth")];
    let site = Site::with(&settings, with_certificate, |auth| {
        auth.http_client(WithCertificate::of("another"))
    })
    .await;

    let page = sign_in(&site.browser()).await;

    assert_eq!(page.status(), 500);
}

/// RFC 9126: the browser carries a reference instead of the parameters.
#[tokio::test]
async fn a_provider_may_require_pushed_authorization_requests() {
    let required = [("PAR", "required")];
    for id in ["basic", "post", "public"] {
        let register = |issuer: &str| match id {
            "public" => public(issuer),
            _ => client(issuer, id),
        };

        let (_, requests) = signed_in_and_out(&required, register).await;

        let pushed = of(&requests, "pushed_authorization_request");
        assert_eq!(pushed.len(), 1, "{id}");
        assert_eq!(pushed[0]["form"]["response_type"], "code");
    }
}

/// The same with the registration of the client, which the metadata do not show.
#[tokio::test]
async fn a_provider_may_require_pushed_authorization_requests_of_one_client() {
    let register = |issuer: &str| client(issuer, "par").pushed_authorization_requests(true);

    let (_, requests) = signed_in_and_out(&[], register).await;

    assert_eq!(of(&requests, "pushed_authorization_request").len(), 1);
}

/// OAuth 2.0 Form Post Response Mode.
#[tokio::test]
async fn a_provider_may_post_its_answers_only() {
    let settings = [("RESPONSE_MODES", "form_post")];
    let register = |issuer: &str| client(issuer, "form-post").response_mode(ResponseMode::FormPost);

    signed_in_and_out(&settings, register).await;
}

#[tokio::test]
async fn a_provider_may_sign_id_tokens_with_the_secret_only() {
    let settings = [("ID_ALGORITHMS", "HS256")];
    let register = |issuer: &str| client(issuer, "hs256").algorithms([SigningAlgorithm::Hs256]);

    let (id_token, _) = signed_in_and_out(&settings, register).await;

    assert_eq!(header(&id_token, "alg"), "HS256");
}
