//! Endpoints that are set: each replaces what the provider publishes, and those that a sign-in needs
//! replace discovery.

use std::time::Duration;

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{HandClock, ISSUER, SignIn, Signer, alice, token_response};
use crate::{
    AuthorizationRequest, EndSessionRequest, Provider, RefreshRequest, Revocation,
    SigningAlgorithm, TokenTypeHint,
};

/// All that a sign-in needs.
fn without_discovery(provider: Provider) -> Provider {
    provider
        .authorization_endpoint(format!("{ISSUER}/set/authorize"))
        .token_endpoint(format!("{ISSUER}/set/token"))
        .jwks_uri(format!("{ISSUER}/set/jwks"))
        .algorithms([SigningAlgorithm::Es384])
}

fn with_all_endpoints(provider: Provider) -> Provider {
    without_discovery(provider)
        .user_info_endpoint(format!("{ISSUER}/set/userinfo"))
        .end_session_endpoint(format!("{ISSUER}/set/end"))
        .introspection_endpoint(format!("{ISSUER}/set/introspect"))
        .revocation_endpoint(format!("{ISSUER}/set/revoke"))
}

impl SignIn {
    fn publish_keys_at(&self, path: &str) {
        let keys = json!({ "keys": [self.signer.jwk()] });
        self.op.answer(path, 200, &keys.to_string());
    }

    /// Exchanges the code at this path.
    async fn exchange_at(&self, path: &str) -> Result<crate::SignInTokens, crate::Error> {
        let id_token = self.signer.sign(&self.claims(json!({})));
        let response = token_response(&id_token).to_string();
        self.op.answer(path, 200, &response);
        self.exchange(|exchange| exchange).await
    }

    async fn authorization_url(&self) -> String {
        let request = AuthorizationRequest::default();
        let url = self.relying_party.authorization_url(
            &request,
            "https://app.example/callback",
            &self.secrets,
        );
        url.await.unwrap()
    }

    pub(super) async fn end_session_url(&self) -> Option<String> {
        let request = EndSessionRequest::new();
        self.relying_party.end_session_url(&request).await.unwrap()
    }

    /// Returns whether neither the provider's metadata nor its keys were requested.
    fn has_not_requested_published_documents(&self) -> bool {
        let published = ["/token", "/jwks", "/userinfo", "/introspect", "/revoke"];
        self.document_requests() == 0
            && published
                .iter()
                .all(|path| self.op.requests_to(path).is_empty())
    }
}

#[tokio::test]
async fn no_metadata_are_fetched_if_all_that_a_sign_in_needs_is_set() {
    let sign_in = SignIn::with(without_discovery);
    sign_in.publish_keys_at("/set/jwks");

    sign_in.relying_party.discover().await.unwrap();
    let url = sign_in.authorization_url().await;
    let tokens = sign_in.exchange_at("/set/token").await.unwrap();

    assert!(
        url.starts_with(&format!("{ISSUER}/set/authorize?")),
        "{url}"
    );
    assert_eq!(tokens.id_token().claims().sub(), "alice");
    assert_eq!(sign_in.op.requests_to("/set/jwks").len(), 1);
    assert!(sign_in.has_not_requested_published_documents());

    // For as long as metadata that were fetched would stay fresh, and after that.
    sign_in.clock.advance(Duration::from_secs(25 * 3600));
    sign_in.authorization_url().await;
    assert!(sign_in.has_not_requested_published_documents());
}

/// RFC 6749 section 3.1.
#[tokio::test]
async fn the_query_of_an_authorization_endpoint_that_is_set_is_kept() {
    let sign_in = SignIn::with(|provider| {
        let endpoint = format!("{ISSUER}/set/authorize?tenant=a%20b");
        without_discovery(provider).authorization_endpoint(endpoint)
    });

    let url = sign_in.authorization_url().await;

    let begin = format!("{ISSUER}/set/authorize?tenant=a%20b&response_type=code&");
    assert!(url.starts_with(&begin), "{url}");
    assert_eq!(url.matches('?').count(), 1, "{url}");
}

#[tokio::test]
async fn keys_that_are_set_leave_nothing_to_discover_either() {
    let signer = Signer::es384("key-1");
    let keys = json!({ "keys": [signer.jwk()] }).to_string();
    let sign_in = SignIn::signed_by(signer, |provider| {
        provider
            .authorization_endpoint(format!("{ISSUER}/set/authorize"))
            .token_endpoint(format!("{ISSUER}/set/token"))
            .jwks_json(keys)
            .algorithms([SigningAlgorithm::Es384])
    });

    sign_in.relying_party.discover().await.unwrap();
    sign_in.exchange_at("/set/token").await.unwrap();

    assert!(sign_in.has_not_requested_published_documents());
}

/// Nothing is fetched from it, and `jwks_uri` cannot be set together with the keys to correct it.
#[tokio::test]
async fn with_keys_that_are_set_the_jwks_uri_of_the_document_is_ignored() {
    for address in [
        json!("https://10.0.0.1/jwks"),
        json!("http://op.example/jwks"),
        json!(7),
        Value::Null,
    ] {
        let signer = Signer::es384("key-1");
        let keys = json!({ "keys": [signer.jwk()] }).to_string();
        let sign_in = SignIn::signed_by(signer, |provider| provider.jwks_json(keys));
        sign_in.op.publish(&json!({ "jwks_uri": address }));

        let exchanged = sign_in.exchange_at("/token").await;

        let code = exchanged.map_or_else(|error| error.code(), |_| "accepted");
        assert_eq!(code, "accepted", "{address}");
        assert_eq!(sign_in.key_requests(), 0);
    }
}

#[tokio::test]
async fn every_later_request_goes_to_the_endpoint_that_is_set() {
    for discovers in [false, true] {
        let sign_in = SignIn::with(|provider| {
            let mut provider = with_all_endpoints(provider);
            if discovers {
                provider.authorization_endpoint = None;
            }
            provider
        });
        sign_in.publish_keys_at("/set/jwks");
        let tokens = sign_in.exchange_at("/set/token").await.unwrap();
        let relying_party = &sign_in.relying_party;

        let request = RefreshRequest::new("the-old-one", tokens.id_token().claims());
        relying_party.refresh(request).await.unwrap();
        sign_in
            .op
            .answer("/set/userinfo", 200, r#"{"sub":"alice"}"#);
        relying_party.user_info("token", &alice()).await.unwrap();
        sign_in
            .op
            .answer("/set/introspect", 200, r#"{"active":true}"#);
        let hint = TokenTypeHint::AccessToken;
        relying_party.introspect("token", hint).await.unwrap();
        sign_in.op.answer("/set/revoke", 200, "");
        let revoked = relying_party.revoke("token", hint).await.unwrap();
        let ended = sign_in.end_session_url().await.unwrap();

        assert_eq!(revoked, Revocation::Revoked);
        assert!(ended.starts_with(&format!("{ISSUER}/set/end?")), "{ended}");
        assert_eq!(sign_in.op.requests_to("/set/token").len(), 2);
        for path in ["/token", "/jwks", "/userinfo", "/introspect", "/revoke"] {
            assert!(sign_in.op.requests_to(path).is_empty(), "{path}");
        }
        assert_eq!(sign_in.document_requests(), usize::from(discovers));
    }
}

#[tokio::test]
async fn without_discovery_only_the_endpoints_that_are_set_exist() {
    let sign_in = SignIn::with(|provider| without_discovery(provider).client_secret("secret"));
    sign_in.publish_keys_at("/set/jwks");
    let relying_party = &sign_in.relying_party;
    let hint = TokenTypeHint::AccessToken;

    let user_info = relying_party.user_info("token", &alice()).await;
    assert_eq!(user_info.unwrap_err().code(), "user_info.not_supported");
    let introspection = relying_party.introspect("token", hint).await;
    assert_eq!(
        introspection.unwrap_err().code(),
        "introspection.not_supported"
    );
    let revocation = relying_party.revoke("token", hint).await.unwrap();
    assert_eq!(revocation, Revocation::NotSupported);
    assert_eq!(sign_in.end_session_url().await, None);
    // RFC 6749 section 2.3.1, and no `iss` in the authorization response.
    sign_in.exchange_at("/set/token").await.unwrap();
    let request = sign_in.op.requests_to("/set/token").pop().unwrap();
    let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
    assert!(authorization.starts_with("Basic "));
    let url = sign_in.authorization_url().await;
    assert!(
        url.contains("scope=openid+profile+email+offline_access"),
        "{url}"
    );
    assert!(sign_in.has_not_requested_published_documents());
}

#[tokio::test]
async fn without_discovery_id_tokens_are_signed_with_rs256_unless_others_are_set() {
    for (signer, expected) in [
        (Signer::rsa("key-1", "RS256"), "accepted"),
        (Signer::rsa("key-1", "PS256"), "id_token.algorithm"),
        (Signer::es256("key-1"), "id_token.algorithm"),
    ] {
        let sign_in = SignIn::signed_by(signer, |provider| {
            provider
                .authorization_endpoint(format!("{ISSUER}/set/authorize"))
                .token_endpoint(format!("{ISSUER}/set/token"))
                .jwks_uri(format!("{ISSUER}/set/jwks"))
        });
        sign_in.publish_keys_at("/set/jwks");

        let exchanged = sign_in.exchange_at("/set/token").await;

        let code = exchanged.map_or_else(|error| error.code(), |_| "accepted");
        assert_eq!(code, expected);
    }
}

#[tokio::test]
async fn endpoints_that_are_set_replace_discovered_ones() {
    let sign_in = SignIn::with(|provider| provider.token_endpoint(format!("{ISSUER}/set/token")));

    let url = sign_in.authorization_url().await;
    sign_in.exchange_at("/set/token").await.unwrap();

    assert!(url.starts_with(&format!("{ISSUER}/authorize?")), "{url}");
    assert_eq!(sign_in.document_requests(), 1);
    assert_eq!(sign_in.key_requests(), 1);
    assert!(sign_in.op.requests_to("/token").is_empty());
}

/// The provider's endpoint is in a private network, or cannot be used.
#[tokio::test]
async fn an_endpoint_that_is_set_replaces_that_of_the_document() {
    for member in [
        json!("https://10.0.0.1/it"),
        json!("http://op.example/it"),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        let sign_in = SignIn::with(|provider| {
            let mut provider = with_all_endpoints(provider);
            provider.authorization_endpoint = None;
            provider
        });
        sign_in.publish_keys_at("/set/jwks");
        let names = ["token", "userinfo", "introspection", "revocation"];
        let names = names.map(|name| format!("{name}_endpoint"));
        let names = names.iter().map(String::as_str).chain(["jwks_uri"]);
        let changes = names.map(|name| (name.to_owned(), member.clone()));
        sign_in.op.publish(&Value::Object(changes.collect()));

        sign_in.exchange_at("/set/token").await.unwrap();
        sign_in.op.answer("/set/revoke", 200, "");
        let hint = TokenTypeHint::AccessToken;
        let revoked = sign_in.relying_party.revoke("token", hint).await.unwrap();
        assert_eq!(revoked, Revocation::Revoked, "{member}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_set_may_be_in_an_internal_network() {
    let sign_in = SignIn::with(|provider| {
        provider
            .token_endpoint("https://keycloak.internal/inner/token")
            .jwks_uri("http://127.0.0.1:8080/inner/jwks")
            .user_info_endpoint("https://10.0.0.1/inner/userinfo")
    });
    sign_in.publish_keys_at("/inner/jwks");
    sign_in
        .op
        .answer("/inner/userinfo", 200, r#"{"sub":"alice"}"#);

    sign_in.exchange_at("/inner/token").await.unwrap();
    let asked = sign_in.relying_party.user_info("token", &alice()).await;

    asked.unwrap();
    let request = sign_in.op.requests_to("/inner/token").pop().unwrap();
    assert_eq!(request.uri().host(), Some("keycloak.internal"));
    assert_eq!(sign_in.document_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_is_found_at_the_jwks_uri_that_is_set_without_metadata() {
    for discovers in [false, true] {
        let signer = Signer::es384("key-1");
        let mut sign_in = SignIn::at(HandClock::following_paused_time(), signer, |provider| {
            let mut provider = without_discovery(provider);
            if discovers {
                provider.authorization_endpoint = None;
            }
            provider
        });
        sign_in.publish_keys_at("/set/jwks");
        sign_in.exchange_at("/set/token").await.unwrap();
        sign_in.signer = Signer::es384("key-2");
        sign_in.publish_keys_at("/set/jwks");

        sign_in.exchange_at("/set/token").await.unwrap();

        assert_eq!(sign_in.op.requests_to("/set/jwks").len(), 2);

        // If `jwks_uri` is set, keys that are gone are not searched for in the metadata.
        sign_in.signer = Signer::es384("key-3");
        sign_in.op.answer("/set/jwks", 404, "");
        sign_in.publish_keys_at("/jwks");
        let error = sign_in.exchange_at("/set/token").await.unwrap_err();
        assert_eq!(error.code(), "jwks.status");
        assert!(sign_in.op.requests_to("/jwks").is_empty());
        assert_eq!(sign_in.document_requests(), usize::from(discovers));
    }
}

#[tokio::test]
async fn metadata_that_are_set_are_completed_by_the_endpoints_that_they_lack() {
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/authorize"),
        "id_token_signing_alg_values_supported": ["ES384"],
        "revocation_endpoint": null,
    });
    let sign_in = SignIn::with(|provider| {
        provider
            .metadata_json(metadata.to_string())
            .token_endpoint(format!("{ISSUER}/set/token"))
            .jwks_uri(format!("{ISSUER}/set/jwks"))
            .revocation_endpoint(format!("{ISSUER}/set/revoke"))
    });
    sign_in.publish_keys_at("/set/jwks");

    let tokens = sign_in.exchange_at("/set/token").await.unwrap();

    assert_eq!(tokens.id_token().claims().sub(), "alice");
    assert!(sign_in.has_not_requested_published_documents());
}
