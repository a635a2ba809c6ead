//! The provider's metadata: malformed members that are tolerated, unsupported requirements, and the
//! signing keys.

use oidc_dev_provider::Fault;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, url};

use crate::log;

async fn app_with(fault: Fault) -> App {
    App::with_provider(|provider| provider.fault(fault), |auth| auth).await
}

#[tokio::test]
async fn malformed_optional_metadata_is_tolerated_and_logged() {
    let log = log::record();
    let app = app_with(Fault::DiscoveryInvalidOptionalMembers).await;
    let browser = app.browser();

    assert_eq!(sign_in(&browser).await.text(), "alice");

    let text = log.text();
    for member in [
        "end_session_endpoint",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "scopes_supported",
        "token_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
    ] {
        assert_eq!(
            text.matches(&format!("member=\"{member}\"")).count(),
            1,
            "{text}"
        );
    }
    assert!(text.contains("an empty string"), "{text}");
    // There is no URL of the provider to redirect to.
    let page = browser.open(&url("/leave")).await;
    assert_eq!(page.text(), "nobody");
}

#[tokio::test]
async fn malformed_security_metadata_stops_sign_ins_and_is_logged() {
    let log = log::record();
    let app = app_with(Fault::DiscoveryIssParameterSupportedAsString).await;

    let page = app.browser().open(&url("/auth/sign-in")).await;

    assert_eq!(page.status(), 502);
    let member = "authorization_response_iss_parameter_supported";
    assert!(log.text().contains(member), "{}", log.text());
    let error = app.auth.discover().await.unwrap_err();
    assert!(error.to_string().contains(member), "{error}");
}

/// The user is not redirected, and the operators learn what to change.
#[tokio::test]
async fn an_unsupported_requirement_of_the_provider_is_an_error_page_before_the_redirect() {
    for (fault, member) in [
        (
            Fault::DiscoveryRequiresPushedRequests,
            "require_pushed_authorization_requests",
        ),
        (
            Fault::DiscoveryRequiresSignedRequests,
            "require_signed_request_object",
        ),
        (Fault::DiscoveryOnlyFormPost, "response_modes_supported"),
        (Fault::DiscoveryOnlyImplicitFlow, "response_types_supported"),
        (
            Fault::DiscoveryOnlyPrivateKeyJwt,
            "token_endpoint_auth_methods_supported",
        ),
        (
            Fault::DiscoveryOnlyPlainPkce,
            "code_challenge_methods_supported",
        ),
        (
            Fault::DiscoveryOnlyHs256,
            "id_token_signing_alg_values_supported",
        ),
    ] {
        let log = log::record();
        let app = app_with(fault).await;
        let error = app.auth.discover().await.unwrap_err();
        assert!(format!("{error:?}").contains(member), "{error:?}");
        let at_the_start = log.text();
        assert!(at_the_start.contains(member), "{at_the_start}");
        assert!(at_the_start.contains("ERROR"), "{at_the_start}");
        let browser = app.browser();

        for _ in 0..20 {
            let page = browser.open(&url("/auth/sign-in")).await;

            assert_eq!(page.status(), 500, "{fault:?}");
            assert!(page.url().as_str().starts_with("https://app.example"));
            assert!(!page.text().contains(member), "{}", page.text());
        }

        assert!(App::cookies(&browser).is_empty(), "{fault:?}");
        assert_eq!(app.provider.counters().authorize, 0, "{fault:?}");
        let text = log.text();
        assert!(text.contains("a sign-in cannot start"), "{text}");
        assert_eq!(text.matches(member).count(), 2, "{text}");
    }
}

#[tokio::test]
async fn the_log_names_the_keys_of_a_provider_that_publishes_no_signing_key() {
    for (fault, what) in [
        (Fault::JwksEmptyObject, "no member `keys`"),
        (Fault::JwksEmpty, "`keys` are empty"),
        (Fault::JwksOnlyUnusualKeys, "HS256"),
    ] {
        let log = log::record();
        let app = app_with(fault).await;

        let page = sign_in(&app.browser()).await;

        assert_eq!(page.status(), 502, "{fault:?}");
        let text = log.text();
        assert!(text.contains(what), "{fault:?}: {text}");
        assert!(text.contains("id_token_signed_response_alg"), "{text}");
        assert!(text.contains("/jwks"), "{text}");
    }
}

#[tokio::test]
async fn an_unsupported_id_token_names_the_setting_at_the_provider() {
    for (fault, status, setting) in [
        (
            Fault::IdTokenEncrypted,
            500,
            "id_token_encrypted_response_alg",
        ),
        (Fault::IdTokenEs512, 400, "id_token_signed_response_alg"),
        (Fault::IdTokenHs256, 400, "id_token_signed_response_alg"),
    ] {
        let log = log::record();
        let app = app_with(fault).await;
        let browser = app.browser();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), status, "{fault:?}");
        assert!(App::cookies(&browser).is_empty(), "{fault:?}");
        let text = log.text();
        assert!(text.contains(setting), "{fault:?}: {text}");
        // The setting allows HMACs, and no algorithm that is not supported.
        let helps = fault == Fault::IdTokenHs256;
        assert_eq!(text.contains("`algorithms`"), helps, "{text}");
    }
}

#[tokio::test]
async fn a_malformed_acr_or_auth_time_is_ignored_unless_it_was_requested() {
    let app = app_with(Fault::IdTokenWrongTypesOfAcrAndAuthTime).await;
    let browser = app.browser();
    assert_eq!(sign_in(&browser).await.text(), "alice");
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["claims"]["acr"], 2);

    let page = browser.open(&url("/step-up")).await;

    assert_eq!(page.status(), 400, "{}", page.text());
}
