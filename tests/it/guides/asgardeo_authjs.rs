//! Asgardeo's guide for Auth.js.

use axum::Router;
use axum::response::Json;
use axum::routing::get;
use http::Method;
use oidc_dev_provider::{DevProvider, Fault};
use serde_json::{Value, json};
use tower_oidc::hooks::ClaimsToMap;
use tower_oidc::{AuthContext, AuthError, AuthLayerBuilder, Authenticated};
use tower_oidc_tests::App;
use tower_oidc_tests::visits::{answer, fetch};
use url::Url;

use super::sample::{APP_ID, APP_SECRET, COOKIE_SECRET, HERE, Sample, client, parameters};

#[tokio::test]
async fn each_step_of_the_guide_works() {
    let client = client(
        "http://localhost:3000/api/auth/callback/asgardeo",
        "http://localhost:3000/",
    );
    let provider = DevProvider::builder()
        .issuer_path("/t/acme/oauth2/token")
        .client(client)
        // Only introspection knows the scopes of an opaque token.
        .fault(Fault::MissingScope);
    let pages = Router::new()
        .route("/session", get(session))
        .route("/introspection", get(introspection));
    let app = Sample::start(provider, |provider| settings(provider.issuer()), pages).await;

    sign_up_button().await;
    log_in(&app).await;
    user_information(&app).await;
    permissions(&app).await;
    log_out(&app).await;
}

fn settings(issuer: &str) -> AuthLayerBuilder {
    let variables = |name: &str| {
        let value = match name {
            // The guide's own
            "AUTH_ASGARDEO_ISSUER" => issuer,
            "AUTH_ASGARDEO_ID" => APP_ID,
            "AUTH_ASGARDEO_SECRET" => APP_SECRET,
            // `HOSTED_URL`
            "AUTH_BASE_URL" => "http://localhost:3000",
            "AUTH_COOKIE_SECRET" => COOKIE_SECRET,
            // The paths of Auth.js, and of the section "Create API route"
            "AUTH_CALLBACK_PATH" => "/api/auth/callback/asgardeo",
            "AUTH_SESSION_PATH" => "/api/auth/session",
            "AUTH_SIGN_OUT_PATH" => "/api/auth/sign-out",
            // Access logged user's information: the callback `session`
            "AUTH_SESSION_CLAIMS" => "email",
            // Access logged user's permissions
            "AUTH_INTROSPECT_SCOPES" => "true",
            _ => return None,
        };
        Some(value.to_owned())
    };
    AuthLayerBuilder::from_test_variables(variables)
        .unwrap()
        // Access logged user's information: the callback `jwt`
        .map_claims(|ClaimsToMap { claims, .. }| async move {
            let username = claims.standard().username;
            Ok(claims.with("email", &username)?)
        })
}

/// The parts of the session that the guide keeps.
async fn session(user: Authenticated) -> Result<Json<Value>, AuthError> {
    let access_token = user.access_token().await?;
    let standard = user.claims().standard();
    Ok(Json(json!({
        "email": standard.email,
        "firstName": standard.given_name,
        "lastName": standard.family_name,
        "scopes": access_token.scopes(),
    })))
}

async fn introspection(user: Authenticated) -> Result<Json<Value>, AuthError> {
    let response = user.context().introspect().await?;
    let scopes: Vec<_> = response.scopes().collect();
    Ok(Json(
        json!({ "active": response.is_active(), "scope": scopes.join(" ") }),
    ))
}

/// The claims that a script on a page of the application gets.
async fn use_session(app: &Sample) -> Value {
    let url = format!("{HERE}/api/auth/session");
    app.browser.fetch(HERE, Method::GET, &url).await.json()
}

async fn sign_up_button() {
    // Implement log in: the button to register, whose page is derived from the issuer
    let settings = |_: &DevProvider| settings("https://api.asgardeo.io/t/acme/oauth2/token");
    let pages = Router::new().route("/sign-up", get(sign_up_url));
    let app = Sample::start(DevProvider::builder(), settings, pages).await;
    let link = app.open("/sign-up").await.text();
    assert!(
        link.starts_with("https://accounts.asgardeo.io/t/acme/"),
        "{link}"
    );
}

async fn sign_up_url(auth: AuthContext) -> String {
    auth.sign_up_url().unwrap_or_default().to_owned()
}

async fn log_in(app: &Sample) {
    // Implement log in
    let session = use_session(app).await;
    assert_eq!(session["authenticated"], false);
    app.sign_in_as("alice").await;
}

async fn user_information(app: &Sample) {
    // Access logged user's information
    let session = use_session(app).await;
    assert_eq!(session["authenticated"], true);
    assert_eq!(session["claims"], json!({ "email": "alice" }));
}

async fn permissions(app: &Sample) {
    // Access logged user's permissions
    let scopes = json!(["openid", "profile", "email", "offline_access"]);
    let session = json!({
        "email": "alice",
        "firstName": "Alice",
        "lastName": "Adams",
        "scopes": scopes,
    });
    assert_eq!(app.answer("/session").await, session);
    assert_eq!(app.answer("/session").await, session);
    assert_eq!(
        app.provider.introspections().len(),
        1,
        "once for each token"
    );
    let introspection = app.answer("/introspection").await;
    assert_eq!(introspection["active"], true);
    assert_eq!(
        introspection["scope"],
        "openid profile email offline_access"
    );
    let asked = app.provider.introspections();
    let authorization = asked.last().unwrap().authorization().unwrap();
    assert!(authorization.starts_with("Basic "));
}

async fn log_out(app: &Sample) {
    // Implement log out: Create API route, Implementation
    let answer = app.post("/api/auth/sign-out").await;
    assert_eq!(answer.status(), 200);
    let logout_url = answer.json()["logoutUrl"].as_str().unwrap().to_owned();
    assert!(
        app.browser
            .cookies()
            .iter()
            .all(|it| it.name() != "auth-3000"),
        "signed out here"
    );
    // `window.location.href = data.logoutUrl`
    let logout_url = Url::parse(HERE).unwrap().join(&logout_url).unwrap();
    let page = app.browser.navigate(HERE, logout_url.as_str()).await;
    let there = page.exchanges()[1].url();
    assert!(there.as_str().starts_with(app.provider.issuer()));
    assert_eq!(parameters(there, "id_token_hint").len(), 1);
    assert_eq!(
        parameters(there, "post_logout_redirect_uri"),
        [format!("{HERE}/")]
    );
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Sign In"));
    assert_eq!(app.provider.session_count(), 0);
    // Without a session this is no error.
    assert_eq!(app.post("/api/auth/sign-out").await.status(), 200);
}

/// Auth.js: the callbacks `jwt` and `session`.
#[tokio::test]
async fn the_application_decides_what_a_session_contains_and_what_its_scripts_see() {
    let app = App::with(|auth| {
        auth.map_claims(|ClaimsToMap { claims, .. }| async move {
            let username = claims.standard().username;
            Ok(claims.with("login", &username)?)
        })
        .session_claims(["login", "given_name"])
    })
    .await;
    let browser = app.signed_in_browser().await;
    let seen = json!({ "login": "alice", "given_name": "Alice" });

    let claims = fetch(&browser, "/auth/session").await.json()["claims"].clone();
    assert_eq!(claims, seen);
    answer(&browser, "/refresh").await;
    let claims = fetch(&browser, "/auth/session").await.json()["claims"].clone();
    assert_eq!(claims, seen);
}
