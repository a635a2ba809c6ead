//! Logto's guide for Auth.js, whose second part configures Logto's OIDC connector.

use std::time::Duration;

use axum::Router;
use axum::response::Json;
use axum::routing::get;
use oidc_dev_provider::{DevProvider, Fault};
use serde_json::{Value, json};
use tower_oidc::provider::{ClientAuthMethod, Display, SigningAlgorithm};
use tower_oidc::{AuthLayer, Authenticated, Prompt, Provider, SignIn};

use tower_oidc_tests::browser::Request;
use url::Url;

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
    // Configure your connector
    connector().await;
    id_token_verification().await;
}

/// The first part of the guide, with the differences between two versions of Auth.js.
async fn set_up(logto: impl FnOnce(&DevProvider) -> Provider) {
    // Configure sign-in redirect URI
    let client = client(CALLBACK, "http://localhost:3000/");
    let provider = DevProvider::builder().issuer_path("/oidc").client(client);
    // Set up Auth.js provider
    let settings = |provider: &DevProvider| {
        let scope = "openid offline_access profile email";
        let logto = logto(provider).client_secret(APP_SECRET).name("Logto");
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
    // Configure sign-in redirect URI: a user who is signed in at Logto is not asked again.
    app.browser.jar().delete("auth-3000");
    let page = app.open("/").await.click("Sign In").await;
    assert!(page.text().contains("Hello, alice,"), "{}", page.text());
    // Set up Auth.js provider: the middleware that keeps the session alive
    app.clock.advance(Duration::from_secs(7 * 60 * 60));
    let page = app.open("/").await;
    assert_eq!(page.last().set_cookies().len(), 1, "the session is renewed");
    let page = page.press("Sign Out").await;
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Sign In"));
}

/// The second part of the guide: the connector.
async fn connector() {
    let subject = |other: Provider| other.expected_subject("alice");
    let app = start_connector(subject).await;

    // Testing and Validation
    let page = app.open("/").await.click("Sign In").await;
    assert_eq!(page.press("bob").await.status(), 403, "not the subject");
    let there = app.sign_in_as("alice").await;
    for (name, value) in [
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("audience", "https://api.example.com"),
        ("display", "page"),
        ("prompt", "login"),
        ("max_age", "600"),
        ("ui_locales", "sv en"),
    ] {
        assert_eq!(parameters(&there, name), [value], "{name}");
    }
    assert_eq!(parameters(&there, "nonce").len(), 1);
    assert_eq!(app.provider.counters().discovery, 0);
    let exchanges = app.provider.token_requests();
    let exchange = exchanges.last().unwrap();
    assert_eq!(exchange.parameter("grant_type"), Some("authorization_code"));
    assert_eq!(exchange.parameter("client_secret"), Some(APP_SECRET));
    assert_eq!(exchange.authorization(), None);

    // AuthRequestOptionalConfig: what is about one sign-in
    let again = Request::navigation("http://localhost:3000/sign-in-again");
    let again = app.browser.step(&again).await;
    let there = Url::parse(again.header("location").unwrap()).unwrap();
    let id_token = app.open("/id-token").await.text();
    for (name, value) in [
        ("display", "popup"),
        ("prompt", "none"),
        ("max_age", "60"),
        ("ui_locales", "fr"),
        ("id_token_hint", &id_token),
        ("login_hint", "alice"),
        ("acr_values", "gold silver"),
    ] {
        assert_eq!(parameters(&there, name), [value], "{name}");
    }
}

/// IdTokenVerificationConfig: what the settings accept beyond the standard, and what is refused.
async fn id_token_verification() {
    let mut app = start_connector(|other| other).await;
    for accepted in [
        Fault::IdTokenIssuerWithSlash,
        Fault::IdTokenExtraAudience,
        Fault::IdTokenCriticalHeader,
    ] {
        app.provider.clear_faults();
        app.provider.add_fault(accepted);
        app.take_new_browser();
        app.sign_in_as("alice").await;
    }
    for refused in [
        Fault::IdTokenWrongIssuer,
        Fault::IdTokenWrongAudience,
        Fault::IdTokenHs256,
        Fault::IdTokenWrongType,
        Fault::IdTokenIssuedInFuture,
    ] {
        app.provider.clear_faults();
        app.provider.add_fault(refused);
        app.take_new_browser();
        is_refused(&app, &format!("{refused:?}")).await;
    }
    let app = start_connector(|other| other.id_token_type("at+jwt")).await;
    is_refused(&app, "the usual type").await;
    app.provider.add_fault(Fault::IdTokenWrongType);
    app.sign_in_as("alice").await;
    let app = start_connector(|other| other.algorithms([SigningAlgorithm::Rs256])).await;
    is_refused(&app, "signed with ES384").await;
}

async fn is_refused(app: &Sample, case: &str) {
    let page = app.open("/").await.click("Sign In").await;
    let page = page.press("alice").await;
    assert!(page.status() >= 400, "{case}");
    assert!(app.open("/").await.text().contains("Sign In"), "{case}");
}

/// An application whose provider has no discovery, with each setting of the connector.
async fn start_connector(more: impl FnOnce(Provider) -> Provider) -> Sample {
    let client = client(CALLBACK, "http://localhost:3000/");
    let provider = DevProvider::builder().client(client);
    let settings = |provider: &DevProvider| {
        let issuer = provider.issuer();
        // Config types
        let other = Provider::new(issuer, APP_ID)
            .client_secret(APP_SECRET)
            .scopes("openid profile email".split(' '))
            .authorization_endpoint(format!("{issuer}/authorize"))
            .token_endpoint(format!("{issuer}/token"))
            .client_auth_method(ClientAuthMethod::ClientSecretPost)
            .extra_parameter("audience", "https://api.example.com");
        // AuthRequestOptionalConfig
        let other = other
            .display(Display::Page)
            .prompt(Prompt::Login)
            .max_age(Duration::from_secs(600))
            .ui_locales("sv en");
        // IdTokenVerificationConfig
        let other = other
            .jwks_uri(format!("{issuer}/jwks"))
            .accepted_issuers([format!("{issuer}/")])
            .trusted_audiences(["another-client"])
            .algorithms([SigningAlgorithm::Es384])
            .leeway(Duration::from_secs(5))
            .critical_header("x-new", |value| value.as_str() == r#""1""#)
            .max_token_age(Duration::from_secs(300))
            .id_token_type("JWT");
        AuthLayer::builder()
            .provider(more(other))
            .base_url("http://localhost:3000")
            .cookie_secret(COOKIE_SECRET)
            .callback_path("/api/auth/callback/logto")
    };
    let pages = Router::new()
        .route("/sign-in-again", get(sign_in_again))
        .route("/id-token", get(id_token));
    Sample::start(provider, settings, pages).await
}

async fn sign_in_again(user: Authenticated) -> SignIn {
    let again = user
        .context()
        .sign_in()
        .display(Display::Popup)
        .prompt(Prompt::None)
        .max_age(Duration::from_secs(60))
        .ui_locales("fr")
        .login_hint("alice")
        .acr_values("gold silver");
    match user.id_token() {
        Some(id_token) => again.id_token_hint(id_token.as_str()),
        None => again,
    }
}

async fn id_token(user: Authenticated) -> String {
    let id_token = user.id_token();
    id_token
        .map(|it| it.as_str().to_owned())
        .unwrap_or_default()
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
