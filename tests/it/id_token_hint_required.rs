//! A provider that redirects back after a sign-out only with an ID token, as GenAuth does.

use std::time::Duration;
use tower_oidc_tests::random_text;

use axum::routing::get;
use http::Method;
use oidc_dev_provider::{Client, Fault, User};
use tower_oidc::{AuthContext, AuthLayerBuilder};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::visits::{answer, sign_out_button};
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

use crate::log;

/// A user whose ID token is too long for any response head.
const LONG: &str = "dave";

/// A user whose ID token is not stored: without claims, as `keep_claims` is set.
fn without_id_token(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.keep_claims(["name"])
}

async fn app(
    require: bool,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, Browser) {
    app_of("alice", require, configure).await
}

async fn app_of(
    user: &str,
    require: bool,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, Browser) {
    let app = App::registered(
        |provider| {
            let dave = User::new(LONG).claim("about", random_text(4_000));
            provider
                .user(dave)
                .fault(Fault::EndSessionRequiresIdTokenHint)
        },
        |registration| registration.require_id_token_hint(require),
        configure,
    )
    .await;
    let browser = app.browser();
    sign_in_as(&browser, user).await;
    (app, browser)
}

async fn post(browser: &Browser) -> Page {
    browser.send(sign_out_button()).await
}

async fn by_script(browser: &Browser) -> Page {
    let request = Request::fetch(&url("/auth/sign-out"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("accept", "application/json");
    let path = browser.send(request).await.json()["logoutUrl"].clone();
    browser
        .navigate(ORIGIN, &url(path.as_str().expect("a path")))
        .await
}

/// The browser is at the provider's own page, and is signed out there once the user confirms.
async fn ends_at_the_provider(app: &App, page: Page, case: &str) {
    assert_eq!(page.status(), 200, "{case}: {}", page.text());
    let location = page.url();
    assert!(location.as_str().starts_with(app.provider.issuer()));
    assert_eq!(parameter(location, "id_token_hint"), None, "{case}");
    assert_eq!(
        parameter(location, "post_logout_redirect_uri"),
        None,
        "{case}"
    );
    assert_eq!(parameter(location, "state"), None, "{case}");
    assert_eq!(
        parameter(location, "client_id").as_deref(),
        Some("app"),
        "{case}"
    );
    page.press("Sign out").await;
    assert_eq!(app.provider.session_count(), 0, "{case}");
}

#[tokio::test]
async fn with_the_id_token_the_browser_returns() {
    let (app, browser) = app(true, |auth| auth).await;

    let page = post(&browser).await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(app.provider.session_count(), 0);
}

/// The reason for the setting: without it the provider shows an error.
#[tokio::test]
async fn without_the_setting_such_a_provider_shows_an_error() {
    let (app, browser) = app(false, without_id_token).await;

    let page = post(&browser).await;

    assert_eq!(page.status(), 400);
    assert_eq!(app.provider.session_count(), 1);
}

#[tokio::test]
async fn without_an_id_token_every_sign_out_ends_on_the_providers_page() {
    for way in ["route", "handler", "script", "signed-out route"] {
        let (app, browser) = app(true, |auth| {
            let auth = without_id_token(auth);
            match way {
                "signed-out route" => auth.signed_out_path("/auth/signed-out"),
                _ => auth,
            }
        })
        .await;

        let page = match way {
            "handler" => browser.navigate(ORIGIN, &url("/leave")).await,
            "script" => by_script(&browser).await,
            _ => post(&browser).await,
        };

        let hint = parameter(page.url(), "logout_hint");
        assert_eq!(hint.as_deref(), Some("alice"), "{way}");
        ends_at_the_provider(&app, page, way).await;
        assert!(App::cookies(&browser).is_empty(), "{way}");
    }
}

#[tokio::test]
async fn an_id_token_that_is_too_long_is_left_out() {
    for way in ["route", "script"] {
        let (app, browser) = app_of(LONG, true, |auth| auth).await;

        let page = match way {
            "script" => by_script(&browser).await,
            _ => post(&browser).await,
        };

        ends_at_the_provider(&app, page, way).await;
    }
}

/// With the text the URL would be too long, and without the ID token the browser would not return.
#[tokio::test]
async fn a_text_that_leaves_no_room_for_the_id_token_is_left_out_and_the_browser_returns() {
    const FULL: &str = "erin";
    for signed_out_path in [false, true] {
        let log = log::record();
        let app = App::registered(
            |provider| {
                let erin = User::new(FULL).claim("about", random_text(700));
                let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                    .redirect_uri(url("/auth/callback"))
                    .post_logout_redirect_uri(url("/"))
                    .post_logout_redirect_uri(url("/auth/signed-out"));
                provider
                    .client(client)
                    .user(erin)
                    .fault(Fault::EndSessionRequiresIdTokenHint)
            },
            |registration| registration.require_id_token_hint(true),
            |auth| match signed_out_path {
                true => auth.signed_out_path("/auth/signed-out"),
                false => auth,
            },
        )
        .await;
        let browser = app.browser();
        sign_in_as(&browser, FULL).await;
        let leave = async |auth: AuthContext| auth.sign_out().state("x".repeat(512));
        let router = tower_oidc_tests::app::router().route("/leave-with", get(leave));
        let server = TestServer::start(router.layer(app.auth.clone())).await;
        browser.map(ORIGIN, server.address());

        let page = browser.navigate(ORIGIN, &url("/leave-with")).await;

        assert_eq!(page.url().as_str(), url("/"), "{signed_out_path}");
        assert_eq!(app.provider.session_count(), 0);
        let asked = page.exchanges()[1].url();
        assert!(parameter(asked, "id_token_hint").is_some());
        assert_eq!(parameter(asked, "state"), None);
        let text = log.text();
        assert!(text.contains("goes without its `state`"), "{text}");
        assert!(!text.contains("ends on the provider's page"), "{text}");
    }
}

#[tokio::test]
async fn a_sign_out_after_the_session_expired_has_no_id_token_either() {
    let (app, browser) = app(true, |auth| auth.idle_lifetime(Duration::from_secs(3600))).await;
    let expired = browser.jar().cookie("__Host-Http-auth").unwrap();
    app.clock.advance(Duration::from_secs(3600));
    let value = expired.value().into_owned();
    browser
        .jar()
        .inject("app.example", "__Host-Http-auth", value);

    let page = post(&browser).await;

    assert_eq!(parameter(page.url(), "logout_hint"), None);
    ends_at_the_provider(&app, page, "expired").await;
}

#[tokio::test]
async fn the_logout_url_follows_the_same_rule() {
    for (require, comes_back) in [(true, false), (false, true)] {
        let (_app, browser) = app(require, without_id_token).await;

        let logout = answer(&browser, "/who").await["logout_url"].clone();

        let logout = Url::parse(logout.as_str().unwrap()).unwrap();
        let uri = parameter(&logout, "post_logout_redirect_uri");
        assert_eq!(uri.is_some(), comes_back);
    }
}

/// Once in ten seconds, with both names of the setting and the reason.
#[tokio::test]
async fn the_log_says_why_the_browser_does_not_return() {
    let expired = Duration::from_secs(3600);
    for (user, configure, reason) in [
        (
            "alice",
            without_id_token as fn(AuthLayerBuilder) -> AuthLayerBuilder,
            "`keep_claims` is set",
        ),
        (LONG, |auth| auth, "too long"),
        (
            "alice",
            |auth| auth.idle_lifetime(Duration::from_secs(3600)),
            "nobody is signed in",
        ),
    ] {
        let log = log::record();
        let (app, browser) = app_of(user, true, configure).await;
        let cookies = browser.thief();
        if reason.starts_with("nobody") {
            let cookie = browser.jar().cookie("__Host-Http-auth").unwrap();
            app.clock.advance(expired);
            let value = cookie.value().into_owned();
            cookies
                .jar()
                .inject("app.example", "__Host-Http-auth", value);
        }

        // The page that asks before a sign-out logs nothing about it.
        cookies.open(&url("/auth/sign-out")).await;
        assert!(!log.text().contains("require_id_token_hint"), "{reason}");
        // Copies of one cookie: from the second one on, the session has already ended.
        for browser in [cookies.thief(), cookies.thief(), cookies] {
            post(&browser).await;
        }

        let text = log.text();
        let mut lines = text.lines().filter(|line| line.contains(reason));
        let line = lines.next().unwrap_or_else(|| panic!("{reason}: {text}"));
        assert!(line.contains("WARN") && line.contains(reason), "{line}");
        assert!(line.contains("AUTH_REQUIRE_ID_TOKEN_HINT"), "{line}");
        assert_eq!(lines.next(), None, "{reason}");
        let all = text.matches("require_id_token_hint").count();
        assert_eq!(all, if reason.starts_with("nobody") { 1 } else { 2 });
    }
}
