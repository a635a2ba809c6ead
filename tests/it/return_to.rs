//! Where a sign-in may return to: a page of this application, and nowhere else.

use axum::Router;
use http::Method;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{begun, known_browser, parameter, returning};
use tower_oidc_tests::{App, Browser, TestServer};
use url::{Url, form_urlencoded};

/// Where the callback redirects after a sign-in with this `return_to`.
async fn destination(app: &App, browser: &Browser, return_to: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    destination_of_query(app, browser, &query).await
}

/// The same, encoded by the test.
async fn destination_of_query(app: &App, browser: &Browser, return_to: &str) -> String {
    let path = format!("/auth/sign-in?return_to={return_to}");
    let callback = begun(app, browser, &path).await;
    let exchange = browser.step(&returning(app, &callback)).await;
    assert_eq!(exchange.status(), 303, "{return_to:?}");
    exchange.header("location").unwrap().to_owned()
}

/// one of each kind; the unit tests of the
/// rule have the others.
#[tokio::test]
async fn unsafe_return_paths_redirect_to_the_default_page() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let long = format!("/{}", "a".repeat(2_048));

    for return_to in [
        "//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "/%0d%0aSet-Cookie:x=y",
        "/\t/evil.example",
        "/\r\nSet-Cookie: x=y",
        " //evil.example",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://app.example:443@evil.example/",
        "／/evil.example",
        "/.//evil.example",
        "/a/..//evil.example",
        "/%2e%2e//evil.example",
        "/auth/callback?code=c&state=s",
        "/auth/sign-in",
        "/auth/sign-out",
        "/auth/session",
        "/x/../auth/sign-out",
        "/%zz",
        &long,
        "",
    ] {
        assert_eq!(
            destination(&app, &browser, return_to).await,
            "/",
            "{return_to:?}"
        );
    }
    for broken in ["%", "%zz", "%ff", "/%ff", "%00/", "/%00"] {
        let destination = destination_of_query(&app, &browser, broken).await;
        assert_eq!(destination, "/", "{broken:?}");
    }
}

/// checked again at the callback, because an instance with other routes may have sealed it.
#[tokio::test]
async fn a_return_path_that_has_become_one_of_our_routes_redirects_to_the_default_page() {
    let app = App::start().await;
    let newer = app.another_instance(|auth| auth.session_path("/who")).await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in?return_to=/who").await;

    newer.serve(&browser);
    let exchange = browser.step(&returning(&app, &callback)).await;

    assert_eq!(exchange.header("location"), Some("/"));
}

///
#[tokio::test]
async fn users_return_to_pages_of_the_application() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;

    for (return_to, expected) in [
        ("/ok?next=//evil#frag", "/ok?next=//evil#frag"),
        ("https://app.example/ok", "/ok"),
        ("/a/./b/../c", "/a/c"),
        ("/auth/sign-in/", "/auth/sign-in/"),
        ("/authentic", "/authentic"),
    ] {
        let destination = destination(&app, &browser, return_to).await;
        assert_eq!(destination, expected, "{return_to:?}");
    }
}

/// the host that the request names has no effect.
#[tokio::test]
async fn a_forged_host_does_not_change_the_accepted_origin() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let link = url("/auth/sign-in?return_to=https://evil.example/page");

    for header in ["host", "x-forwarded-host", "forwarded", "x-original-host"] {
        let value = if header == "forwarded" {
            "host=evil.example"
        } else {
            "evil.example"
        };
        let request = Request::navigation(&link).header(header, value);
        let page = browser.send(request).await;

        assert_eq!(page.url().as_str(), url("/"), "{header}");
    }
}

/// a guard takes the return path from the request, so it can be hostile too.
#[tokio::test]
async fn a_guarded_path_that_looks_like_a_host_redirects_to_the_default_page() {
    let app = App::start().await;
    let guarded = Router::new()
        .fallback(|| async { "secret" })
        .layer(RequireAuth::layer())
        .layer(app.auth.clone());
    let server = TestServer::start(guarded).await;

    for (path, expected) in [
        ("//evil.example/", "/"),
        ("///evil.example", "/"),
        ("/%5cevil.example", "/"),
        ("/a/..//evil.example", "/"),
        ("/page?next=//evil.example", "/page?next=//evil.example"),
    ] {
        let browser = app.browser();
        browser.map(ORIGIN, server.address());

        let page = browser.navigate("https://evil.example", &url(path)).await;
        let page = page.press("alice").await;

        assert_eq!(page.url().as_str(), url(expected), "{path}");
        assert_eq!(page.text(), "secret", "{path}");
    }
}

/// only the configuration decides where a sign-out returns to.
#[tokio::test]
async fn a_sign_out_redirects_to_the_configured_page_whatever_the_query_says() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let evil = "post_logout_redirect_uri=https://evil.example/&return_to=https://evil.example/\
                &id_token_hint=x&client_id=evil&state=s";
    let request = Request::navigation(&url(&format!("/auth/sign-out?{evil}")))
        .from(ORIGIN)
        .method(Method::POST);

    let exchange = browser.step(&request).await;

    let location = exchange.header("location").unwrap();
    assert!(location.starts_with(app.provider.issuer()));
    assert!(!location.contains("evil"));
    let location = Url::parse(location).unwrap();
    let after = parameter(&location, "post_logout_redirect_uri");
    assert_eq!(after, Some(url("/")));
}
