//! What `build()` says about settings that cannot work, and one setting that only a browser shows.

use std::time::Duration;

use oidc_dev_provider::Client;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET};

fn settings() -> AuthLayerBuilder {
    AuthLayer::builder()
        .provider(Provider::new("https://id.example", CLIENT_ID).client_secret(CLIENT_SECRET))
        .base_url(ORIGIN)
        .cookie_secret(SECRET)
}

type Change = fn(AuthLayerBuilder) -> AuthLayerBuilder;

#[test]
fn the_error_for_a_wrong_setting_names_its_rule_and_remedy() {
    let cases: &[(&str, &str, Change)] = &[
        ("base_url", "https", |auth| {
            auth.base_url("http://app.example")
        }),
        ("base_url", "absolute", |auth| auth.base_url("app.example")),
        ("additional_base_url", "https", |auth| {
            auth.additional_base_url("http://other.example")
        }),
        ("additional_base_url", "host", |auth| {
            auth.additional_base_url(ORIGIN)
        }),
        ("trusted_proxy", "10.0.0.0/8", |auth| {
            auth.additional_base_url("https://other.example")
                .trusted_proxy("0.0.0.0/0")
        }),
        ("trusted_proxy", "10.0.0.0/8", |auth| {
            auth.additional_base_url("https://other.example")
                .trusted_proxy("canary")
        }),
        ("store_timeout", "50 milliseconds", |auth| {
            auth.store_timeout(Duration::from_millis(49))
        }),
        ("store_timeout", "30 seconds", |auth| {
            auth.store_timeout(Duration::from_millis(30_001))
        }),
        ("accept_unchecked_sessions", "revocation_store", |auth| {
            auth.accept_unchecked_sessions(true)
        }),
        ("cookie_secret", "openssl rand -base64 48", |auth| {
            auth.cookie_secret("canary")
        }),
        (
            "additional_cookie_secret",
            "openssl rand -base64 48",
            |auth| auth.additional_cookie_secret("canary"),
        ),
        ("additional_cookie_secret", "remove one", |auth| {
            auth.additional_cookie_secret(SECRET)
        }),
        ("cookie_name", "letters", |auth| auth.cookie_name("a b")),
        ("max_cookies", "9", |auth| auth.max_cookies(10)),
        ("cookie_domain", "app.example.com", |auth| {
            auth.cookie_domain("other.example")
        }),
        ("idle_lifetime", "one minute", |auth| {
            auth.idle_lifetime(Duration::ZERO)
        }),
        ("idle_lifetime", "absolute_lifetime", |auth| {
            auth.absolute_lifetime(Duration::from_secs(3600))
        }),
        ("after_sign_in", "/welcome", |auth| {
            auth.after_sign_in("/auth/sign-in")
        }),
        ("after_sign_in", "/welcome", |auth| {
            auth.after_sign_in("https://evil.example/")
        }),
        ("after_sign_out", "/bye", |auth| {
            auth.after_sign_out("/auth/sign-out")
        }),
        ("after_sign_out", "/bye", |auth| auth.after_sign_out("bye")),
        ("issuer", "https", |auth| {
            auth.provider(Provider::new("http://id.example", CLIENT_ID))
        }),
        ("jwks_uri", "`jwks_json`", |auth| {
            let provider = Provider::new("https://id.example", CLIENT_ID);
            let provider = provider.jwks_uri("https://id.example/jwks");
            auth.provider(provider.jwks_json(r#"{"keys":[]}"#))
        }),
        ("token_endpoint", "`metadata_json`", |auth| {
            let metadata =
                r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/t"}"#;
            let provider = Provider::new("https://id.example", CLIENT_ID);
            let provider = provider.token_endpoint("https://id.example/token");
            auth.provider(provider.metadata_json(metadata))
        }),
        ("name", "64 characters", |auth| {
            auth.provider(Provider::new("https://id.example", CLIENT_ID).name("canary\n canary"))
        }),
        ("choose_provider_page", "without_sign_in_path", |auth| {
            auth.without_sign_in_path().choose_provider_page("/company")
        }),
        ("choose_provider_page", "/company", |auth| {
            auth.choose_provider_page("/auth/sign-out")
        }),
        ("choose_provider", "without_sign_in_path", |auth| {
            auth.without_sign_in_path().choose_provider(true)
        }),
        ("sign_in_parameters", "without_sign_in_path", |auth| {
            auth.without_sign_in_path().sign_in_parameters(["theme"])
        }),
        ("sign_out_by_get", "without_sign_out_path", |auth| {
            auth.without_sign_out_path().sign_out_by_get(true)
        }),
        ("session_script_path", "without_session_path", |auth| {
            auth.without_session_path()
                .session_script_path("/auth/session.js")
        }),
        ("session_claims", "without_session_path", |auth| {
            auth.without_session_path().session_claims(["sub"])
        }),
        ("root_certificates_pem", "PEM", |auth| {
            auth.root_certificates_pem("canary")
        }),
    ];
    assert!(settings().build().is_ok());
    for (setting, text, change) in cases {
        let error = change(settings()).build().expect_err(setting);

        assert_eq!(error.setting(), *setting, "{error}");
        let message = error.to_string();
        assert!(message.contains(text), "{message}");
        assert!(!message.contains("canary"), "{message}");
        assert_eq!(format!("{error:?}"), message);
    }
}

/// C-18
#[tokio::test]
async fn a_cookie_for_a_whole_domain_signs_in_under_its_own_prefix() {
    let origin = "https://app.example.com";
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET);
            provider.client(client.redirect_uri(format!("{origin}/auth/callback")))
        },
        |auth| auth.base_url(origin).cookie_domain("example.com"),
    )
    .await;
    let browser = app.browser();
    browser.map(origin, app.address());

    let page = browser
        .open(&format!("{origin}/auth/sign-in?return_to=/who"))
        .await
        .press("alice")
        .await;

    assert_eq!(page.json()["claims"]["sub"], "alice");
    let cookies = browser.cookies();
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.name()).collect();
    assert!(names.contains(&"__Secure-auth".into()), "{names:?}");
}

#[test]
fn providers_with_ids_are_refused_with_the_reason() {
    let provider = || Provider::new("https://id.example", CLIENT_ID).client_secret(CLIENT_SECRET);
    let without = || AuthLayer::builder().base_url(ORIGIN).cookie_secret(SECRET);

    let auth = without().provider_with_id("acme-eu", provider()).build();
    assert_eq!(
        auth.unwrap().providers().next().unwrap().id(),
        Some("acme-eu")
    );
    assert_eq!(
        settings().build().unwrap().providers().next().unwrap().id(),
        None
    );

    for (auth, text) in [
        (
            settings().provider_with_id("acme", provider()),
            "`provider`",
        ),
        (
            without()
                .provider_with_id("acme", provider())
                .provider(provider()),
            "`provider`",
        ),
        (
            without()
                .provider_with_id("acme", provider())
                .provider_with_id("other", provider()),
            "the same issuer and client id",
        ),
        (
            without()
                .provider_with_id("acme", provider())
                .provider_with_id("acme", provider()),
            "two providers",
        ),
        (
            without()
                .provider_with_id("acme", provider())
                .provider_with_id("acme-add", provider()),
            "AUTH_ACME_ADD_",
        ),
        (
            without().provider_with_id("cookie", provider()),
            "AUTH_COOKIE_SECRET",
        ),
        (without().provider_with_id("Acme", provider()), "a-z"),
    ] {
        let error = auth.build().expect_err(text);

        assert_eq!(error.setting(), "provider_with_id", "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }

    let too_early = without().configure_provider(|provider| provider);
    let error = too_early.provider(provider()).build().unwrap_err();
    assert_eq!(error.setting(), "configure_provider");
}
