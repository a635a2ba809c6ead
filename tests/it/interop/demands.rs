//! What a certified provider may require and this layer does not support, or only by a setting, one at a
//! time.

use tower_oidc::provider::ErrorKind as ProviderErrorKind;
use tower_oidc_tests::App;
use tower_oidc_tests::app::url;

use super::site::{Site, client, sign_in};
use crate::log;

/// It is in the metadata, so no user is sent there, and the log says what to change.
#[tokio::test]
async fn unsupported_requirements_in_the_metadata_are_an_error_before_the_redirect() {
    for (setting, id, member) in [
        (
            ("RESPONSE_MODES", "form_post"),
            "basic",
            "response_modes_supported",
        ),
        (
            ("JAR", "required"),
            "basic",
            "require_signed_request_object",
        ),
        (
            ("CLIENT_AUTH", "private_key_jwt"),
            "basic",
            "token_endpoint_auth_methods_supported",
        ),
        (
            ("ID_ALGORITHMS", "HS256"),
            "hs256",
            "id_token_signing_alg_values_supported",
        ),
    ] {
        let log = log::record();
        let site = Site::with(&[setting], |issuer| client(issuer, id), |auth| auth).await;
        let browser = site.browser();

        let page = browser.open(&url("/auth/sign-in")).await;

        assert_eq!(page.status(), 500, "{member}");
        assert!(App::cookies(&browser).is_empty(), "{member}");
        assert_eq!(site.provider.requests("/auth").await, 0, "{member}");
        let text = log.text();
        assert!(text.contains(member), "{text}");
        assert!(text.contains("ERROR"), "{text}");
    }
}

/// It is only in the registration of this client, so it becomes apparent when the ID token arrives.
#[tokio::test]
async fn an_id_token_that_is_encrypted_or_signed_with_the_secret_names_the_setting() {
    for (id, status, setting, helps) in [
        ("encrypted", 500, "id_token_encrypted_response_alg", false),
        ("hs256", 400, "id_token_signed_response_alg", true),
    ] {
        let log = log::record();
        let site = Site::start(|issuer| client(issuer, id)).await;
        let browser = site.browser();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), status, "{id}: {}", page.text());
        assert!(App::cookies(&browser).is_empty(), "{id}");
        let text = log.text();
        assert!(text.contains(setting), "{text}");
        assert_eq!(text.contains("`algorithms`"), helps, "{text}");
    }
}

#[tokio::test]
async fn discovery_fails_with_all_unsupported_requirements() {
    let settings = [("JAR", "required"), ("ID_ALGORITHMS", "HS256")];
    let site = Site::with(&settings, |issuer| client(issuer, "hs256"), |auth| auth).await;

    let error = site.auth.discover().await.unwrap_err();

    assert_eq!(error.kind(), ProviderErrorKind::Configuration);
    assert_eq!(error.code(), "discovery.unsupported");
    let text = format!("{error:?}");
    assert!(text.contains("id_token_signing_alg_values_supported"));
    assert!(text.contains("require_signed_request_object"));
}
