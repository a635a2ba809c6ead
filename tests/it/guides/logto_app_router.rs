//! Logto's guide for the App Router of Next.js.

use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use oidc_dev_provider::User;
use serde_json::{Value, json};
use tower_oidc::{AuthContext, AuthError, Authenticated, scope};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, sign_in_as, url};
use tower_oidc_tests::visits::{EXPIRY, answer};

use super::serve;

/// What an application does with the claims of a user at Logto.
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
            // The name that the user signs in with stands in for the one that there is not.
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
            let token = user.organization_token(id).await?;
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
async fn a_peek_at_the_access_token_never_refreshes() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let token = answer(&browser, "/who").await["access_token"].clone();
    app.clock.advance(EXPIRY + Duration::from_secs(60));

    assert_eq!(answer(&browser, "/who").await["access_token"], token);

    assert_eq!(app.provider.refreshes().len(), 0);
}

/// Logto's route handler: the claims as JSON, cached by nobody.
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
