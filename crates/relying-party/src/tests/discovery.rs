//! The discovery document, and when it is fetched.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::{Value, json};

use super::provider::FakeProvider;
use super::{HandClock, SignIn, Signer, join_all};
use crate::{AuthorizationRequest, Error, ErrorKind, Provider, RelyingParty, TransportErrorKind};

const DOCUMENT: &str = "/.well-known/openid-configuration";

impl SignIn {
    pub(super) fn document_requests(&self) -> usize {
        self.op.requests_to(DOCUMENT).len()
    }

    async fn discovery_of(changes: &Value) -> Result<(), Error> {
        let sign_in = Self::new();
        sign_in.op.publish(changes);
        sign_in.relying_party.discover().await
    }
}

#[tokio::test]
async fn nothing_is_fetched_before_it_is_needed_and_then_once_an_hour() {
    let sign_in = SignIn::new();
    assert_eq!(sign_in.document_requests(), 0);
    let results = join_all((0..64).map(|_| sign_in.relying_party.discover())).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(sign_in.document_requests(), 1);

    sign_in.clock.advance(Duration::from_secs(3599));
    sign_in.relying_party.discover().await.unwrap();
    assert_eq!(sign_in.document_requests(), 1);
    sign_in.clock.advance(Duration::from_secs(1));
    sign_in.relying_party.discover().await.unwrap();
    assert_eq!(sign_in.document_requests(), 2);
}

#[tokio::test]
async fn concurrent_callers_share_a_failure_and_the_fetch_is_repeated_after_a_second() {
    let sign_in = SignIn::new();
    sign_in.op.fail_with(DOCUMENT, TransportErrorKind::Connect);
    for error in join_all((0..64).map(|_| sign_in.relying_party.discover())).await {
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Transport, "discovery.unreachable")
        );
        assert!(error.is_transient());
    }
    assert_eq!(sign_in.document_requests(), 1);

    sign_in.op.publish(&json!({}));
    sign_in.relying_party.discover().await.unwrap_err();
    sign_in.clock.advance(Duration::from_secs(1));
    sign_in.relying_party.discover().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_caller_leaves_the_fetch_to_the_next() {
    let sign_in = SignIn::new();
    {
        let mut cancelled = Box::pin(sign_in.relying_party.discover());
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(cancelled.as_mut().poll(cx).is_pending());
    }
    assert_eq!(sign_in.document_requests(), 1);
    sign_in.relying_party.discover().await.unwrap();
    assert_eq!(sign_in.document_requests(), 2);
}

/// A provider outage does not affect sign-ins that need only cached documents.
#[tokio::test]
async fn stale_metadata_are_used_for_a_day_while_the_provider_is_down() {
    let sign_in = SignIn::new();
    sign_in.relying_party.discover().await.unwrap();
    sign_in.op.answer(DOCUMENT, 503, "");
    sign_in.clock.advance(Duration::from_secs(20 * 3600));
    let request = AuthorizationRequest::default();
    let url = || {
        sign_in
            .relying_party
            .authorization_url(&request, "https://app.example", &sign_in.secrets)
    };
    url().await.unwrap();
    url().await.unwrap();
    assert_eq!(
        sign_in.document_requests(),
        2,
        "a failing provider is not asked by every caller"
    );
    // An hour of freshness, and a day.
    sign_in.clock.advance(Duration::from_secs(5 * 3600));
    assert_eq!(url().await.unwrap_err().code(), "discovery.unavailable");
}

#[tokio::test]
async fn a_clock_that_is_set_back_only_causes_a_fetch() {
    let op = FakeProvider::new(&[]);
    let clock = HandClock::new();
    let provider = Provider::new(super::ISSUER, "id").end_session_endpoint("https://op.example/e");
    let relying_party =
        RelyingParty::new(provider, Arc::new(op.clone()), Arc::new(clock.clone())).unwrap();
    let request = AuthorizationRequest::default();
    let secrets = crate::TransactionSecrets::derive(&[1; 32], 'a');
    relying_party
        .authorization_url(&request, "https://a.example", &secrets)
        .await
        .unwrap();
    *clock.0.lock().unwrap() -= Duration::from_secs(3600);
    relying_party
        .authorization_url(&request, "https://a.example", &secrets)
        .await
        .unwrap();
    assert_eq!(op.requests_to(DOCUMENT).len(), 2);
}

/// The OpenID Foundation's conformance test `discovery-issuer-mismatch`.
#[tokio::test]
async fn a_document_with_a_malformed_member_is_refused() {
    let cases = [
        (
            json!({ "issuer": "https://op.example/" }),
            "discovery.issuer_mismatch",
        ),
        (
            json!({ "issuer": "https://evil.example" }),
            "discovery.issuer_mismatch",
        ),
        (json!({ "issuer": null }), "discovery.malformed"),
        (json!({ "jwks_uri": null }), "discovery.malformed"),
        (json!({ "token_endpoint": null }), "discovery.malformed"),
        (json!({ "token_endpoint": 1 }), "discovery.malformed"),
        (
            json!({ "token_endpoint": "http://op.example/token" }),
            "discovery.endpoint",
        ),
        (
            json!({ "token_endpoint": "http://localhost/token" }),
            "discovery.endpoint",
        ),
        (
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
            "discovery.endpoint",
        ),
        (json!({ "jwks_uri": "/jwks" }), "discovery.endpoint"),
    ];
    for (changes, expected) in cases {
        let error = SignIn::discovery_of(&changes).await.unwrap_err();
        assert_eq!(error.code(), expected, "{changes}");
        assert_eq!(error.kind(), ErrorKind::Provider);
    }
}

#[tokio::test]
async fn a_public_provider_cannot_direct_requests_into_a_private_network() {
    for host in [
        "169.254.169.254",
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",
        "0.0.0.1",
        "localhost.",
        "a.localhost.",
        "vault",
        "metadata.google.internal",
        "100.64.0.1",
        "255.255.255.255",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
    ] {
        let changes = json!({ "jwks_uri": format!("https://{host}/jwks") });
        let error = SignIn::discovery_of(&changes).await.unwrap_err();
        assert_eq!(error.code(), "discovery.private_endpoint", "{host}");
        assert!(error.detail().unwrap().contains("/jwks"), "{error}");
    }
}

#[tokio::test]
async fn a_discovery_url_in_an_internal_network_allows_endpoints_there() {
    let sign_in = SignIn::with(|provider| provider.discovery_url("https://keycloak.local/d"));
    let document = json!({
        "issuer": super::ISSUER, "authorization_endpoint": "https://op.example/authorize",
        "token_endpoint": "https://keycloak.local/token", "jwks_uri": "https://keycloak.local/jwks",
    });
    sign_in.op.answer("/d", 200, &document.to_string());
    sign_in.relying_party.discover().await.unwrap();
}

#[tokio::test]
async fn members_that_no_flow_needs_may_be_missing_or_malformed() {
    let changes = json!({
        "response_types_supported": null, "subject_types_supported": null,
        "op_policy_uri": "relative", "scopes_supported": null, "userinfo_endpoint": null,
        "id_token_signing_alg_values_supported": ["ES384", "ML-DSA-44"],
    });
    SignIn::discovery_of(&changes).await.unwrap();
}

#[tokio::test]
async fn a_response_that_is_not_a_discovery_document_is_refused() {
    for (status, body, expected) in [
        (200, "<html>", "discovery.malformed"),
        (200, "", "discovery.malformed"),
        (200, "[]", "discovery.malformed"),
        (200, "\u{feff}{}", "discovery.malformed"),
        (302, "", "discovery.redirect"),
        (404, "", "discovery.status"),
        (500, "", "discovery.unavailable"),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.answer(DOCUMENT, status, body);
        let error = sign_in.relying_party.discover().await.unwrap_err();
        assert_eq!(error.code(), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn the_documents_url_has_no_double_slash() {
    let op = FakeProvider::new(&[&Signer::es384("key-1")]);
    for (issuer, path) in [
        ("https://op.example", DOCUMENT),
        ("https://op.example/", DOCUMENT),
        (
            "https://op.example/oidc/",
            "/oidc/.well-known/openid-configuration",
        ),
    ] {
        let provider = Provider::new(issuer, "id");
        let clock = Arc::new(HandClock::new());
        let relying_party = RelyingParty::new(provider, Arc::new(op.clone()), clock).unwrap();
        let before = op.requests_to(path).len();
        let _ = relying_party.discover().await;
        assert_eq!(op.requests_to(path).len(), before + 1, "{issuer}");
    }
}

#[tokio::test]
async fn metadata_that_are_set_are_never_fetched() {
    let metadata = json!({
        "issuer": super::ISSUER, "authorization_endpoint": "https://op.example/authorize",
        "token_endpoint": "https://10.0.0.1/token", "jwks_uri": "https://op.example/jwks",
        "id_token_signing_alg_values_supported": ["ES384"],
    });
    let sign_in = SignIn::with(|provider| provider.metadata_json(metadata.to_string()));
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.document_requests(), 0);
}
