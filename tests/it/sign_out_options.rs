//! What a handler chooses for one sign-out, and what the browser deletes at each.

use axum::routing::get;
use http::Method;
use oidc_dev_provider::User;
use tower_oidc::{AuthContext, AuthLayerBuilder, SiteData};
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::random_text;
use tower_oidc_tests::visits::sign_out_button;
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

const CLEAR: &str = "clear-site-data";
const CONTINUE: &str = "/auth/sign-out/continue";

/// Serves the application with a page `/leave-so`.
async fn serve<H, T>(app: &App, browser: &Browser, leave: H) -> TestServer
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    let router = tower_oidc_tests::app::router().route("/leave-so", get(leave));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}

/// E-16
#[tokio::test]
async fn a_local_sign_out_leaves_the_session_at_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let copy = browser.thief();
    let leave = async |auth: AuthContext| auth.sign_out().local_only().return_to("/explain");
    let _server = serve(&app, &browser, leave).await;

    let page = browser.navigate(ORIGIN, &url("/leave-so")).await;

    assert_eq!(page.url().as_str(), url("/explain"));
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    assert_eq!(app.provider.session_count(), 1);
    assert_eq!(app.provider.counters().end_session, 0);
    app.auth.drain().await;
    assert_eq!(app.provider.revocations().len(), 1, "the refresh token");
}

#[tokio::test]
async fn the_provider_gets_the_hint_and_the_languages_that_the_handler_chooses() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let leave = async |auth: AuthContext| {
        let sign_out = auth.sign_out().logout_hint("alice@example.com");
        sign_out.ui_locales("fr-CA fr")
    };
    let _server = serve(&app, &browser, leave).await;

    let page = browser.navigate(ORIGIN, &url("/leave-so")).await;

    let asked = page.exchanges()[1].url();
    let hint = parameter(asked, "logout_hint");
    assert_eq!(hint.as_deref(), Some("alice@example.com"));
    assert_eq!(parameter(asked, "ui_locales").as_deref(), Some("fr-CA fr"));
    assert!(parameter(asked, "id_token_hint").is_some());
}

#[tokio::test]
async fn a_logout_url_has_the_same_parameters_and_the_hint_replaces_the_user_of_the_session() {
    let app = App::with(|auth| auth.max_logout_url_length(0)).await;
    let browser = app.signed_in_browser().await;
    let leave = async |auth: AuthContext| {
        let logout_url = auth.logout_url().logout_hint("alice@example.com");
        let url = logout_url.ui_locales("de").await;
        url.ok().flatten().unwrap_or_default()
    };
    let _server = serve(&app, &browser, leave).await;

    let made = browser.open(&url("/leave-so")).await.text();

    let made = Url::parse(&made).unwrap();
    let hint = parameter(&made, "logout_hint");
    assert_eq!(hint.as_deref(), Some("alice@example.com"));
    assert_eq!(parameter(&made, "ui_locales").as_deref(), Some("de"));
}

fn clearing(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.clear_site_data([SiteData::Storage, SiteData::Cookies, SiteData::Cache])
}

/// The header of the first response.
fn cleared(page: &Page) -> Option<&str> {
    page.exchanges()[0].header(CLEAR)
}

#[tokio::test]
async fn a_sign_out_deletes_what_the_settings_name() {
    let all = r#""cache", "cookies", "storage""#;
    for (path, by_form) in [
        ("/auth/sign-out", false),
        ("/leave", false),
        ("/leave", true),
    ] {
        let app = App::registered(
            |provider| provider.user(User::new("dave").claim("about", random_text(4_000))),
            |registration| registration.end_session_by_form(by_form),
            clearing,
        )
        .await;
        let browser = app.browser();
        sign_in_as(&browser, "dave").await;

        let page = match path {
            "/leave" => browser.navigate(ORIGIN, &url(path)).await,
            _ => browser.send(sign_out_button()).await,
        };

        assert_eq!(cleared(&page), Some(all), "{path}, {by_form}");
        assert!(page.exchanges()[0].head_size() < 4_000);
    }
}

#[tokio::test]
async fn without_the_setting_nothing_is_deleted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.send(sign_out_button()).await;

    assert_eq!(cleared(&page), None);
}

/// E-15: anyone can make a browser send these requests, so they delete nothing.
#[tokio::test]
async fn a_request_that_ends_no_session_deletes_nothing() {
    let app = App::with(clearing).await;
    let stranger = app.browser();
    assert_eq!(cleared(&stranger.send(sign_out_button()).await), None);
    let second_step = stranger.open(&url(CONTINUE)).await;
    assert_eq!(cleared(&second_step), None);
    stranger
        .jar()
        .inject("app.example", "__Host-Http-auth", "no-session");
    assert_eq!(cleared(&stranger.send(sign_out_button()).await), None);

    let browser = app.signed_in_browser().await;
    let question = browser.open(&url("/auth/sign-out")).await;
    assert_eq!(cleared(&question), None);
    let refused = browser
        .send(sign_out_button().from("https://evil.example"))
        .await;
    assert_eq!(refused.status(), 403);
    assert_eq!(cleared(&refused), None);
}

/// E-15: the response to the script sets the cookie of the second step, which must not be deleted at once.
#[tokio::test]
async fn after_a_sign_out_by_a_script_the_cookies_are_deleted_in_the_second_step() {
    let app = App::with(clearing).await;
    let browser = app.signed_in_browser().await;
    let script = Request::fetch(&url("/auth/sign-out")).from(ORIGIN);
    let script = script.method(Method::POST);

    let answer = browser.send(script).await;

    assert_eq!(cleared(&answer), Some(r#""cache", "storage""#));
    let page = browser.navigate(ORIGIN, &url(CONTINUE)).await;
    assert_eq!(cleared(&page), Some(r#""cookies""#));
    assert_eq!(app.provider.session_count(), 0);
}
