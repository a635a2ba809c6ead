//! What `Debug` and errors show, and which types can be sent to another thread.

use std::error::Error as _;

use serde_json::json;

use super::{SignIn, alice};
use crate::claims::{
    Address, InvalidClaims, JsonText, Organization, StandardClaims, UnverifiedClaims, UserProfile,
};
use crate::provider::UnknownValue;
use crate::{
    AuthorizationCode, AuthorizationRequest, AuthorizationResponse, Claims, ClaimsRequest, Clock,
    CodeExchange, ConfigError, EndSessionRequest, Error, HttpClient, Introspection,
    MalformedResponse, Provider, RefreshError, RefreshRequest, RefreshedTokens, RelyingParty,
    RequestBody, RequestedClaim, Revocation, SentSignal, SignInTokens, SystemClock, TokenSet,
    TokenTypeHint, TowerClient, TransactionSecrets, TransportError, TransportErrorKind,
    VerifiedIdToken,
};
#[cfg(feature = "hyper-client")]
use crate::{HyperClient, HyperClientBuilder};

#[tokio::test]
async fn debug_shows_no_secret_and_no_claim() {
    let sign_in = SignIn::with(|provider| provider.client_secret("canary-secret"));
    let changes = json!({ "email": "canary@example.com", "sub": "canary-sub" });
    let tokens = sign_in.exchange_for(changes).await.unwrap();
    let provider = Provider::new("https://op.example", "id").client_secret("canary-secret");
    let response = AuthorizationResponse::parse(Some("code=canary-code&state=canary-state"));
    let introspected = r#"{"active":true,"sub":"canary-sub"}"#;
    sign_in.op.answer("/introspect", 200, introspected);
    let introspection = sign_in
        .relying_party
        .introspect("canary-token", TokenTypeHint::AccessToken);
    let request = AuthorizationRequest::default()
        .login_hint("canary")
        .id_token_hint("canary");
    let refresh = RefreshRequest::new("canary-token", tokens.id_token().claims());
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        sign_in.relying_party,
        introspection.await.unwrap(),
        refresh.organization_id("canary"),
        sign_in.relying_party.refresh(refresh).await.unwrap(),
        tokens,
        provider,
        response.unwrap(),
        request,
        CodeExchange::new("https://app.example", &sign_in.secrets),
    );
    let secrets = [
        "canary",
        tokens.tokens().access_token(),
        tokens.tokens().refresh_token().unwrap(),
        tokens.id_token().as_str(),
        sign_in.secrets.state(),
        sign_in.secrets.nonce(),
        sign_in.secrets.code_verifier(),
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(
        shown.contains(r#"Claims{"#),
        "the names of claims are shown: {shown}"
    );
}

#[tokio::test]
async fn an_error_and_its_sources_contain_no_secret() {
    let sign_in = SignIn::with(|provider| provider.client_secret("the-secret"));
    sign_in.op.fail_with("/token", TransportErrorKind::Connect);
    let error = sign_in.exchange(|exchange| exchange).await.unwrap_err();
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    let verifier = sign_in.secrets.code_verifier();
    for secret in ["the-code", "the-secret", verifier] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Applications hold these types across threads, and run the futures on any of them.
#[test]
fn public_types_are_send_and_sync_and_futures_are_send() {
    fn assert_send<T: Send>(_: &T) {}
    fn assert_send_sync<T: Send + Sync + 'static>() {}
    assert_send_sync::<RelyingParty>();
    assert_send_sync::<Provider>();
    assert_send_sync::<ConfigError>();
    assert_send_sync::<Error>();
    assert_send_sync::<AuthorizationRequest>();
    assert_send_sync::<AuthorizationResponse>();
    assert_send_sync::<AuthorizationCode>();
    assert_send_sync::<MalformedResponse>();
    assert_send_sync::<CodeExchange<'static>>();
    assert_send_sync::<SignInTokens>();
    assert_send_sync::<TokenSet>();
    assert_send_sync::<VerifiedIdToken>();
    assert_send_sync::<RefreshRequest<'static>>();
    assert_send_sync::<RefreshedTokens>();
    assert_send_sync::<RefreshError>();
    assert_send_sync::<SentSignal>();
    assert_send_sync::<Introspection>();
    assert_send_sync::<Revocation>();
    assert_send_sync::<EndSessionRequest<'static>>();
    assert_send_sync::<TransactionSecrets>();
    assert_send_sync::<Claims>();
    assert_send_sync::<ClaimsRequest>();
    assert_send_sync::<RequestedClaim>();
    assert_send_sync::<UserProfile>();
    assert_send_sync::<StandardClaims>();
    assert_send_sync::<Address>();
    assert_send_sync::<Organization>();
    assert_send_sync::<JsonText>();
    assert_send_sync::<UnverifiedClaims>();
    assert_send_sync::<InvalidClaims>();
    assert_send_sync::<UnknownValue>();
    #[cfg(feature = "hyper-client")]
    assert_send_sync::<(HyperClient, HyperClientBuilder)>();
    assert_send_sync::<TowerClient<()>>();
    assert_send_sync::<RequestBody>();
    assert_send_sync::<TransportError>();
    assert_send_sync::<SystemClock>();
    assert_send_sync::<Box<dyn HttpClient>>();
    assert_send_sync::<Box<dyn Clock>>();

    let sign_in = SignIn::new();
    let relying_party = &sign_in.relying_party;
    let (request, end) = (AuthorizationRequest::default(), EndSessionRequest::new());
    assert_send(&relying_party.discover());
    assert_send(&relying_party.authorization_url(&request, "", &sign_in.secrets));
    assert_send(&relying_party.user_info("", &alice()));
    assert_send(&relying_party.introspect("", TokenTypeHint::AccessToken));
    assert_send(&relying_party.revoke("", TokenTypeHint::RefreshToken));
    assert_send(&relying_party.end_session_url(&end));
    assert_send(&sign_in.exchange(|exchange| exchange));
    let claims = Claims::from_json(r#"{"sub":"alice"}"#.into()).unwrap();
    assert_send(&relying_party.refresh(RefreshRequest::new("", &claims)));
}

/// A program that returns the error from `main` prints its `Debug`.
#[tokio::test]
async fn debug_of_an_error_is_its_display_with_the_cause() {
    let sign_in = SignIn::new();
    let document = "/.well-known/openid-configuration";
    sign_in.op.fail_with(document, TransportErrorKind::Connect);
    let error = sign_in.relying_party.discover().await.unwrap_err();
    let text = "transport: the provider could not be reached (discovery.unreachable): ";
    assert!(format!("{error:?}").starts_with(text), "{error:?}");
    assert!(format!("{error:?}").contains("no connection"), "{error:?}");
    assert_eq!(format!("{error:?}"), error.to_string());

    let sign_in = SignIn::new();
    sign_in.op.answer(document, 404, "");
    let error = sign_in.relying_party.discover().await.unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());

    let provider = Provider::new("ftp://op.example", "id");
    let http = std::sync::Arc::new(sign_in.op.clone());
    let clock = std::sync::Arc::new(sign_in.clock.clone());
    let error = RelyingParty::new(provider, http, clock).unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}
