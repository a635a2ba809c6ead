//! Logto's guide for the App Router of Next.js.

use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use http::Method;
use oidc_dev_provider::{DevProvider, Resource, User};
use serde_json::{Value, json};
use tower_oidc::provider::scope;
use tower_oidc::{
    AccessToken, AuthContext, AuthError, AuthLayer, AuthLayerBuilder, Authenticated, Provider,
};
use tower_oidc_tests::app::{sign_in, sign_in_as, url};
use tower_oidc_tests::visits::{EXPIRY, answer};
use tower_oidc_tests::{App, LateBody};

use super::sample::{
    APP_ID, APP_SECRET, COOKIE_SECRET, HERE, Sample, client, endpoint, parameters,
};
use super::serve;

const SHOPPING: &str = "https://shopping.your-app.com/api";
const STORE: &str = "https://store.your-app.com/api";

#[tokio::test]
async fn each_step_of_the_guide_works() {
    integration().await;
    user_information().await;
    api_resources().await;
    organization_tokens().await;
    // Use external session storage: the tests of the module `session_store` show it.
}

/// The application after "Integration", with more settings and pages.
async fn app(configure: impl FnOnce(Provider) -> Provider, pages: Router) -> Sample {
    app_with(configure, |auth| auth, pages).await
}

async fn app_with(
    configure: impl FnOnce(Provider) -> Provider,
    more: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    pages: Router,
) -> Sample {
    // Configure redirect URIs
    let provider = DevProvider::builder()
        .issuer_path("/oidc")
        .client(client(
            "http://localhost:3000/callback",
            "http://localhost:3000/",
        ))
        .user(User::new("dora").claim("organizations", ["organization-id"]));
    let provider = [("shopping", SHOPPING), ("store", STORE)].into_iter().fold(
        provider,
        |provider, (name, indicator)| {
            let resource = Resource::new(indicator).scope("read").scope("write");
            let resource = resource.scope(format!("{name}:read"));
            provider.resource(resource.scope(format!("{name}:write")))
        },
    );
    // Prepare configs
    let settings = |provider: &DevProvider| {
        let logto = Provider::logto(endpoint(provider), APP_ID).client_secret(APP_SECRET);
        let settings = AuthLayer::builder()
            .provider(configure(logto))
            .base_url("http://localhost:3000")
            .cookie_secret(COOKIE_SECRET)
            .callback_path("/callback");
        more(settings)
    };
    Sample::start(provider, settings, pages).await
}

async fn integration() {
    // Prepare configs: the secret that is printed there has to be replaced.
    let printed = AuthLayer::builder()
        .provider(Provider::logto("http://localhost:3001", APP_ID).client_secret(APP_SECRET))
        .base_url("http://localhost:3000")
        .cookie_secret("complex_password_at_least_32_characters_long")
        .build();
    assert_eq!(printed.unwrap_err().setting(), "cookie_secret");

    // Configure redirect URIs
    // Handle callback
    // Implement sign-in and sign-out
    let app = app(|logto| logto, Router::new()).await;

    // Checkpoint: Test your application
    let page = app.open("/").await.click("Sign In").await;
    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    let page = page.press("alice").await;
    assert_eq!(page.exchanges()[1].url().path(), "/callback");
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    let page = page.press("Sign Out").await;
    assert_eq!(page.url().as_str(), "http://localhost:3000/");
    assert!(page.text().contains("Sign In"));
    assert!(app.browser.cookies().is_empty(), "no token is left");
    assert_eq!(app.provider.session_count(), 0);
}

async fn user_information() {
    let pages = || {
        Router::new()
            .route("/api/profile", get(claims))
            .route("/user-info", get(user_info))
    };
    // Display user information
    // Get user information in API route handlers
    let before = app(|logto| logto, pages()).await;
    before.sign_in_as("alice").await;
    let claims = before.answer("/api/profile").await["claims"].clone();
    for (name, value) in [
        ("sub", "alice"),
        ("name", "Alice Adams"),
        ("username", "alice"),
        ("picture", "https://avatars.example.com/u/1?s=256&v=4"),
    ] {
        assert_eq!(claims[name], value);
    }
    assert_eq!(claims["phone_number"], Value::Null);

    // Request additional claims
    let more = [scope::EMAIL, scope::PHONE, scope::CUSTOM_DATA];
    let app = app(|logto| logto.add_scopes(more), pages()).await;
    let there = app.sign_in_as("alice").await;
    let asked = parameters(&there, "scope").concat();
    for reserved in ["openid", "profile", "offline_access"] {
        assert!(asked.split(' ').any(|scope| scope == reserved), "{asked}");
    }
    let claims = app.answer("/api/profile").await["claims"].clone();
    assert_eq!(claims["email"], "alice@example.com");
    assert_eq!(claims["phone_number"], "+46701740605");

    // Claims that need network requests
    assert_eq!(claims["custom_data"], Value::Null);
    assert_eq!(app.provider.counters().user_info, 0);
    let user_info = app.answer("/user-info").await;
    assert_eq!(user_info["email"], "alice@example.com");
    assert_eq!(user_info["custom_data"]["theme"], "dark");
    assert_eq!(app.provider.counters().user_info, 1);
}

async fn api_resources() {
    let pages = || {
        Router::new()
            .route("/shopping", get(shopping))
            .route("/shopping-late", get(shopping_late))
            .route("/store", get(store))
    };
    for (scopes, of_shopping, of_store) in [
        // Configure Logto client: each resource with its own permissions
        (
            &[
                "shopping:read",
                "shopping:write",
                "store:read",
                "store:write",
            ][..],
            ["shopping:read", "shopping:write"],
            ["store:read", "store:write"],
        ),
        // Configure Logto client: the same scopes for every resource
        (&["read", "write"], ["read", "write"], ["read", "write"]),
    ] {
        let configure = |logto: Provider| {
            logto
                .add_scopes(scopes.iter().copied())
                .resources([SHOPPING, STORE])
        };
        let to_scripts =
            |auth: AuthLayerBuilder| auth.access_token_path("/auth/access-token", [SHOPPING]);
        let app = app_with(configure, to_scripts, pages()).await;
        let there = app.sign_in_as("alice").await;
        assert_eq!(parameters(&there, "resource"), [SHOPPING, STORE]);

        // Fetch access token for the API resource
        let token = app.answer("/shopping").await;
        assert_eq!(token["aud"], json!([SHOPPING]));
        assert_eq!(token["scopes"], json!(of_shopping));
        assert_eq!(token["persisted"], true);
        let other = app.answer("/store").await;
        assert_eq!(other["aud"], json!([STORE]));
        assert_eq!(other["scopes"], json!(of_store));
        // The cached one, and after its expiry a new one.
        assert_eq!(app.answer("/shopping").await["token"], token["token"]);
        // The script that prints it
        let path = format!("{HERE}/auth/access-token?resource={SHOPPING}");
        let to_script = app.browser.fetch(HERE, Method::GET, &path).await;
        assert_eq!(to_script.json()["access_token"], token["token"]);
        app.clock.advance(EXPIRY);
        let refreshed = app.answer("/shopping").await;
        assert_ne!(refreshed["token"], token["token"]);
        // The server component: it refreshes the token after the response has begun.
        app.clock.advance(EXPIRY);
        let page = app.open("/shopping-late").await;
        let late = page.json();
        assert_ne!(late["token"], refreshed["token"]);
        assert_eq!(late["persisted"], false);
        assert!(page.last().set_cookies().is_empty());
    }
}

async fn organization_tokens() {
    // Fetch organization tokens
    let pages = Router::new()
        .route("/organization", get(organization))
        .route("/organization-late", get(organization_late));
    let configure = |logto: Provider| logto.add_scopes([scope::ORGANIZATIONS]);
    let app = app(configure, pages).await;
    app.sign_in_as("dora").await;

    let token = app.answer("/organization").await;

    assert_eq!(
        token["aud"],
        json!(["urn:logto:organization:organization-id"])
    );
    assert_eq!(token["persisted"], true);
    // The server component
    app.clock.advance(EXPIRY);
    let late = app.answer("/organization-late").await;
    assert_eq!(late["aud"], token["aud"]);
    assert_ne!(late["token"], token["token"]);
    assert_eq!(late["persisted"], false);
}

async fn claims(auth: AuthContext) -> Json<Value> {
    let claims = auth.claims();
    let claims = claims.and_then(|claims| claims.deserialize::<Value>().ok());
    Json(json!({ "claims": claims }))
}

async fn user_info(user: Authenticated) -> Result<Json<Value>, AuthError> {
    let user_info = user.user_info().await?;
    Ok(Json(user_info.deserialize().unwrap_or_default()))
}

async fn shopping(user: Authenticated) -> Result<Json<Value>, AuthError> {
    user.access_token_for(SHOPPING).await.map(described)
}

async fn store(user: Authenticated) -> Result<Json<Value>, AuthError> {
    user.access_token_for(STORE).await.map(described)
}

async fn organization(user: Authenticated) -> Result<Json<Value>, AuthError> {
    user.context()
        .organization_token("organization-id")
        .await
        .map(described)
}

/// `getAccessTokenRSC`: the token is fetched while the body of the response is written.
async fn shopping_late(user: Authenticated) -> Body {
    Body::new(LateBody::new(async move {
        let token = user.access_token_for(SHOPPING).await;
        token.map_or_else(|error| error.to_string(), |it| described(it).0.to_string())
    }))
}

/// `getOrganizationTokenRSC`
async fn organization_late(user: Authenticated) -> Body {
    Body::new(LateBody::new(async move {
        let token = user.context().organization_token("organization-id").await;
        token.map_or_else(|error| error.to_string(), |it| described(it).0.to_string())
    }))
}

fn described(token: AccessToken) -> Json<Value> {
    Json(json!({
        "token": token.as_str(),
        "aud": token.unverified_claims().map(|claims| claims.aud()),
        "scopes": token.scopes(),
        "persisted": token.is_persisted(),
    }))
}

/// What an application does with the claims of a Logto user.
async fn typed(user: Authenticated) -> Json<Value> {
    let (profile, standard) = (user.claims().profile(), user.claims().standard());
    let millis = standard
        .updated_at
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_millis()).ok());
    Json(json!({
        "name": profile.name,
        "email": profile.email,
        "phone": profile.phone,
        "updated_at": millis,
        "email_verified": standard.email_verified,
        "picture": standard.picture,
        "shoe_size": user.claims().get::<u8>("shoe_size"),
    }))
}

#[tokio::test]
async fn claims_are_read_as_logto_and_others_send_them() {
    let dora = User::new("dora")
        .claim("name", Value::Null)
        .claim("picture", Value::Null)
        .claim("updated_at", 1_794_991_234_567_u64)
        .claim("email", "dora@example.com")
        .claim("email_verified", "true")
        .claim("shoe_size", 38);
    let app = App::with_provider(|provider| provider.user(dora), |auth| auth).await;
    let browser = app.browser();
    let router = Router::new().route("/", get(typed));
    let _server = serve(&app, &browser, router).await;

    let page = sign_in_as(&browser, "dora").await;

    assert_eq!(
        page.json(),
        json!({
            // The name that the user signs in with replaces the missing one.
            "name": "dora",
            "email": "dora@example.com",
            "phone": null,
            "updated_at": 1_794_991_234_567_u64,
            "email_verified": true,
            "picture": null,
            "shoe_size": 38,
        })
    );
}

/// Logto: `getOrganizationTokens`.
#[tokio::test]
async fn there_is_a_token_for_each_organization_of_the_user() {
    async fn tokens(user: Authenticated) -> Result<Json<Value>, AuthError> {
        let standard = user.claims().standard();
        let mut tokens = Vec::new();
        for id in standard.organizations.iter().flatten() {
            let token = user.context().organization_token(id).await?;
            let audience = token.unverified_claims().map(|claims| claims.aud());
            let roles: Vec<_> = standard.roles_in(id).collect();
            tokens.push(json!({ "id": id, "aud": audience, "roles": roles }));
        }
        Ok(Json(json!(tokens)))
    }
    let app = App::registered(
        |provider| provider,
        |registration| {
            registration.scopes([
                scope::OFFLINE_ACCESS,
                scope::ORGANIZATIONS,
                scope::ORGANIZATION_ROLES,
            ])
        },
        |auth| auth,
    )
    .await;
    let browser = app.browser();
    let _server = serve(&app, &browser, Router::new().route("/", get(tokens))).await;

    let page = sign_in(&browser).await;

    let token = |id: &str, role: &str| {
        let aud = format!("urn:logto:organization:{id}");
        json!({ "id": id, "aud": [aud], "roles": [role] })
    };
    let expected = [
        token("oqlvslpmrc3s", "admin"),
        token("3pgwzp1b77do", "member"),
    ];
    assert_eq!(page.json(), json!(expected));
}

/// Logto: a render that cannot write cookies must not refresh.
#[tokio::test]
async fn reading_the_cached_access_token_never_refreshes() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let token = answer(&browser, "/who").await["access_token"].clone();
    app.clock.advance(EXPIRY + Duration::from_secs(60));

    assert_eq!(answer(&browser, "/who").await["access_token"], token);

    assert_eq!(app.provider.refreshes().len(), 0);
}

/// Logto's route handler: the claims as JSON, which no cache stores.
#[tokio::test]
async fn an_api_route_answers_with_the_claims_and_is_private_to_the_user() {
    async fn profile(auth: AuthContext) -> impl IntoResponse {
        let claims = auth.claims();
        Json(json!({
            "isAuthenticated": auth.is_authenticated(),
            "claims": claims.and_then(|claims| claims.deserialize::<Value>().ok()),
        }))
    }
    let app = App::start().await;
    let browser = app.browser();
    let router = Router::new()
        .route("/", get(profile))
        .route("/api/profile", get(profile));
    let _server = serve(&app, &browser, router).await;

    let stranger = json!({ "isAuthenticated": false, "claims": null });
    assert_eq!(answer(&browser, "/api/profile").await, stranger);
    sign_in(&browser).await;
    let page = browser.open(&url("/api/profile")).await;

    assert_eq!(page.json()["isAuthenticated"], true);
    assert_eq!(page.json()["claims"]["name"], "Alice Adams");
    assert_eq!(page.header("cache-control"), Some("private"));
    assert_eq!(page.header("vary"), Some("cookie"));
}
