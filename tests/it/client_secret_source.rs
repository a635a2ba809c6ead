//! A function of the application that returns the client secret, and fails for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oidc_dev_provider::DevProviderBuilder;
use tower_oidc::Provider;
use tower_oidc::provider::ClientSecret;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_SECRET, sign_in, url};
use tower_oidc_tests::visits::{EXPIRY, fetch, token};

use crate::log;

/// An application whose secrets are in a vault, and whether the vault is open.
async fn start() -> (App, Arc<AtomicBool>) {
    start_with(|it| it).await
}

async fn start_with(
    provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
) -> (App, Arc<AtomicBool>) {
    let is_open = Arc::new(AtomicBool::new(true));
    let vault = Arc::clone(&is_open);
    let register = |provider: Provider| {
        provider.client_secret_source(move |_| {
            let is_open = vault.load(Ordering::Relaxed);
            async move {
                match is_open {
                    true => Ok(ClientSecret::new(CLIENT_SECRET)),
                    false => Err("the vault is sealed".into()),
                }
            }
        })
    };
    (
        App::registered(provide, register, |auth| auth).await,
        is_open,
    )
}

///
#[tokio::test]
async fn a_session_survives_a_failing_source_of_the_client_secret() {
    let (app, vault_is_open) = start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(EXPIRY);
    vault_is_open.store(false, Ordering::Relaxed);

    let answer = fetch(&browser, "/token").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.last().set_cookies().is_empty());
    assert_eq!(app.provider.refreshes().len(), 0);
    let page = browser.open(&url("/private")).await;
    assert_eq!(page.text(), "alice");

    vault_is_open.store(true, Ordering::Relaxed);
    app.clock.advance(EXPIRY / 60);
    assert_ne!(token(&browser).await, first);
    assert_eq!(app.provider.refreshes().len(), 1);
}

///
#[tokio::test]
async fn a_sign_in_without_the_client_secret_can_be_finished_later_and_the_log_names_the_setting() {
    let (app, vault_is_open) = start().await;
    vault_is_open.store(false, Ordering::Relaxed);
    let browser = app.browser();

    let log = log::record();
    let page = sign_in(&browser).await;
    assert_eq!(page.status(), 503, "{}", page.text());
    assert_eq!(page.header("retry-after"), Some("5"));
    assert!(page.last().set_cookies().is_empty());
    assert!(!page.text().contains("vault"), "{}", page.text());
    assert!(app.provider.token_requests().is_empty());
    let log = log.text();
    assert!(log.contains("client_secret_source"), "{log}");
    assert!(log.contains("the vault is sealed"), "{log}");

    vault_is_open.store(true, Ordering::Relaxed);
    let page = page.click("Try again").await;
    assert_eq!(page.status(), 200, "{}", page.text());
    assert_eq!(app.provider.token_requests().len(), 1);
}

///
#[tokio::test]
async fn a_pushed_sign_in_without_the_client_secret_can_be_started_later() {
    let (app, vault_is_open) =
        start_with(|it| it.require_pushed_authorization_requests(true)).await;
    vault_is_open.store(false, Ordering::Relaxed);
    let browser = app.browser();

    let log = log::record();
    let page = browser.open(&url("/auth/sign-in")).await;
    assert_eq!(page.status(), 503, "{}", page.text());
    assert_eq!(page.header("retry-after"), Some("5"));
    assert!(page.last().set_cookies().is_empty());
    let log = log.text();
    assert!(log.contains("client_secret_source"), "{log}");

    vault_is_open.store(true, Ordering::Relaxed);
    let page = page.click("Try again").await;
    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    assert_eq!(page.press("alice").await.text(), "alice");
}
