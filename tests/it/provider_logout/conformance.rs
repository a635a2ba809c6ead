//! The modules of the OpenID Foundation's conformance suite for back-channel logout, by their names there, and the
//! other faults of logout tokens.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tower_oidc::MemoryStore;
use tower_oidc::provider::SigningAlgorithm;
use tower_oidc_tests::App;

use super::{assert_refused, paths, report, sid, signed_in, token, user};

/// Each module, after `oidcc-client-test-rp-backchannel-rpinitlogout-`.
const MODULES: [(&str, Fault); 7] = [
    ("alg-none", Fault::LogoutTokenAlgNone),
    ("no-event", Fault::LogoutTokenMissingEvents),
    ("with-nonce", Fault::LogoutTokenWithNonce),
    ("wrong-alg", Fault::LogoutTokenWrongAlgorithm),
    ("wrong-aud", Fault::LogoutTokenWrongAudience),
    ("wrong-event", Fault::LogoutTokenOtherEvent),
    ("wrong-iss", Fault::LogoutTokenWrongIssuer),
];

/// B-03, B-04, B-05
const OTHERS: [(&str, Fault); 9] = [
    ("signature", Fault::LogoutTokenBadSignature),
    ("client secret", Fault::LogoutTokenHs256),
    ("typ", Fault::LogoutTokenWrongType),
    ("jti", Fault::LogoutTokenMissingJti),
    ("sub and sid", Fault::LogoutTokenMissingSubAndSid),
    ("exp", Fault::LogoutTokenExpired),
    ("future iat", Fault::LogoutTokenIssuedInFuture),
    ("old iat", Fault::LogoutTokenOld),
    ("wrong-aud", Fault::LogoutTokenWrongAudience),
];

/// The suite registers the client with one algorithm (`id_token_signed_response_alg`).
pub(super) async fn registered_with_one_algorithm() -> App {
    let store = MemoryStore::new();
    App::registered(
        |provider| provider,
        |registration| registration.algorithms([SigningAlgorithm::Es384]),
        paths(&store),
    )
    .await
}

/// B-03, B-04, B-05, B-07
#[tokio::test]
async fn each_faulty_logout_token_is_400_and_ends_nothing() {
    let app = registered_with_one_algorithm().await;
    let browser = signed_in(&app, "alice").await;
    let sid = sid(&browser).await;
    for (name, fault) in MODULES.into_iter().chain(OTHERS) {
        app.provider.add_fault(fault);
        let page = report(&app, &token(&app, Some("alice"), Some(&sid))).await;

        assert_refused(&page, name);
        assert_eq!(user(&browser).await, "alice", "{name}");
        app.provider.clear_faults();
    }
    // The module without a suffix.
    let page = report(&app, &token(&app, Some("alice"), Some(&sid))).await;
    assert_eq!(page.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
}

/// B-03, B-07
#[tokio::test]
async fn neither_an_id_token_nor_a_token_for_another_client_ends_a_session() {
    let app = registered_with_one_algorithm().await;
    let browser = signed_in(&app, "alice").await;
    let who = browser
        .open(&tower_oidc_tests::app::url("/who"))
        .await
        .json();
    let id_token = who["id_token"].as_str().unwrap();
    let other = app.provider.logout_token("dev-public", Some("alice"), None);

    assert_refused(&report(&app, id_token).await, "an ID token");
    assert_refused(&report(&app, &other.unwrap()).await, "another client");
    assert_eq!(user(&browser).await, "alice");
}

/// B-05: before the errata of 2023, `exp` was not required.
#[tokio::test]
async fn a_token_without_an_expiry_is_valid_for_two_minutes() {
    let app = registered_with_one_algorithm().await;
    let browser = signed_in(&app, "alice").await;
    app.provider.add_fault(Fault::LogoutTokenMissingExp);
    let logout = token(&app, Some("alice"), None);

    app.clock.advance(Duration::from_secs(181));
    assert_refused(&report(&app, &logout).await, "old");
    assert_eq!(user(&browser).await, "alice");
    let fresh = token(&app, Some("alice"), None);
    assert_eq!(report(&app, &fresh).await.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
}
