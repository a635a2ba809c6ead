//! Providers that a resolver finds, and whose settings could harm the users of another provider.

use axum::body::Body;
use http::{Request, Response, StatusCode};
use tower::{Layer, ServiceExt};
use tower_oidc::hooks::BoxError;
use tower_oidc::provider::{AssertionAudience, ClientKey, ProviderQuery, ResolvedProvider};
use tower_oidc::{AuthLayer, Provider};
use tower_oidc_tests::app::{ORIGIN, SECRET};

use crate::log;

const TENANT: &str = "https://id.acme.example";
const OWN: &str = "https://id.example";

/// How a sign-in at a resolved provider is answered, beside one of the configuration, and what the log says.
async fn sign_in(own: Provider, resolved: Provider) -> (StatusCode, String) {
    sign_in_at(ORIGIN, own, resolved).await
}

async fn sign_in_at(base_url: &str, own: Provider, resolved: Provider) -> (StatusCode, String) {
    let resolve = move |query: ProviderQuery| {
        let found = query
            .key()
            .map(|key| ResolvedProvider::new(key, resolved.clone()));
        async move { Ok::<_, BoxError>(found) }
    };
    let auth = AuthLayer::builder()
        .provider_resolver(resolve)
        .provider_with_id("own", own)
        .base_url(base_url)
        .cookie_secret(SECRET)
        .build()
        .unwrap();
    let log = log::record();
    let service = auth.layer(tower::service_fn(|_: Request<Body>| async {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    }));
    let request = Request::get("/auth/sign-in/acme").body(Body::empty());
    let response = service.oneshot(request.unwrap()).await.unwrap();
    (response.status(), log.text())
}

/// A provider of which nothing needs to be discovered but, perhaps, its token endpoint.
fn provider(issuer: &str) -> Provider {
    Provider::new(issuer, "app")
        .authorization_endpoint(format!("{issuer}/auth"))
        .jwks_uri(format!("{issuer}/jwks"))
}

fn with_token_endpoint(issuer: &str) -> Provider {
    provider(issuer).token_endpoint(format!("{issuer}/token"))
}

fn key() -> ClientKey {
    ClientKey::from_pem(include_str!(
        "../../../crates/relying-party/src/tests/keys/p256.pem"
    ))
    .unwrap()
}

fn with_key(provider: Provider, audience: AssertionAudience) -> Provider {
    provider
        .client_private_keys([key()])
        .assertion_audience(audience)
}

#[track_caller]
fn assert_refused((status, log): &(StatusCode, String), setting: &str) {
    assert_eq!(*status, StatusCode::SERVICE_UNAVAILABLE, "{log}");
    assert!(log.contains("ERROR") && log.contains(setting), "{log}");
}

/// Y-19
#[tokio::test]
async fn metadata_of_a_resolved_provider_do_not_decide_for_whom_assertions_are() {
    use AssertionAudience::{Issuer, TokenEndpoint};
    let template = format!("{TENANT}/{{tenantid}}/v2");
    let of_tenants = || {
        let discovery = format!("{TENANT}/common/.well-known/openid-configuration");
        provider(&template).any_tenant().discovery_url(discovery)
    };

    for refused in [
        with_key(provider(TENANT), TokenEndpoint),
        with_key(of_tenants(), Issuer),
    ] {
        let answer = sign_in(with_token_endpoint(OWN), refused).await;
        assert_refused(&answer, "token_endpoint");
    }

    let fixed = with_key(with_token_endpoint(TENANT), TokenEndpoint);
    let (status, log) = sign_in(with_token_endpoint(OWN), fixed).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{log}");
}

/// Y-19
#[tokio::test]
async fn a_resolved_provider_does_not_accept_the_issuer_of_a_registered_one() {
    let resolved = with_token_endpoint(TENANT).accepted_issuers([OWN]);

    let answer = sign_in(with_token_endpoint(OWN), resolved).await;

    assert_refused(&answer, "accepted_issuers");
}

/// Y-19
#[tokio::test]
async fn a_resolved_provider_does_not_share_a_key_whose_assertions_are_for_a_token_endpoint() {
    use AssertionAudience::{Issuer, TokenEndpoint};
    for (own, resolved, is_refused) in [
        (Issuer, Issuer, false),
        (TokenEndpoint, Issuer, true),
        (Issuer, TokenEndpoint, true),
    ] {
        let own = with_key(with_token_endpoint(OWN), own);
        let resolved = with_key(with_token_endpoint(TENANT), resolved);
        let answer = sign_in(own, resolved).await;
        match is_refused {
            true => assert_refused(&answer, "client_private_keys"),
            false => assert_eq!(answer.0, StatusCode::SEE_OTHER),
        }
    }
}

/// Y-20
#[tokio::test]
async fn a_resolved_provider_in_an_internal_network_is_refused_unless_the_application_allows_it() {
    const LOCAL: &str = "http://127.0.0.1:1";
    const BASE_URL: &str = "http://localhost:3000";
    let local = || with_token_endpoint(LOCAL);
    let own = || with_token_endpoint(OWN);

    assert_refused(&sign_in(own(), local()).await, "allow_internal_addresses");
    let answer = sign_in(own(), local().allow_internal_addresses(true)).await;
    assert_eq!(answer.0, StatusCode::SEE_OTHER, "{}", answer.1);
    let answer = sign_in_at(BASE_URL, own(), local()).await;
    assert_eq!(answer.0, StatusCode::SEE_OTHER, "{}", answer.1);
    let answer = sign_in_at(BASE_URL, own(), local().allow_internal_addresses(false)).await;
    assert_refused(&answer, "allow_internal_addresses");
}
