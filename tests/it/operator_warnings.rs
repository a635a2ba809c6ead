//! What the log tells operators about a configuration that cannot work, or works only in part.

use std::time::Duration;
use tower_oidc_tests::random_text;

use axum::Router;
use oidc_dev_provider::User;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, router, sign_in_as, url};
use tower_oidc_tests::callback::{begun, known_browser, returning};
use tower_oidc_tests::visits::{EXPIRY, fetch};
use tower_oidc_tests::{App, TestServer};

use crate::log;

const ANOTHER_SECRET: &str = "Zt5Wm8Qx1Lb4Nv7Kc2Rf9Hd6Js3Gp0Ay";

/// The log lines at WARN that contain this text.
fn warnings<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
    text.lines()
        .filter(|line| line.contains(" WARN ") && line.contains(part))
        .collect()
}

fn settings() -> AuthLayerBuilder {
    without_provider()
        .provider(Provider::new("https://id.example", CLIENT_ID).client_secret(CLIENT_SECRET))
}

fn without_provider() -> AuthLayerBuilder {
    AuthLayer::builder().base_url(ORIGIN).cookie_secret(SECRET)
}

#[tokio::test]
async fn a_sign_in_that_began_under_another_secret_is_logged_as_a_warning() {
    let app = App::start().await;
    let other = app
        .another_instance(|auth| auth.cookie_secret(ANOTHER_SECRET))
        .await;
    let browser = known_browser(&app, "alice").await;
    let log = log::record();

    for _ in 0..3 {
        app.serve(&browser);
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        other.serve(&browser);
        let page = browser.send(returning(&app, &callback)).await;
        assert_eq!(page.status(), 400);
    }

    let text = log.text();
    let lines = warnings(&text, "a sign-in failed because its cookie opens with none");
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("Likely it began at another instance"));
    assert!(lines[0].contains(&other.auth.cookie_secret_fingerprints()[0]));
}

#[tokio::test]
async fn a_session_under_another_secret_is_logged_as_a_warning() {
    let app = App::start().await;
    let other = app
        .another_instance(|auth| auth.cookie_secret(ANOTHER_SECRET))
        .await;
    let browser = app.signed_in_browser().await;
    let log = log::record();

    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert!(!log.text().contains("none of the cookie secrets"));
    other.serve(&browser);
    for _ in 0..20 {
        assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    }

    let text = log.text();
    let lines = warnings(&text, "a session's cookie opens with none");
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("Likely another instance seals with another secret"));
    assert!(lines[0].contains(&other.auth.cookie_secret_fingerprints()[0]));
}

#[test]
fn fingerprints_distinguish_secrets_without_revealing_them() {
    let fingerprints = |auth: AuthLayerBuilder| {
        let auth = auth.build().unwrap();
        auth.cookie_secret_fingerprints()
    };
    let both = fingerprints(settings().additional_cookie_secret(ANOTHER_SECRET));

    assert_eq!(both.len(), 2);
    assert_eq!(both[..1], fingerprints(settings()));
    assert_eq!(
        both[1..],
        fingerprints(settings().cookie_secret(ANOTHER_SECRET))
    );
    assert_ne!(both[0], both[1]);
    for fingerprint in both {
        assert_eq!(fingerprint.len(), 8);
        assert!(fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[test]
fn build_logs_what_to_register_and_what_is_configured() {
    let log = log::record();
    let provider = Provider::new("https://id.example", CLIENT_ID).client_secret(CLIENT_SECRET);
    let auth = without_provider()
        .provider_with_id("company", provider.name("The company's sign-in"))
        .additional_base_url("https://www.example")
        .signed_out_path("/auth/signed-out")
        .mount_path("/shop")
        .idle_lifetime(Duration::from_secs(3_600))
        .build()
        .unwrap();

    let text = log.text();
    let contains = |message: &str, parts: &[&str]| {
        let line = text.lines().find(|line| line.contains(message));
        let line = line.expect(&text);
        for part in [" INFO "].iter().chain(parts) {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
    };
    let at_provider = [
        "provider_id=\"company\"",
        "https://id.example",
        "The company's sign-in",
        CLIENT_ID,
        "https://app.example/shop/auth/callback",
        "https://www.example/shop/auth/callback",
        "https://app.example/shop/auth/signed-out",
        "https://www.example/shop/auth/signed-out",
    ];
    contains("register these URIs", &at_provider);
    let of_layer = [
        "__Host-Http-auth",
        "3600s",
        "604800s",
        &auth.cookie_secret_fingerprints()[0],
    ];
    contains("sign-in is configured", &of_layer);
    assert!(!text.contains(SECRET) && !text.contains(CLIENT_SECRET));

    let registered = auth.providers().next().unwrap();
    assert_eq!(registered.id(), Some("company"));
    assert_eq!(registered.issuer(), "https://id.example");
    assert_eq!(registered.name(), Some("The company's sign-in"));
    assert_eq!(registered.client_id(), CLIENT_ID);
    assert_eq!(auth.cookie_name(), "__Host-Http-auth");
    let at = |path| ["https://app.example", "https://www.example"].map(|it| format!("{it}{path}"));
    assert_eq!(auth.redirect_uris(), at("/shop/auth/callback"));
    assert_eq!(
        auth.post_logout_redirect_uris(),
        at("/shop/auth/signed-out")
    );
}

#[test]
fn one_post_logout_uri_for_all_origins_is_logged_once() {
    let auth = settings().additional_base_url("https://www.example");
    let auth = auth.after_sign_out("https://example/bye").build().unwrap();

    assert_eq!(auth.post_logout_redirect_uris(), ["https://example/bye"]);
}

#[tokio::test]
async fn the_first_large_response_head_is_logged_once_with_the_remedies() {
    let app = App::with_provider(
        |provider| provider.user(User::new("big").claim("about", random_text(6_000))),
        |auth| auth,
    )
    .await;
    let log = log::record();

    sign_in_as(&app.browser(), "alice").await;
    assert!(warnings(&log.text(), "4 KiB").is_empty(), "{}", log.text());
    for _ in 0..2 {
        assert_eq!(sign_in_as(&app.browser(), "big").await.text(), "big");
    }

    let text = log.text();
    let lines = warnings(&text, "4 KiB");
    assert_eq!(lines.len(), 1, "{text}");
    for remedy in [
        "proxy_buffer_size 20k;",
        "proxy_busy_buffers_size 20k;",
        "large_client_header_buffers 4 20k;",
        "max_cookies(1)",
        "AUTH_MAX_COOKIES=1",
    ] {
        assert!(lines[0].contains(remedy), "{remedy}: {text}");
    }
}

/// The response head of a renewal is large, too.
#[tokio::test]
async fn each_instance_warns_about_a_large_session_that_it_renews() {
    let app = App::with_provider(
        |provider| provider.user(User::new("big").claim("about", random_text(6_000))),
        |auth| auth,
    )
    .await;
    let other = app.another_instance(|auth| auth).await;
    let browser = app.browser();
    sign_in_as(&browser, "big").await;
    other.serve(&browser);
    app.clock.advance(Duration::from_secs(12 * 3_600));
    let log = log::record();

    assert_eq!(browser.open(&url("/")).await.text(), "big");

    assert_eq!(warnings(&log.text(), "4 KiB").len(), 1, "{}", log.text());
}

#[tokio::test]
async fn missing_offline_access_is_logged_once_when_a_refresh_is_needed() {
    let register = |registration: Provider| registration.scopes(["profile"]);
    let app = App::registered(|provider| provider, register, |auth| auth).await;
    let log = log::record();
    let browser = app.signed_in_browser().await;
    assert_eq!(fetch(&browser, "/token").await.status(), 200);
    assert!(warnings(&log.text(), "offline_access").is_empty());

    app.clock.advance(EXPIRY);
    for _ in 0..3 {
        assert_eq!(fetch(&browser, "/token").await.status(), 401);
    }

    let text = log.text();
    let lines = warnings(&text, "offline_access");
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("Provider::add_scopes"), "{text}");
    assert!(lines[0].contains("replaces the default scopes"), "{text}");
}

#[test]
fn resources_without_offline_access_are_logged_once_at_the_start() {
    let log = log::record();
    let provider =
        || Provider::new("https://id.example", CLIENT_ID).resources(["https://a.example"]);
    let _ = settings().provider(provider()).build().unwrap();
    let _ = settings()
        .provider(provider().add_scopes(["orders"]))
        .build()
        .unwrap();
    assert!(warnings(&log.text(), "offline_access").is_empty());

    let _ = settings()
        .provider(provider().scopes(["orders"]))
        .build()
        .unwrap();

    assert_eq!(warnings(&log.text(), "offline_access").len(), 1);
}

/// The application of `app` below `/app`, with the layer inside.
async fn nested(app: &App) -> TestServer {
    TestServer::start(Router::new().nest("/app", router().layer(app.auth.clone()))).await
}

#[tokio::test]
async fn a_nested_layer_without_mount_path_is_logged_once() {
    for (mount_path, path) in [
        ("", "/app/private"),
        ("/other", "/app/explain"),
        ("", "/app"),
    ] {
        let app = App::with(|auth| auth.mount_path(mount_path)).await;
        let server = nested(&app).await;
        let browser = app.browser();
        browser.map(ORIGIN, server.address());
        let log = log::record();

        for _ in 0..3 {
            browser.open(&url(path)).await;
        }

        let text = log.text();
        let lines = warnings(&text, "an outer router removes a prefix");
        assert_eq!(lines.len(), 1, "{path}: {text}");
        assert!(lines[0].contains(r#"removed="/app""#), "{text}");
        assert!(lines[0].contains("AUTH_MOUNT_PATH"), "{text}");
        assert!(lines[0].contains("/auth/callback"), "{text}");
    }
}

#[tokio::test]
async fn a_correct_mount_path_causes_no_warning() {
    // The second one is behind a proxy that removes `/shop`.
    for mount_path in ["/app", "/shop/app"] {
        let app = App::with(|auth| auth.mount_path(mount_path)).await;
        let server = nested(&app).await;
        let browser = app.browser();
        browser.map(ORIGIN, server.address());
        let log = log::record();

        browser.open(&url("/app/explain")).await;
        browser.open(&url("/app")).await;

        assert!(
            warnings(&log.text(), "mount_path").is_empty(),
            "{}",
            log.text()
        );
    }
    // And one whose proxy removes the whole prefix.
    let app = App::with(|auth| auth.mount_path("/shop")).await;
    let log = log::record();
    app.browser().open(&url("/explain")).await;
    assert!(
        warnings(&log.text(), "mount_path").is_empty(),
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn a_mount_path_that_no_router_removes_is_logged_once() {
    let app = App::with(|auth| auth.mount_path("/app")).await;
    let browser = app.browser();
    let log = log::record();

    for _ in 0..3 {
        assert_eq!(browser.open(&url("/app/auth/sign-in")).await.status(), 404);
    }

    let text = log.text();
    let lines = warnings(&text, "came with the mount_path in front of it");
    assert_eq!(lines.len(), 1, "{text}");
}
