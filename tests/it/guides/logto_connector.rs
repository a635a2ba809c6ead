//! Logto's guide for Auth.js, whose second part configures Logto's OIDC connector.

use std::time::Duration;

use axum::Router;
use axum::response::Json;
use axum::routing::get;
use oidc_dev_provider::DevProvider;
use serde_json::{Value, json};
use tower_oidc::{AuthLayer, Authenticated, Provider, SigningAlgorithm};

use super::sample::{APP_ID, APP_SECRET, COOKIE_SECRET, Sample, client, parameters};

const CALLBACK: &str = "http://localhost:3000/api/auth/callback/logto";

#[tokio::test]
async fn each_step_of_the_guide_works() {
    // Set up Auth.js provider: Auth.js v5
    set_up(|provider| Provider::new(provider.issuer(), APP_ID)).await;
    // Set up Auth.js provider: Next Auth v4
    set_up(|provider| {
        let well_known = format!("{}/.well-known/openid-configuration", provider.issuer());
        Provider::new(provider.issuer(), APP_ID)
            .discovery_url(well_known)
            .algorithms([SigningAlgorithm::Es384])
    })
    .await;
}

/// The first part of the guide, with what differs between two versions of Auth.js.
async fn set_up(logto: impl FnOnce(&DevProvider) -> Provider) {
    // Configure sign-in redirect URI
    let client = client(CALLBACK, "http://localhost:3000/");
    let provider = DevProvider::builder().issuer_path("/oidc").client(client);
    // Set up Auth.js provider
    let settings = |provider: &DevProvider| {
        let scope = "openid offline_access profile email";
        let logto = logto(provider).client_secret(APP_SECRET);
        AuthLayer::builder()
            .provider(logto.scopes(scope.split(' ')))
            .base_url("http://localhost:3000")
            .cookie_secret(COOKIE_SECRET)
            .callback_path("/api/auth/callback/logto")
    };
    let pages = Router::new().route("/user", get(profile));
    let app = Sample::start(provider, settings, pages).await;

    // Implement sign-in and sign-out button
    // Show sign-in and sign-out button in the page
    // Checkpoint
    let there = app.sign_in_as("alice").await;
    assert_eq!(parameters(&there, "redirect_uri"), [CALLBACK]);
    let scope = parameters(&there, "scope").concat();
    for asked in ["openid", "offline_access", "profile", "email"] {
        assert_eq!(
            scope.split(' ').filter(|it| *it == asked).count(),
            1,
            "{scope}"
        );
    }
    let user = json!({
        "id": "alice",
        "name": "Alice Adams",
        "email": "alice@example.com",
        "image": "https://avatars.example.com/u/1?s=256&v=4",
    });
    assert_eq!(app.answer("/user").await, user);
    // Set up Auth.js provider: the middleware that keeps the session alive
    app.clock.advance(Duration::from_secs(7 * 60 * 60));
    let page = app.open("/").await;
    assert_eq!(page.last().set_cookies().len(), 1, "the session is renewed");
    let page = page.press("Sign Out").await;
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Sign In"));
}

/// The user object of Auth.js.
async fn profile(user: Authenticated) -> Json<Value> {
    let profile = user.claims().profile();
    Json(json!({
        "id": profile.sub,
        "name": profile.name,
        "email": profile.email,
        "image": profile.picture,
    }))
}
