//! Applications hold the public types across threads, and run the futures on any of them.

use axum::extract::FromRequestParts;
use axum::response::IntoResponse;
use tower_oidc::claims::{Address, Organization};
use tower_oidc::guard::{RequireAuthLayer, RevalidationPolicy};
use tower_oidc::hooks::{Admission, AdmissionRequest, ClaimsToMap, SessionDraft};
use tower_oidc::provider::UnknownValue;
use tower_oidc::{
    AccessToken, Auth, AuthContext, AuthError, AuthErrorKind, AuthEvent, AuthLayer,
    AuthLayerBuilder, AuthRejection, Authenticated, ConfigError, CoordinatorError, DataError,
    IdToken, LockOutcome, LockRequest, LogoutUrl, MissingLayer, NotSignedIn, PeerAddress,
    Refreshed, RequestBody, RequireAuth, ResponseBody, SessionSize, SignIn, SignOut,
    SignedOutState, StoredSession, TowerClient, UnlockRequest,
};

#[test]
fn public_types_are_send_and_sync() {
    const fn assert<T: Send + Sync + 'static>() {}
    assert::<AccessToken>();
    assert::<Address>();
    assert::<Admission>();
    assert::<AdmissionRequest>();
    assert::<Auth<()>>();
    assert::<AuthContext>();
    assert::<AuthError>();
    assert::<AuthErrorKind>();
    assert::<AuthEvent>();
    assert::<AuthLayer>();
    assert::<AuthLayerBuilder>();
    assert::<Authenticated>();
    assert::<ClaimsToMap>();
    assert::<ConfigError>();
    assert::<CoordinatorError>();
    assert::<DataError>();
    assert::<IdToken>();
    assert::<LockOutcome>();
    assert::<LockRequest>();
    assert::<LogoutUrl>();
    assert::<MissingLayer>();
    assert::<NotSignedIn>();
    assert::<Organization>();
    assert::<PeerAddress>();
    assert::<Refreshed>();
    assert::<RequestBody>();
    assert::<RequireAuth<()>>();
    assert::<RequireAuthLayer>();
    assert::<RevalidationPolicy>();
    assert::<ResponseBody<http_body_util::Full<bytes::Bytes>>>();
    assert::<SessionDraft>();
    assert::<SessionSize>();
    assert::<SignIn>();
    assert::<SignOut>();
    assert::<SignedOutState>();
    assert::<StoredSession>();
    assert::<TowerClient<()>>();
    assert::<UnknownValue>();
    assert::<UnlockRequest>();
    assert::<AuthRejection>();
}

/// Never called: what matters is that it compiles.
#[expect(dead_code, reason = "only the types of the futures are checked")]
fn futures_of_the_context_are_send(auth: &AuthContext, token: &AccessToken) {
    const fn assert<T: Send>(_: &T) {}
    assert(&auth.access_token());
    assert(&auth.access_token_for("https://shop.example/api"));
    assert(&auth.organization_token("acme"));
    assert(&auth.refresh());
    assert(&auth.user_info());
    assert(&auth.introspect());
    assert(&auth.revoke(token));
}

/// What a handler may log of a rejection is what the client gets.
#[tokio::test]
async fn a_rejection_says_the_status_and_the_text_of_its_response() {
    let outside_of_a_layer = http::Request::new(()).into_parts().0;
    let mut parts = outside_of_a_layer;

    let rejection = AuthContext::from_request_parts(&mut parts, &())
        .await
        .unwrap_err();

    assert!(matches!(rejection, AuthRejection::MissingLayer(_)));
    let (status, text) = (rejection.status(), rejection.body_text());
    let response = rejection.into_response();
    assert_eq!(response.status(), status);
    let body = axum::body::to_bytes(response.into_body(), 1024)
        .await
        .unwrap();
    assert_eq!(body, text);
}
