//! The provider's logout URL, built for the application without signing out.

use std::collections::HashMap;
use tower_oidc_tests::random_text;

use axum::Router;
use axum::extract::Query;
use axum::response::Json;
use axum::routing::get;
use oidc_dev_provider::{Client, Fault, User};
use serde_json::{Value, json};
use tower_oidc::{AuthContext, AuthError};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in_as, url};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::visits::answer;
use tower_oidc_tests::{App, Browser, TestServer};
use url::{Url, form_urlencoded};

/// The example of GenAuth's guide.
const HOMEPAGE: &str = "https://example.com/homepage";

async fn logout_url(
    auth: AuthContext,
    Query(mut query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, AuthError> {
    let mut logout_url = auth.logout_url();
    if let Some(uri) = query.remove("redirectUri") {
        logout_url = logout_url.post_logout_redirect_uri(uri);
    }
    if let Some(state) = query.remove("state") {
        logout_url = logout_url.state(state);
    }
    if let Some(id_token) = query.remove("idToken") {
        logout_url = logout_url.id_token_hint(id_token);
    }
    assert_eq!(format!("{logout_url:?}"), "LogoutUrl { .. }");
    Ok(Json(json!({ "url": logout_url.await? })))
}

/// The application of [`App`], with a route that builds logout URLs.
async fn serve(app: &App, browser: &Browser) -> TestServer {
    let router =
        tower_oidc_tests::app::router().merge(Router::new().route("/url", get(logout_url)));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}

async fn made(browser: &Browser, parameters: &[(&str, &str)]) -> Option<Url> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let made = answer(browser, &format!("/url?{query}")).await;
    Some(Url::parse(made["url"].as_str()?).unwrap())
}

async fn id_token(browser: &Browser) -> String {
    let who = answer(browser, "/who").await;
    who["id_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_url_has_the_given_parameters_and_building_it_does_not_sign_out() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .post_logout_redirect_uri(HOMEPAGE);
            provider.client(client)
        },
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    let own = id_token(&browser).await;
    let other = app.browser();
    sign_in_as(&other, "bob").await;
    let bobs = id_token(&other).await;

    let options = [("redirectUri", HOMEPAGE), ("state", "some random&string")];
    let default = made(&browser, &options).await.unwrap();
    let chosen = [options[0], options[1], ("idToken", &bobs)];
    let chosen = made(&browser, &chosen).await.unwrap();

    for (made, hint) in [(&default, &own), (&chosen, &bobs)] {
        assert!(made.as_str().starts_with(app.provider.issuer()), "{made}");
        let value = |name| parameter(made, name);
        assert_eq!(value("id_token_hint").as_ref(), Some(hint));
        assert_eq!(value("post_logout_redirect_uri").as_deref(), Some(HOMEPAGE));
        assert_eq!(value("state").as_deref(), Some("some random&string"));
        assert_eq!(value("client_id").as_deref(), Some(CLIENT_ID));
        assert_eq!(value("logout_hint"), None);
    }
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(app.provider.session_count(), 2);
    browser.map("https://example.com", app.address());
    let page = browser.open(default.as_str()).await;
    assert_eq!(
        page.url().as_str(),
        format!("{HOMEPAGE}?state=some+random%26string")
    );
}

#[tokio::test]
async fn by_default_it_is_the_url_of_an_ordinary_sign_out() {
    for signed_out_path in [false, true] {
        let app = App::with(|auth| match signed_out_path {
            true => auth.signed_out_path("/auth/signed-out"),
            false => auth,
        })
        .await;
        let browser = app.signed_in_browser().await;
        let _server = serve(&app, &browser).await;

        let made = made(&browser, &[]).await.unwrap();

        let page = if signed_out_path {
            "/auth/signed-out"
        } else {
            "/"
        };
        let uri = parameter(&made, "post_logout_redirect_uri");
        assert_eq!(uri, Some(url(page)));
        assert_eq!(parameter(&made, "state").is_some(), signed_out_path);
        let hint = parameter(&made, "id_token_hint");
        assert_eq!(hint, Some(id_token(&browser).await));
    }
}

#[tokio::test]
async fn without_a_session_a_given_id_token_is_enough_for_the_url() {
    let app = App::start().await;
    let signed_in = app.signed_in_browser().await;
    let id_token = id_token(&signed_in).await;
    let stranger = app.browser();
    let _server = serve(&app, &stranger).await;

    assert_eq!(made(&stranger, &[("state", "s")]).await, None);
    assert_eq!(made(&stranger, &[("idToken", "")]).await, None, "empty");

    let made = made(&stranger, &[("idToken", &id_token)]).await.unwrap();
    assert_eq!(parameter(&made, "id_token_hint"), Some(id_token));
    let page = stranger.open(made.as_str()).await;
    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(app.provider.session_count(), 0);
}

#[tokio::test]
async fn a_long_id_token_of_the_session_is_left_out_and_a_given_one_is_kept() {
    let user = User::new("dave").claim("about", random_text(4_000));
    let app = App::with_provider(|provider| provider.user(user), |auth| auth).await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;
    sign_in_as(&browser, "dave").await;
    let long = id_token(&browser).await;

    let default = made(&browser, &[]).await.unwrap();
    assert_eq!(parameter(&default, "id_token_hint"), None);
    assert_eq!(parameter(&default, "logout_hint").as_deref(), Some("dave"));
    let given = made(&browser, &[("idToken", &long)]).await.unwrap();
    assert_eq!(parameter(&given, "id_token_hint"), Some(long));
    assert_eq!(parameter(&given, "logout_hint"), None);
}

/// GenAuth: "redirectUri needs idToken".
#[tokio::test]
async fn if_the_provider_requires_the_id_token_the_uri_and_state_are_sent_only_with_it() {
    let app = App::registered(
        |provider| provider,
        |registration| registration.require_id_token_hint(true),
        |auth| auth.keep_claims(["name"]),
    )
    .await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    let options = [("redirectUri", HOMEPAGE), ("state", "s")];

    let without = made(&browser, &options).await.unwrap();
    assert_eq!(parameter(&without, "post_logout_redirect_uri"), None);
    assert_eq!(parameter(&without, "state"), None);

    let empty = [options[0], options[1], ("idToken", "")];
    assert_eq!(made(&browser, &empty).await, Some(without));

    let with = [options[0], options[1], ("idToken", "eyJ")];
    let with = made(&browser, &with).await.unwrap();
    let uri = parameter(&with, "post_logout_redirect_uri");
    assert_eq!(uri.as_deref(), Some(HOMEPAGE));
    assert_eq!(parameter(&with, "state").as_deref(), Some("s"));
}

#[tokio::test]
async fn without_the_providers_metadata_the_error_says_to_try_later() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let instance = app.another_instance(|auth| auth).await;
    let router = Router::new().route("/url", get(logout_url));
    let server = TestServer::start(router.layer(instance.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    app.provider.add_fault(Fault::DiscoveryUnavailable);

    let page = browser.open(&url("/url")).await;

    assert_eq!(page.status(), 503);
    assert!(page.header("retry-after").is_some());
    app.provider.clear_faults();
}
