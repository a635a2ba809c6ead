//! A client that authenticates with a signed JWT, at every endpoint of the provider.

use std::collections::HashSet;

use oidc_dev_provider::{Client, RecordedRequest};
use tower_oidc::Provider;
use tower_oidc::provider::{
    AssertionAudience, ClientAuthMethod, ClientKey, HmacAlgorithm, SigningAlgorithm,
};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, url};
use tower_oidc_tests::visits::{EXPIRY, answer, token};

use crate::{log, revoke};

const P256: &str = include_str!("../../crates/relying-party/src/tests/keys/p256.pem");
const ED25519: &str = include_str!("../../crates/relying-party/src/tests/keys/ed25519.pem");
const RSA: &str = include_str!("../../crates/relying-party/src/tests/keys/rsa.pem");
/// HS512 needs a secret of this length.
const LONG_SECRET: &str = "app-secret-app-secret-app-secret-app-secret-app-secret-app-secret";

/// An application at a provider at which this client is registered, and which accepts only pushed
/// authorization requests.
async fn start(client: Client, register: impl FnOnce(Provider) -> Provider) -> App {
    let client = client.redirect_uri(url("/auth/callback"));
    App::registered(
        |provider| {
            provider
                .client(client)
                .require_pushed_authorization_requests(true)
        },
        register,
        |auth| auth,
    )
    .await
}

async fn start_with_key(registered: &ClientKey, used: ClientKey) -> App {
    let jwks = format!(r#"{{"keys": [{}]}}"#, registered.public_jwk());
    let client = Client::private_key_jwt(CLIENT_ID, &jwks).unwrap();
    start(client, |provider| provider.client_private_keys([used])).await
}

fn key(pem: &str) -> ClientKey {
    ClientKey::from_pem(pem).unwrap()
}

/// Makes a request to each endpoint at which the client authenticates, and checks its proofs.
async fn use_every_endpoint(app: &App) {
    let (browser, _server) = revoke::signed_in(app).await;
    let first = token(&browser).await;
    app.clock.advance(EXPIRY);
    assert_ne!(token(&browser).await, first);
    assert_eq!(answer(&browser, "/ask/introspection").await["active"], true);
    assert_eq!(browser.open(&url("/revoke")).await.text(), "Revoked");

    let provider = &app.provider;
    let requests = [
        (provider.pushed_authorization_requests(), 1),
        (provider.token_requests(), 2),
        (provider.introspections(), 1),
        (provider.revocations(), 1),
    ];
    let mut assertions = HashSet::new();
    for (requests, number) in &requests {
        assert_eq!(requests.len(), *number, "{requests:?}");
        assertions.extend(requests.iter().map(assertion));
    }
    assert_eq!(assertions.len(), 5, "each request has its own assertion");
}

fn assertion(request: &RecordedRequest) -> &str {
    assert_eq!(request.authorization(), None);
    assert_eq!(request.parameter("client_secret"), None);
    request.parameter("client_assertion").expect("an assertion")
}

/// A-01, A-02
#[tokio::test]
async fn the_provider_accepts_what_the_secret_signs_at_every_endpoint() {
    for (secret, algorithm) in [
        (CLIENT_SECRET, None),
        (LONG_SECRET, Some(HmacAlgorithm::Hs384)),
        (LONG_SECRET, Some(HmacAlgorithm::Hs512)),
    ] {
        let client = Client::client_secret_jwt(CLIENT_ID, secret);
        let app = start(client, |provider| {
            let provider = provider
                .client_secret(secret)
                .client_auth_method(ClientAuthMethod::ClientSecretJwt);
            match algorithm {
                Some(algorithm) => provider.client_secret_jwt_algorithm(algorithm),
                None => provider,
            }
        })
        .await;
        use_every_endpoint(&app).await;
    }
}

/// A-01, A-02
#[tokio::test]
async fn the_provider_accepts_what_the_private_key_signs_at_every_endpoint() {
    for key in [
        key(P256),
        key(ED25519),
        key(RSA).algorithm(SigningAlgorithm::Rs256),
        key(RSA).algorithm(SigningAlgorithm::Ps256),
    ] {
        let app = start_with_key(&key, key.clone()).await;
        use_every_endpoint(&app).await;
    }
}

/// A-01
#[tokio::test]
async fn the_provider_accepts_assertions_for_its_token_endpoint() {
    let client = Client::client_secret_jwt(CLIENT_ID, CLIENT_SECRET);
    let app = start(client, |provider| {
        provider
            .client_auth_method(ClientAuthMethod::ClientSecretJwt)
            .assertion_audience(AssertionAudience::TokenEndpoint)
    })
    .await;
    use_every_endpoint(&app).await;
}

/// A-02
#[tokio::test]
async fn the_provider_refuses_what_an_unregistered_key_signs_and_logs_why() {
    let app = start_with_key(&key(P256), key(RSA)).await;
    let log = log::record();

    let page = app.browser().open(&url("/auth/sign-in")).await;

    assert!(page.status() >= 500, "{}", page.text());
    let log = log.text();
    assert!(log.contains("a client assertion was refused"), "{log}");
    assert!(log.contains("no registered key has the `kid`"), "{log}");
}
