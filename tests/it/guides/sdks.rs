//! What the vendors' SDKs offer beyond their guides.

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tower_oidc::logto::{DirectSignIn, FirstScreen, Identifier};
use tower_oidc::{AuthContext, SignIn};
use tower_oidc_tests::App;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::navigate;
use url::Url;

use super::serve;

/// Logto's `firstScreen` and similar options, and Asgardeo's `fidp`.
#[tokio::test]
async fn options_of_a_vendors_sign_in_are_parameters_of_the_request() {
    async fn sign_up(auth: AuthContext) -> SignIn {
        auth.sign_in()
            .return_to("/welcome")
            .login_hint("dora@example.com")
            .first_screen(FirstScreen::Register)
            .identifiers([Identifier::Email, Identifier::Phone])
            .direct_sign_in(DirectSignIn::Social("google".to_owned()))
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
        ("direct_sign_in", "social:google"),
        ("fidp", "google"),
    ] {
        assert_eq!(sent(name).as_deref(), Some(value), "{name}");
    }
    let page = browser.open(&url("/sign-up")).await.press("alice").await;
    assert_eq!(page.url().path(), "/welcome");
}
