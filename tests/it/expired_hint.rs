//! A sign-out whose ID token has expired, at a provider that refuses such a token.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tokio::sync::mpsc;
use tower_oidc::{AuthEventKind, AuthLayerBuilder};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::visits::{answer, sign_out_button};
use tower_oidc_tests::{App, Browser};

/// The provider's ID tokens are valid for an hour.
const EXPIRED: Duration = Duration::from_secs(3_601);

fn refreshing(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.refresh_expired_hint(true)
}

/// The ID token that the provider got at the sign-out.
fn hint(page: &Page) -> Option<String> {
    parameter(page.exchanges()[1].url(), "id_token_hint")
}

async fn id_token(browser: &Browser) -> String {
    let who = answer(browser, "/who").await;
    who["id_token"].as_str().expect("an ID token").to_owned()
}

#[tokio::test]
async fn a_sign_out_refreshes_an_expired_id_token_if_asked() {
    for path in ["/auth/sign-out", "/leave"] {
        let app = App::with(refreshing).await;
        let browser = app.signed_in_browser().await;
        let first = id_token(&browser).await;
        app.clock.advance(EXPIRED);

        let page = match path {
            "/leave" => browser.navigate(ORIGIN, &url(path)).await,
            _ => browser.send(sign_out_button()).await,
        };

        let sent = hint(&page).expect("an ID token");
        assert_ne!(sent, first, "{path}");
        assert_eq!(app.provider.counters().token, 2, "{path}");
        assert_eq!(page.url().as_str(), url("/"));
        assert!(App::cookies(&browser).is_empty());
        assert_eq!(app.provider.session_count(), 0);
    }
}

#[tokio::test]
async fn an_id_token_that_is_still_valid_or_that_nobody_refreshes_is_sent_unchanged() {
    for (refresh, age) in [(true, Duration::from_secs(3_580)), (false, EXPIRED)] {
        let app = App::with(|auth| auth.refresh_expired_hint(refresh)).await;
        let browser = app.signed_in_browser().await;
        let first = id_token(&browser).await;
        app.clock.advance(age);

        let page = browser.send(sign_out_button()).await;

        assert_eq!(hint(&page), Some(first));
        assert_eq!(app.provider.counters().token, 1, "only the sign-in");
    }
}

/// E-14
#[tokio::test]
async fn if_the_refresh_fails_the_sign_out_sends_the_old_id_token() {
    for fault in [
        Fault::RefreshUnavailable,
        Fault::RefreshInvalidGrant,
        Fault::RefreshNoIdToken,
        Fault::RefreshIdTokenWrongSub,
    ] {
        let app = App::with(refreshing).await;
        let browser = app.signed_in_browser().await;
        let first = id_token(&browser).await;
        app.clock.advance(EXPIRED);
        app.provider.add_fault(fault);

        let page = browser.send(sign_out_button()).await;

        assert_eq!(hint(&page), Some(first), "{fault:?}");
        assert_eq!(browser.open(&url("/")).await.text(), "nobody", "{fault:?}");
        assert_eq!(app.provider.session_count(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_is_not_refreshed() {
    let app = App::with(refreshing).await;
    let browser = app.signed_in_browser().await;
    let copy = browser.thief();
    app.clock.advance(EXPIRED);
    browser.send(sign_out_button()).await;
    assert_eq!(app.provider.counters().token, 2);

    copy.send(sign_out_button()).await;

    assert_eq!(app.provider.counters().token, 2);
}

/// E-14: the user has clicked, so the session ends whatever the browser does then.
#[tokio::test]
async fn a_sign_out_ends_the_session_even_if_the_browser_leaves_during_the_refresh() {
    let (events, mut seen) = mpsc::unbounded_channel();
    let app = App::with(|auth| {
        refreshing(auth).on_event(move |event| {
            let _ = events.send(event.kind());
        })
    })
    .await;
    let browser = app.signed_in_browser().await;
    let copy = browser.thief();
    app.clock.advance(EXPIRED);
    let held = app.provider.hold_token_requests();
    let visit = tokio::spawn(async move { browser.send(sign_out_button()).await });
    held.wait_for(1).await;
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());

    held.release();

    let ended = async { while seen.recv().await.expect("an event") != AuthEventKind::SignedOut {} };
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    assert!(ended.is_ok(), "the session has not ended");
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
}
