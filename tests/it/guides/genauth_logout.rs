//! GenAuth's guide to the logout.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use oidc_dev_provider::{DevProvider, Fault};
use tower_oidc::provider::Revocation;
use tower_oidc::{AuthContext, AuthError, AuthLayer, Authenticated, Provider};
use tower_oidc_tests::TestServer;

use super::sample::{APP_ID, APP_SECRET, COOKIE_SECRET, Sample, client, endpoint, parameters};

const HOMEPAGE: &str = "https://example.com/homepage";

#[tokio::test]
async fn each_step_of_the_guide_works() {
    let client = client("http://localhost:3000/auth/callback", HOMEPAGE);
    let provider = DevProvider::builder()
        .issuer_path("/oidc")
        .client(client)
        .fault(Fault::EndSessionRequiresIdTokenHint);
    // Sample code: the client
    let settings = |provider: &DevProvider| {
        let genauth = Provider::genauth(endpoint(provider), APP_ID).client_secret(APP_SECRET);
        AuthLayer::builder()
            .provider(genauth)
            .base_url("http://localhost:3000")
            .cookie_secret(COOKIE_SECRET)
    };
    let pages = Router::new()
        .route("/log-out", get(log_out))
        .route("/id-token", get(id_token))
        .route("/revoke", get(revoke))
        .route("/nobody", get(async || "nobody"));
    let app = Sample::start(provider, settings, pages).await;
    let homepage = Router::new().route("/homepage", get(async || "the homepage"));
    let homepage = TestServer::start(homepage).await;
    app.browser.map("https://example.com", homepage.address());

    // Front-end Logout
    assert_eq!(
        app.open("/log-out").await.text(),
        "nobody",
        "idToken is missing"
    );
    app.sign_in_as("alice").await;
    let id_token = app.open("/id-token").await.text();
    let page = app.open("/log-out").await;
    // Request response
    let there = page.exchanges()[1].url();
    assert!(
        there
            .as_str()
            .starts_with(&format!("{}/session/end?", app.provider.issuer()))
    );
    for (name, value) in [
        ("post_logout_redirect_uri", HOMEPAGE),
        ("id_token_hint", &id_token),
        ("state", "some-random-string"),
    ] {
        assert_eq!(parameters(there, name), [value], "{name}");
    }
    // Request parameters: `state` comes back
    assert_eq!(
        page.url().as_str(),
        format!("{HOMEPAGE}?state=some-random-string")
    );
    assert_eq!(page.text(), "the homepage");
    assert_eq!(app.provider.session_count(), 0);

    // Back-end logout, which the guide names as the alternative
    assert_eq!(app.open("/revoke").await.text(), "active: false");
}

/// Sample code: `buildLogoutUrl`
async fn log_out(auth: AuthContext) -> Result<Redirect, AuthError> {
    let mut url = auth
        .logout_url()
        .post_logout_redirect_uri("https://example.com/homepage")
        .state("some-random-string");
    if let Some(id_token) = auth.id_token() {
        url = url.id_token_hint(id_token.as_str());
    }
    let url = url.await?;
    Ok(Redirect::to(&url.unwrap_or_else(|| "/nobody".to_owned())))
}

/// Revokes the access token, and asks the provider whether it is still valid.
async fn revoke(user: Authenticated) -> Result<String, AuthError> {
    let token = user.access_token().await?;
    assert!(user.context().introspect_token(&token).await?.is_active());
    assert_eq!(user.context().revoke(&token).await?, Revocation::Revoked);
    let introspection = user.context().introspect_token(&token).await?;
    Ok(format!("active: {}", introspection.is_active()))
}

async fn id_token(user: Authenticated) -> String {
    let id_token = user.id_token();
    id_token
        .map(|it| it.as_str().to_owned())
        .unwrap_or_default()
}
