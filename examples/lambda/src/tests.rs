//! Events that the emulator cannot cause at a moment that a test chooses.

use axum::Extension;
use axum::http::Method;
use lambda_http::Context;
use oidc_dev_provider::Endpoint;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::visits::{EXPIRY, answer};
use tower_oidc_tests::{App, TestServer};

use super::*;

fn settings(app: &App) -> AuthLayer {
    let settings = App::settings(&app.provider, &app.clock).freezes_between_requests(true);
    settings.build().unwrap()
}

async fn panics(auth: AuthContext) {
    auth.access_token().await.unwrap();
    panic!("for the test");
}

#[tokio::test]
async fn a_handler_that_panics_after_a_refresh_does_not_lose_the_session() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    let routes = Router::new().route("/panics", get(panics));
    let server = TestServer::start(protected(routes, &settings(&app))).await;
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/panics")).await;

    assert_eq!(page.status(), 500);
    assert!(!page.last().set_cookies().is_empty());
    // Another instance, which has only the cookie.
    app.serve(&browser);
    answer(&browser, "/refresh").await;
}

#[tokio::test]
async fn a_response_does_not_wait_when_the_time_of_the_function_is_over() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    // Its deadline has passed.
    let invocation = Extension(Context::default());
    let router = super::app(&settings(&app)).layer(invocation);
    let server = TestServer::start(router).await;
    browser.map(ORIGIN, server.address());
    let held = app.provider.hold(Endpoint::Revocation);

    let sign_out = url("/auth/sign-out");
    browser.fetch(ORIGIN, Method::POST, &sign_out).await;

    assert_eq!(held.waiting(), 1);
}
