//! `GUIDES.md` names what vendors' guides offer, our equal and the test that shows it; the tests that
//! no other file has are here.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use oidc_dev_provider::{Client, User};
use serde_json::{Value, json};
use tower_oidc::{AuthContext, AuthError, Authenticated, SignIn, scope};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::visits::{EXPIRY, answer, fetch, navigate};
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

use crate::cases::{exists, root};

/// What the guides name, between white space.
const NAMES: &str = r#"
    endpoint appId appSecret baseUrl cookieSecret cookieSecure scopes UserScope
    includeReservedScopes resources prompt sessionWrapper MemorySessionWrapper
    createKVSessionWrapper handleSignIn isSignInRedirected signIn redirectUri postRedirectUri
    clearTokens loginHint interactionMode firstScreen identifiers directSignIn extraParams
    http://localhost:3000 getLogtoContext isAuthenticated claims fetchUserInfo userInfo
    organizationTokens getAccessToken getAccessTokenRSC getOrganizationToken
    getOrganizationTokenRSC getOrganizationTokens getAccessTokenClaims
    getOrganizationTokenClaims clearAccessToken clearAllTokens signOut sub name username picture
    created_at updated_at family_name given_name middle_name nickname preferred_username profile
    website gender birthdate zoneinfo locale email email_verified phone_number
    phone_number_verified address custom_data identities sso_identities organizations
    organization_data organization_roles roles at_hash id_token.invalid_iat
    id_token.invalid_token callback_uri_verification.redirect_uri_mismatched
    callback_uri_verification.error_found callback_uri_verification.missing_state
    callback_uri_verification.missing_code callback_uri_verification.state_mismatched
    crypto_subtle_unavailable unexpected_response_error sign_in_session.invalid
    sign_in_session.not_found not_authenticated fetch_user_info_failed user_cancelled
    missing_scope_organizations LogtoRequestError rate_limited OidcError signIn("asgardeo")
    useSession Asgardeo issuer AUTH_ASGARDEO_ISSUER AUTH_ASGARDEO_ID AUTH_ASGARDEO_SECRET
    ASGARDEO_BASE_URL ASGARDEO_LOGOUT_URL HOSTED_URL callbacks.jwt callbacks.session
    session.user.access_token session.id_token parseJwt session.scopes introspectToken logoutUrl
    window.location.href id_token_hint post_logout_redirect_uri getAuthorizationURL fidp
    forceInit responseMode form_post requestAccessToken session_state getSignOutURL
    isSignOutSuccessful getOIDCServiceEndpoints getDecodedIDToken getIDToken getBasicUserInfo
    revokeAccessToken refreshAccessToken requestCustomGrant updateConfig
    overrideWellEndpointConfig wellKnownEndpoint endpoints validateIDToken clockTolerance
    enablePKCE
"#;

#[test]
fn every_name_of_the_guides_has_a_row_and_every_test_that_is_named_exists() {
    let list = fs::read_to_string(root().join("tests/GUIDES.md")).unwrap();
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect())
        .filter(|row: &Vec<&str>| row[0] != "name")
        .collect();

    let mut named = BTreeSet::new();
    for row in rows {
        let [name, what, ours, shown_by] = row[..] else {
            panic!("{row:?} has not four cells");
        };
        assert!(!what.is_empty() && !ours.is_empty(), "{name} says nothing");
        // Those in code style are names, the rest explains them.
        named.extend(name.split('`').skip(1).step_by(2));
        if ours.starts_with("not ours, because ") || shown_by.starts_with("waits for ") {
            continue;
        }
        for test in shown_by.split("<br>") {
            let (package, path) = test.split_once(": ").unwrap_or_else(|| {
                panic!("{name}: {test:?} names no package");
            });
            assert!(exists(package, path), "{name}: there is no test {test}");
        }
    }
    for name in NAMES.split_whitespace() {
        assert!(named.contains(name), "{name} has no row");
    }
}

/// The application of a test, served in the place of the common one.
async fn serve(app: &App, browser: &Browser, router: Router) -> TestServer {
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}

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

/// Logto's console suggests `/callback`, and its guides put the sign-in elsewhere too.
#[tokio::test]
async fn the_routes_have_the_names_that_a_guide_gives_them() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET);
            provider.client(client.redirect_uri(url("/callback")))
        },
        |auth| {
            auth.callback_path("/callback")
                .sign_in_path("/sign-in")
                .sign_out_path("/sign-out")
                .session_path("/user")
        },
    )
    .await;
    let browser = app.browser();

    let page = browser.open(&url("/sign-in")).await.press("alice").await;

    assert_eq!(page.text(), "alice");
    let callback = &page.exchanges()[1];
    assert_eq!(callback.url().path(), "/callback");
    assert_eq!(answer(&browser, "/user").await["claims"]["sub"], "alice");
}

/// `firstScreen` and its like of Logto, `fidp` of Asgardeo.
#[tokio::test]
async fn options_of_a_vendors_sign_in_are_parameters_of_the_request() {
    async fn sign_up(auth: AuthContext) -> SignIn {
        auth.sign_in()
            .return_to("/welcome")
            .login_hint("dora@example.com")
            .extra_parameter("first_screen", "register")
            .extra_parameter("identifier", "email phone")
            .extra_parameter("interaction_mode", "signUp")
            .extra_parameter("direct_sign_in", "social:google")
            .extra_parameter("fidp", "google")
    }
    let app = App::start().await;
    let browser = app.browser();
    let router = Router::new()
        .route("/sign-up", get(sign_up))
        .fallback(|request: Request| async move { request.uri().path().to_owned() });
    let _server = serve(&app, &browser, router).await;

    let exchange = navigate(&browser, "/sign-up").await;

    let location = Url::parse(exchange.header("location").unwrap()).unwrap();
    let sent = |name: &str| {
        let mut pairs = location.query_pairs();
        pairs
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.into_owned())
    };
    for (name, value) in [
        ("login_hint", "dora@example.com"),
        ("first_screen", "register"),
        ("identifier", "email phone"),
        ("interaction_mode", "signUp"),
        ("direct_sign_in", "social:google"),
        ("fidp", "google"),
    ] {
        assert_eq!(sent(name).as_deref(), Some(value), "{name}");
    }
    let page = browser.open(&url("/sign-up")).await.press("alice").await;
    assert_eq!(page.url().path(), "/welcome");
}

/// Auth.js: the callbacks `jwt` and `session`.
#[tokio::test]
async fn the_application_decides_what_a_session_holds_and_what_its_scripts_see() {
    let app = App::with(|auth| {
        auth.map_claims(|_, claims| async move {
            let username = claims.standard().username;
            claims.with("login", &username).unwrap_or(claims)
        })
        .session_claims(["login", "given_name"])
    })
    .await;
    let browser = app.signed_in_browser().await;
    let seen = json!({
        "authenticated": true,
        "claims": { "login": "alice", "given_name": "Alice" },
    });

    assert_eq!(fetch(&browser, "/auth/session").await.json(), seen);
    answer(&browser, "/refresh").await;
    assert_eq!(fetch(&browser, "/auth/session").await.json(), seen);
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
