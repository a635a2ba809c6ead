//! A host that freezes the process between requests: what a response must wait for, so that nothing
//! is left in progress. `examples/lambda` has the tests on an emulator of AWS Lambda.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use tower_oidc::{AuthContext, AuthEvent, AuthEventKind, AuthEventReason, AuthLayer};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::visits::{EXPIRY, answer};
use tower_oidc_tests::{App, Gate, TestServer};

async fn drain(State(auth): State<AuthLayer>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    auth.drain().await;
    response
}

#[tokio::test]
async fn a_drain_behind_the_layer_puts_a_background_refresh_into_the_response() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    let (sent, left) = (Gate::new(), Gate::new());
    let with_short_timeout = {
        let (sent, left) = (sent.clone(), left.clone());
        move |auth: AuthContext| async move {
            tokio::select! {
                _ = auth.access_token() => panic!("it is held"),
                () = sent.pass() => {}
            }
            left.open();
        }
    };
    let settings = App::settings(&app.provider, &app.clock).freezes_between_requests(true);
    let auth = settings.build().unwrap();
    let router = Router::new()
        .route("/with_short_timeout", get(with_short_timeout))
        .layer(middleware::from_fn_with_state(auth.clone(), drain))
        .layer(auth);
    let server = TestServer::start(router).await;
    browser.map(ORIGIN, server.address());
    let held = app.provider.hold_token_requests();
    let visit = {
        let browser = browser.clone();
        tokio::spawn(async move { browser.open(&url("/with_short_timeout")).await })
    };
    held.wait_for(1).await;
    sent.open();
    left.pass().await;

    held.release();

    let page = visit.await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(!page.last().set_cookies().is_empty());
    // Another instance, which has only the cookie.
    app.serve(&browser);
    answer(&browser, "/refresh").await;
}

/// A browser that disconnects cancels nothing, so the exchange of its code continues without a
/// caller.
#[tokio::test]
async fn a_drain_waits_for_a_code_exchange_whose_browser_has_left() {
    let app = App::with(|auth| auth.freezes_between_requests(true)).await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let held = app.provider.hold_token_requests();
    let visit = tokio::spawn(async move { page.press("alice").await });
    held.wait_for(1).await;
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());
    let mut drained = pin!(app.auth.drain());
    let is_pending = poll_fn(|cx| Poll::Ready(drained.as_mut().poll(cx).is_pending())).await;
    assert!(is_pending);

    held.release();

    drained.await;
    assert_eq!(app.provider.counters().token, 1);
}

#[tokio::test]
async fn a_drain_that_reaches_its_limit_reports_what_is_left() {
    let (events, seen) = mpsc::channel();
    let app = App::with(|auth| {
        auth.freezes_between_requests(true)
            .on_event(move |event| drop(events.send(event.clone())))
    })
    .await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let held = app.provider.hold_token_requests();
    let visit = tokio::spawn(async move { page.press("alice").await });
    held.wait_for(1).await;

    assert!(!app.auth.drain_for(Duration::ZERO).await);
    held.release();
    visit.await.unwrap();
    assert!(app.auth.drain_for(Duration::from_secs(60)).await);

    let events: Vec<_> = seen.try_iter().collect();
    let left = events
        .iter()
        .filter(|event| event.kind() == AuthEventKind::DrainIncomplete);
    let reasons: Vec<_> = left.map(AuthEvent::reason).collect();
    assert_eq!(reasons, [Some(AuthEventReason::InFlight)]);
}
