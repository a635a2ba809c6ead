//! A sign-out, a sign-in of another user, or a shutdown: what happens to refreshes in flight and to
//! refresh tokens.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use oidc_dev_provider::{DevProvider, Endpoint, Fault};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{EXPIRY, answer, fetch, is_accepted_by_provider, sign_out, token};

/// The refresh tokens that were presented, and those that were revoked.
fn presented(provider: &DevProvider) -> Vec<String> {
    let requests = provider.refreshes();
    let token =
        |it: &oidc_dev_provider::RecordedRequest| it.parameter("refresh_token").map(str::to_owned);
    requests.iter().filter_map(token).collect()
}

fn revoked(provider: &DevProvider) -> Vec<String> {
    let requests = provider.revocations();
    let hint = |it: &oidc_dev_provider::RecordedRequest| {
        it.parameter("token_type_hint") == Some("refresh_token")
    };
    assert!(requests.iter().all(hint));
    let token = |it: &oidc_dev_provider::RecordedRequest| it.parameter("token").map(str::to_owned);
    requests.iter().filter_map(token).collect()
}

async fn is_pending<F: Future>(future: &mut Pin<&mut F>) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

/// N-04
#[tokio::test]
async fn the_tokens_of_a_refresh_that_a_sign_out_overtook_are_revoked_and_returned_to_nobody() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (waiting, copy) = (browser.thief(), browser.thief());
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let asked = tokio::spawn(async move {
        let page = fetch(&waiting, "/token").await;
        (waiting, page)
    });
    held.wait_for(1).await;

    // It does not wait for the token request any longer than for a revocation.
    let signed_out = sign_out(&browser).await;
    assert_eq!(signed_out.status(), 303);
    held.release();
    let (waiting, page) = asked.await.unwrap();
    app.auth.drain().await;

    assert_eq!(page.status(), 401, "{}", page.text());
    assert!(page.last().set_cookies().is_empty());
    let (presented, revoked) = (presented(&app.provider), revoked(&app.provider));
    assert_eq!((presented.len(), revoked.len()), (1, 1));
    assert_ne!(revoked, presented, "the newest one");
    for browser in [&waiting, &copy] {
        assert_eq!(browser.open(&url("/explain")).await.text(), "signed_out");
        assert_eq!(fetch(browser, "/token").await.status(), 401);
    }
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// N-04: a request that began before the sign-out and requests a token after it.
#[tokio::test]
async fn a_handler_that_requests_a_token_after_the_sign_out_starts_no_refresh() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let slow = browser.thief();
    let (server, gate) = slow_page(&app.auth, |auth, gate| async move {
        let _ = auth.is_authenticated();
        gate.pass().await;
        auth.refresh().await.map(|_| "refreshed")
    })
    .await;
    slow.map(ORIGIN, server.address());
    let page = tokio::spawn(async move { fetch(&slow, "/slow").await });
    gate.entered().await;
    sign_out(&browser).await;
    app.clock.advance(Duration::from_secs(600));

    gate.open();
    let page = page.await.unwrap();

    assert_eq!(page.status(), 401, "{}", page.text());
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(app.provider.refreshes().len(), 0);
}

/// Only this instance may know the newest refresh token.
#[tokio::test]
async fn a_sign_out_with_an_old_cookie_revokes_the_newest_refresh_token() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let old = browser.thief();
    let newest = answer(&browser, "/refresh").await["token"].clone();
    assert!(is_accepted_by_provider(&app, &newest).await);

    assert_eq!(sign_out(&old).await.status(), 303);

    let (presented, revoked) = (presented(&app.provider), revoked(&app.provider));
    assert_eq!((presented.len(), revoked.len()), (1, 1));
    assert_ne!(revoked, presented);
    assert!(!is_accepted_by_provider(&app, &newest).await);
    assert_eq!(browser.open(&url("/explain")).await.text(), "signed_out");
}

/// A process that never refreshed the session revokes the refresh token of the cookie.
#[tokio::test]
async fn a_sign_out_revokes_the_refresh_token_of_the_cookie() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let access_token = token(&browser).await;

    sign_out(&browser).await;

    assert_eq!(revoked(&app.provider).len(), 1);
    assert!(!is_accepted_by_provider(&app, &access_token).await);
}

/// The user does not have to wait: two seconds at most, although the HTTP client has ten.
#[tokio::test]
async fn a_revocation_that_hangs_does_not_delay_the_sign_out() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let held = app.provider.hold(Endpoint::Revocation);

    let answered = tokio::time::timeout(Duration::from_secs(6), sign_out(&browser)).await;

    assert_eq!(answered.expect("in time").status(), 303);
    assert!(App::cookies(&browser).is_empty());
    held.wait_for(1).await;
    held.release();
    // The revocation is completed nevertheless.
    app.auth.drain().await;
    assert_eq!(revoked(&app.provider).len(), 1);
}

/// T-01, E-07
#[tokio::test]
async fn a_revocation_that_fails_does_not_fail_the_sign_out() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RevocationUnavailable);

    assert_eq!(sign_out(&browser).await.status(), 303);

    assert!(App::cookies(&browser).is_empty());
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}

/// S-31
#[tokio::test]
async fn another_users_sign_in_revokes_the_tokens_of_the_first_user() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let copy = browser.thief();
    let first = answer(&browser, "/refresh").await["token"].clone();

    assert_eq!(sign_in_as(&browser, "bob").await.text(), "bob");

    assert_eq!(revoked(&app.provider).len(), 1);
    assert_ne!(revoked(&app.provider), presented(&app.provider));
    assert!(!is_accepted_by_provider(&app, &first).await);
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    let bobs = answer(&browser, "/refresh").await;
    assert_eq!(bobs["sub"], "bob");
    assert!(is_accepted_by_provider(&app, &bobs["token"]).await);
}

/// S-31: providers use the same grant for the user's next sign-in, and would revoke it.
#[tokio::test]
async fn a_sign_in_of_the_same_user_revokes_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;

    assert_eq!(sign_in(&browser).await.text(), "alice");

    assert!(revoked(&app.provider).is_empty());
    assert!(is_accepted_by_provider(&app, &first).await);
}

/// F-06: the client has disconnected, the process is shutting down, and the response of the
/// provider is not lost.
#[tokio::test]
async fn a_graceful_shutdown_waits_for_the_token_request_in_flight() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let gone = browser.thief();
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let request = tokio::spawn(async move { gone.open(&url("/token")).await });
    held.wait_for(1).await;
    request.abort();
    let mut stop = pin!(app.auth.drain());
    assert!(is_pending(&mut stop).await);

    held.release();
    stop.await;

    token(&browser).await;
    assert_eq!(app.provider.refreshes().len(), 1);
    app.auth.drain().await;
}
