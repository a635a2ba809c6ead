//! An application under a path prefix, with the layer inside and outside of the nested router.

use axum::Router;
use oidc_dev_provider::Client;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, router, url};
use tower_oidc_tests::{App, TestServer};

/// the layer is inside, so the outer router has removed the prefix from its paths.
#[tokio::test]
async fn a_layer_inside_a_nested_router_gets_its_prefix_from_the_mount_path() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/app/auth/callback"))
                .post_logout_redirect_uri(url("/app/"));
            provider.client(client)
        },
        |auth| auth.mount_path("/app"),
    )
    .await;
    let nested = Router::new()
        .nest("/app", router().layer(app.auth.clone()))
        .route("/app/", axum::routing::get(|| async { "home" }));
    let server = TestServer::start(nested).await;
    let browser = app.browser();
    browser.map(tower_oidc_tests::app::ORIGIN, server.address());

    let page = browser
        .open(&url("/app/private?x=1"))
        .await
        .press("alice")
        .await;
    assert_eq!(page.url().as_str(), url("/app/private?x=1"));
    assert_eq!(page.text(), "alice");

    // our paths as users see them; paths outside of the prefix belong to the outer
    // application.
    for (return_to, landing) in [
        ("/app/auth/sign-out", "/app"),
        ("/app/auth/session", "/app"),
        ("/auth/sign-out", "/auth/sign-out"),
    ] {
        let begin = url(&format!("/app/auth/sign-in?return_to={return_to}"));
        assert_eq!(browser.open(&begin).await.url().path(), landing);
    }

    let page = browser.open(&url("/app/auth/sign-out")).await;
    let page = page.press("Sign out").await;
    assert_eq!(page.url().as_str(), url("/app/"));
    assert_eq!(browser.open(&url("/app/explain")).await.text(), "no_cookie");
}

/// the layer is outside and sees whole paths; the routes keep their own.
#[tokio::test]
async fn a_layer_around_a_nesting_router_serves_all_its_routes() {
    let app = App::start().await;
    let outer = Router::new().nest("/app", router()).layer(app.auth.clone());
    let server = TestServer::start(outer).await;
    let browser = app.browser();
    browser.map(tower_oidc_tests::app::ORIGIN, server.address());

    // The guard sees `/private`, the layer `/app/private`: the user returns to the latter.
    let page = browser
        .open(&url("/app/private"))
        .await
        .press("alice")
        .await;

    assert_eq!(page.url().as_str(), url("/app/private"));
    assert_eq!(page.text(), "alice");
}
