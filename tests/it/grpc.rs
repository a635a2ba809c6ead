//! The responses of guards, extractors and errors to gRPC calls.

use axum::Router;
use axum::routing::any;
use http::Method;
use tower_oidc::{AuthContext, AuthError, Authenticated, RequireAuth};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::visits::EXPIRY;
use tower_oidc_tests::{App, Browser, TestServer};

async fn call(browser: &Browser, path: &str, content_type: &str) -> Page {
    let request = Request::fetch(&url(path))
        .from(ORIGIN)
        .method(Method::POST)
        .header("content-type", content_type);
    browser.send(request).await
}

#[track_caller]
fn is_refused(page: &Page, status: &str) {
    assert_eq!(page.status(), 200);
    assert_eq!(page.exchanges().len(), 1, "no redirect");
    assert_eq!(page.header("grpc-status"), Some(status));
    assert_eq!(page.header("content-type"), Some("application/grpc"));
    assert!(page.header("grpc-message").is_some());
    assert_eq!(page.header("location"), None);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.text(), "");
}

/// A handler that needs a token, and one that requests an unconfigured one.
async fn token(auth: AuthContext) -> Result<&'static str, AuthError> {
    auth.access_token().await.map(|_| "token")
}

async fn misconfigured(auth: AuthContext) -> Result<&'static str, AuthError> {
    let token = auth.access_token_for("https://unknown.example").await;
    token.map(|_| "token")
}

async fn serve(app: &App) -> (TestServer, Browser) {
    let guarded = Router::new()
        .route("/guarded", any(async || "served"))
        .layer(RequireAuth::layer());
    let router = Router::new()
        .route("/extracted", any(async |_: Authenticated| "served"))
        .route("/token", any(token))
        .route("/misconfigured", any(misconfigured))
        .merge(guarded)
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    let browser = app.http2_browser();
    browser.map(ORIGIN, server.address());
    (server, browser)
}

#[tokio::test]
async fn an_anonymous_grpc_call_gets_the_status_unauthenticated() {
    let app = App::start().await;
    let (_server, browser) = serve(&app).await;
    for content_type in [
        "application/grpc",
        "application/grpc+proto",
        "Application/gRPC-web-text",
    ] {
        for path in ["/guarded", "/extracted", "/token"] {
            is_refused(&call(&browser, path, content_type).await, "16");
        }
    }
    let other = call(&browser, "/guarded", "application/json").await;
    assert_eq!(other.status(), 401);
    assert_eq!(other.header("grpc-status"), None);
}

/// Even if it claims to be a navigation.
#[tokio::test]
async fn a_grpc_call_is_never_redirected() {
    let app = App::start().await;
    let (_server, browser) = serve(&app).await;
    let request = Request::navigation(&url("/guarded"))
        .header("content-type", "application/grpc")
        .header("accept", "text/html");

    is_refused(&browser.send(request).await, "16");
}

#[tokio::test]
async fn unavailable_denied_and_misconfigured_have_different_grpc_statuses() {
    let app = App::start().await;
    let (server, _) = serve(&app).await;
    let browser = app.signed_in_browser().await;
    browser.map(ORIGIN, server.address());
    let served = call(&browser, "/guarded", "application/grpc").await;
    assert_eq!(served.text(), "served");

    is_refused(
        &call(&browser, "/misconfigured", "application/grpc").await,
        "13",
    );
    let foreign = Request::fetch(&url("/guarded"))
        .from("https://evil.app.example")
        .method(Method::POST)
        .header("content-type", "application/grpc")
        .header("upgrade", "something");
    is_refused(&browser.send(foreign).await, "7");
    app.clock.advance(EXPIRY);
    app.provider.go_down().await.unwrap();
    let later = call(&browser, "/token", "application/grpc").await;
    is_refused(&later, "14");
    assert!(later.header("retry-after").is_some());
}
