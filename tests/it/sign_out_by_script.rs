//! A sign-out by a script: the response as JSON, and the second step that redirects the window.

use std::time::Duration;
use tower_oidc_tests::random_text;

use http::Method;
use oidc_dev_provider::{Fault, User};
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::{App, Browser, TestServer};

const CONTINUE: &str = "/auth/sign-out/continue";
const COOKIE: &str = "__Host-Http-auth.logout";

async fn sign_out(browser: &Browser) -> Page {
    let request = Request::fetch(&url("/auth/sign-out"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("accept", "application/json");
    browser.send(request).await
}

/// `location.href = logoutUrl`
async fn follow_second_step(browser: &Browser) -> Page {
    browser.navigate(ORIGIN, &url(CONTINUE)).await
}

#[tokio::test]
async fn a_script_gets_our_path_and_no_token_and_the_window_reaches_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let id_token = browser.open(&url("/who")).await.json()["id_token"].clone();
    let id_token = id_token.as_str().unwrap();

    let answer = sign_out(&browser).await;

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.text(), format!(r#"{{"logoutUrl":"{CONTINUE}"}}"#));
    let heads = format!("{:?}", answer.last().headers());
    assert!(!heads.contains(id_token), "{heads}");
    assert!(answer.last().head_size() < 4_000);
    assert_eq!(App::cookies(&browser), [COOKIE]);
    let cookie = answer.last().set_cookies();
    let cookie = cookie.iter().find(|it| it.starts_with(COOKIE)).unwrap();
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=60"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }

    let page = follow_second_step(&browser).await;

    let ours = &page.exchanges()[0];
    assert_eq!(ours.status(), 303);
    assert_eq!(ours.header("cache-control"), Some("no-store"));
    assert_eq!(ours.header("referrer-policy"), Some("no-referrer"));
    let provider = page.exchanges()[1].url();
    assert!(provider.as_str().starts_with(app.provider.issuer()));
    assert_eq!(
        parameter(provider, "id_token_hint").as_deref(),
        Some(id_token)
    );
    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "nobody");
    assert_eq!(app.provider.session_count(), 0);
    assert!(App::cookies(&browser).is_empty());
    // Used up.
    let again = follow_second_step(&browser).await;
    assert_eq!(again.url().as_str(), url("/"));
    assert_eq!(app.provider.counters().end_session, 1);
}

/// A script cannot follow a redirect to the provider.
#[tokio::test]
async fn a_script_that_names_no_type_gets_json_and_one_that_wants_a_page_is_redirected() {
    for (accept, status) in [
        ("*/*", 200),
        ("application/json, */*", 200),
        ("text/html", 303),
        ("text/html, application/json", 303),
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let request = Request::fetch(&url("/auth/sign-out")).from(ORIGIN);
        let request = request.method(Method::POST).header("accept", accept);

        let answer = browser.step(&request).await;

        assert_eq!(answer.status(), status, "{accept}");
        assert!(!App::cookies(&browser).contains(&"__Host-Http-auth".to_owned()));
    }
}

#[tokio::test]
async fn the_second_step_is_possible_for_a_minute() {
    for (seconds, asked) in [(59, 1), (60, 0)] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        sign_out(&browser).await;
        let cookie = browser.jar().cookie(COOKIE).unwrap().value().into_owned();

        app.clock.advance(Duration::from_secs(seconds));
        // A thief's copy is still valid.
        browser.jar().delete(COOKIE);
        browser.jar().inject("app.example", COOKIE, cookie);
        let page = follow_second_step(&browser).await;

        assert_eq!(page.url().as_str(), url("/"));
        assert_eq!(app.provider.counters().end_session, asked, "{seconds}");
        assert!(App::cookies(&browser).is_empty(), "{seconds}");
    }
}

#[tokio::test]
async fn without_a_session_or_with_a_forged_cookie_the_second_step_shows_the_page_after_a_sign_out()
{
    let app = App::start().await;
    let browser = app.browser();
    assert_eq!(follow_second_step(&browser).await.url().as_str(), url("/"));
    sign_in(&browser).await;
    let session = browser.jar().cookie("__Host-Http-auth").unwrap();
    for forged in [session.value().into_owned(), "AQ".repeat(60), String::new()] {
        browser.jar().inject("app.example", COOKIE, forged);

        let page = follow_second_step(&browser).await;

        assert_eq!(page.exchanges()[0].header("location"), Some(&*url("/")));
        assert_eq!(page.text(), "alice", "nothing else happens");
        assert_eq!(App::cookies(&browser), ["__Host-Http-auth"]);
    }
}

/// Requests of scripts, frames, images and prefetches use nothing up and reveal nothing.
#[tokio::test]
async fn only_a_navigation_is_redirected_to_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    sign_out(&browser).await;
    let frame = Request::navigation(&url(CONTINUE))
        .from(ORIGIN)
        .header("sec-fetch-dest", "iframe");

    let pages = [
        (
            browser.fetch(ORIGIN, Method::GET, &url(CONTINUE)).await,
            403,
        ),
        (browser.image(ORIGIN, &url(CONTINUE)).await, 403),
        (browser.send(frame).await, 403),
        (browser.prefetch(ORIGIN, &url(CONTINUE)).await, 204),
        (
            browser.fetch(ORIGIN, Method::POST, &url(CONTINUE)).await,
            405,
        ),
        (
            browser.fetch(ORIGIN, Method::HEAD, &url(CONTINUE)).await,
            405,
        ),
    ];

    for (page, status) in &pages {
        assert_eq!(page.status(), *status);
        assert_eq!(page.header("location"), None);
        assert!(page.last().set_cookies().is_empty());
    }
    assert!(!pages[0].0.text().is_empty(), "a person may see it");
    let page = follow_second_step(&browser).await;
    assert_eq!(page.exchanges().len(), 3);
    assert_eq!(app.provider.session_count(), 0);
}

#[tokio::test]
async fn without_fetch_metadata_a_script_is_not_redirected_either() {
    let app = App::start().await;
    let browser = app.browser().without_fetch_metadata();
    sign_in(&browser).await;
    sign_out(&browser).await;

    let script = browser.fetch(ORIGIN, Method::GET, &url(CONTINUE)).await;

    assert_eq!(script.status(), 403);
    assert!(script.last().set_cookies().is_empty());
    follow_second_step(&browser).await;
    assert_eq!(app.provider.session_count(), 0);
}

/// A script whose button was clicked twice.
#[tokio::test]
async fn a_script_that_signs_out_twice_still_reaches_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    sign_out(&browser).await;

    let second = sign_out(&browser).await;

    assert_eq!(second.json()["logoutUrl"], CONTINUE);
    follow_second_step(&browser).await;
    assert_eq!(app.provider.session_count(), 0);
}

#[tokio::test]
async fn a_sign_out_by_a_page_deletes_the_cookie_of_one_by_a_script() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    sign_out(&browser).await;
    sign_in_as(&browser, "bob").await;
    assert_eq!(App::cookies(&browser).len(), 2);

    let request = Request::navigation(&url("/auth/sign-out")).from(ORIGIN);
    browser.send(request.method(Method::POST)).await;

    assert!(App::cookies(&browser).is_empty());
}

/// The response head passes a stock nginx whatever the length of the ID token; if it is too long,
/// the user's `sub` replaces it.
#[tokio::test]
async fn a_hint_that_is_too_long_for_the_cookie_is_left_out() {
    let mut hints = Vec::new();
    for length in [0, 300, 600, 900, 1_200, 4_000] {
        let user = User::new("dave").claim("about", random_text(length));
        let app = App::with_provider(|provider| provider.user(user), |auth| auth).await;
        let browser = app.browser();
        sign_in_as(&browser, "dave").await;
        for number in 0..5 {
            let name = format!("__Host-Http-auth.txn.{number:021}A");
            browser.jar().inject("app.example", name, "AQ".repeat(60));
        }

        let answer = sign_out(&browser).await;

        let head = answer.last().head_size();
        println!("{length}: a head of {head} bytes");
        assert!(head < 4_000, "{length}: {head}");
        let page = follow_second_step(&browser).await;
        let provider = page.exchanges()[1].url();
        assert!(provider.as_str().starts_with(app.provider.issuer()));
        let hint = parameter(provider, "id_token_hint").is_some();
        let sub = parameter(provider, "logout_hint");
        assert_eq!(sub.as_deref(), (!hint).then_some("dave"), "{length}");
        hints.push(hint);
    }
    assert!(hints[0], "a usual ID token");
    assert!(!hints[5]);
}

#[tokio::test]
async fn without_sign_out_at_the_provider_the_second_step_redirects_to_the_default_page() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    // Another instance, which has not reached the provider.
    let instance = app.another_instance(|auth| auth).await;
    instance.serve(&browser);
    app.provider.add_fault(Fault::DiscoveryUnavailable);

    let answer = sign_out(&browser).await;

    assert_eq!(answer.json()["logoutUrl"], CONTINUE);
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(follow_second_step(&browser).await.url().as_str(), url("/"));
}

#[tokio::test]
async fn the_path_in_the_response_is_the_public_path() {
    let app = App::with(|auth| auth.mount_path("/app").sign_out_path("/bye")).await;
    let inner = tower_oidc_tests::app::router().layer(app.auth.clone());
    let server = TestServer::start(axum::Router::new().nest("/app", inner)).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());
    let request = Request::fetch(&url("/app/bye")).from(ORIGIN);
    let request = request.method(Method::POST);

    let answer = browser
        .send(request.header("accept", "application/json"))
        .await;

    assert_eq!(answer.json()["logoutUrl"], "/app/bye/continue");
    let page = browser
        .step(&Request::navigation(&url("/app/bye/continue")))
        .await;
    assert_eq!(page.header("location"), Some(&*url("/app/")));
}

/// No sign-in returns to it.
#[tokio::test]
async fn a_sign_in_does_not_return_to_the_second_step() {
    let app = App::start().await;
    let browser = app.browser();
    let path = format!("/auth/sign-in?return_to={CONTINUE}");

    let page = browser.open(&url(&path)).await.press("alice").await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "alice");
}
