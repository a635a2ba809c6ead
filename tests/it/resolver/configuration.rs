//! What `build()` says about settings of a resolver that cannot work.

use std::time::Duration;

use tower_oidc::provider::ProviderDirectory;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{ORIGIN, SECRET};

fn settings() -> AuthLayerBuilder {
    AuthLayer::builder().base_url(ORIGIN).cookie_secret(SECRET)
}

fn with_resolver() -> AuthLayerBuilder {
    settings().provider_resolver(ProviderDirectory::default())
}

fn provider() -> Provider {
    Provider::new("https://id.example", "app")
}

/// Y-15
#[test]
fn the_error_for_a_wrong_setting_of_a_resolver_names_the_rule_and_the_remedy() {
    let cases = [
        (
            "provider",
            "provider_with_id",
            with_resolver().provider(provider()),
        ),
        (
            "provider_cache",
            "at least one",
            with_resolver().provider_cache(0, Duration::from_secs(60)),
        ),
        (
            "provider_cache",
            "provider_resolver",
            settings()
                .provider(provider())
                .provider_cache(1, Duration::from_secs(60)),
        ),
        (
            "origins_from_requests",
            "additional_base_url",
            settings().provider(provider()).origins_from_requests(true),
        ),
        (
            "origins_from_requests",
            "cookie_domain",
            with_resolver()
                .cookie_domain("example.com")
                .base_url("https://app.example.com")
                .origins_from_requests(true),
        ),
        (
            "after_sign_in",
            "such as /welcome",
            with_resolver()
                .after_sign_in(format!("{ORIGIN}/welcome"))
                .origins_from_requests(true),
        ),
        (
            "after_sign_out",
            "signed_out_path",
            with_resolver()
                .after_sign_out(format!("{ORIGIN}/bye"))
                .signed_out_path("/auth/signed-out")
                .origins_from_requests(true),
        ),
        (
            "sign_out_path",
            "behind them",
            with_resolver().sign_out_path("/auth/sign-in/out"),
        ),
    ];
    for (setting, remedy, builder) in cases {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(setting) && error.contains(remedy), "{error}");
    }
}

/// Y-15
#[test]
fn a_resolver_alone_is_enough() {
    let auth = with_resolver().build().unwrap();

    assert_eq!(auth.providers().count(), 0);
    assert_eq!(auth.redirect_uris().len(), 0);
}

/// Y-15: these settings fit any host, or the base URL of a development machine.
#[test]
fn settings_that_fit_any_host_are_accepted_with_origins_from_requests() {
    for base_url in [ORIGIN, "https://app.example:8443", "http://localhost:3000"] {
        let builder = with_resolver()
            .base_url(base_url)
            .after_sign_in("/welcome")
            .after_sign_out("/bye")
            .origins_from_requests(true);
        assert!(builder.build().is_ok(), "{base_url}");
    }
}
