//! Every response of the layer that a person may see has a body that says what happened.

use http::Method;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::{App, TestServer, app};

const EVIL: &str = "https://evil.example";

const ROUTES: [&str; 4] = [
    "/auth/sign-in",
    "/auth/callback",
    "/auth/sign-out",
    "/auth/session",
];

#[tokio::test]
async fn every_response_that_a_person_may_see_has_a_page() {
    let app = App::start().await;
    let browser = app.browser();
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::TRACE,
    ];
    let destinations = [
        "document",
        "empty",
        "iframe",
        "object",
        "image",
        "unheard-of",
    ];
    for path in ROUTES.iter().chain(&["/private"]) {
        for method in &methods {
            for initiator in [ORIGIN, EVIL] {
                for dest in destinations {
                    for mode in ["navigate", "cors", "no-cors", "same-origin", ""] {
                        let request = Request::navigation(&url(path))
                            .from(initiator)
                            .method(method.clone())
                            .header("sec-fetch-dest", dest)
                            .header("sec-fetch-mode", mode);
                        let exchange = browser.step(&request).await;

                        let case = format!("{method} {path} {mode} {dest}: {}", exchange.status());
                        let is_redirect = exchange.status().is_redirection();
                        assert!(is_redirect || !exchange.text().is_empty(), "{case}");
                        for name in App::cookies(&browser) {
                            browser.jar().delete(&name);
                        }
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn navigations_get_a_page_for_every_error() {
    let app = App::with(|auth| auth.additional_base_url("https://other.example")).await;
    let browser = app.browser();
    let long = format!("/auth/sign-in?a={}", "b".repeat(17_000));
    let mut cases = vec![
        (403, Request::navigation(&url("/auth/session")).from(EVIL)),
        (400, Request::navigation(&url("/auth/callback"))),
        (400, Request::navigation(&url(&long))),
    ];
    for path in ROUTES {
        let deleted = Request::navigation(&url(path)).method(Method::DELETE);
        cases.push((405, deleted.from(ORIGIN)));
        let elsewhere = Request::navigation(&url(path)).header("host", "unknown.example");
        cases.push((421, elsewhere));
    }
    for (status, request) in cases {
        let exchange = browser.step(&request).await;

        let case = format!("{} {}", exchange.method(), exchange.url().path());
        assert_eq!(exchange.status(), status, "{case}");
        let is_page = exchange.header("content-type") == Some("text/html; charset=utf-8");
        assert!(is_page && exchange.text().contains("<h1>"), "{case}");
    }
}

/// A form or a page, when the layer cannot determine who is signed in.
#[tokio::test]
async fn people_get_a_page_when_the_layer_is_misconfigured() {
    let app = App::start().await;
    let twice = app::router()
        .layer(app.auth.clone())
        .layer(app.auth.clone());
    let server = TestServer::start(twice).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());

    for method in [Method::GET, Method::POST] {
        let request = Request::navigation(&url("/private")).from(ORIGIN);
        let exchange = browser.step(&request.method(method)).await;

        assert_eq!(exchange.status(), 503);
        assert!(exchange.text().contains("<h1>"), "{}", exchange.text());
    }
}
