//! Forms that are posted after the session ended: a page says that nothing was saved.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::{App, Browser};

const EVIL: &str = "https://evil.example";

fn posted(path: &str, page: &str) -> Request {
    Request::navigation(&url(path))
        .from(page)
        .form(&[("text", "an hour's work")])
}

fn says_that_nothing_was_saved(exchange: &Exchange, case: &str) {
    assert_eq!(exchange.status(), 401, "{case}: {}", exchange.text());
    assert!(exchange.header("www-authenticate").is_some(), "{case}");
    assert_eq!(exchange.header("cache-control"), Some("no-store"), "{case}");
    assert!(exchange.text().contains("not saved"), "{case}");
    assert!(!exchange.text().contains("hour"), "{case}");
}

async fn ended(app: &App) -> Browser {
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(86_400 + 1));
    browser
}

/// `/private` has a guard, `/typed` an extractor, and the handler of `/profile` returns an
/// `AuthError`.
#[tokio::test]
async fn guards_extractors_and_errors_respond_with_a_page_that_links_back() {
    let app = App::start().await;
    for path in ["/private", "/typed-form", "/error-form"] {
        let browser = ended(&app).await;
        let page = browser.send(posted(path, &url("/who?edit=1"))).await;

        says_that_nothing_was_saved(page.last(), path);
        let page = page.click("Sign in").await;
        let page = match page.status() {
            200 if page.url().as_str().starts_with(app.provider.issuer()) => {
                page.press("alice").await
            }
            _ => page,
        };
        assert_eq!(page.url().as_str(), url("/who?edit=1"), "{path}");
    }
}

#[tokio::test]
async fn a_form_of_an_anonymous_visitor_or_behind_a_service_worker_gets_the_same_page() {
    let app = App::start().await;
    let browser = app.browser();
    let old = app.browser().without_fetch_metadata();
    let form = || posted("/private", &url("/form"));

    for (case, exchange) in [
        ("stranger", browser.step(&form()).await),
        (
            "worker",
            browser
                .step(&form().header("sec-fetch-dest", "empty"))
                .await,
        ),
        ("old browser", old.step(&form()).await),
    ] {
        says_that_nothing_was_saved(&exchange, case);
        let link = "href=\"/auth/sign-in?return_to=%2Fform\"";
        assert!(
            exchange.text().contains(link),
            "{case}: {}",
            exchange.text()
        );
    }
}

/// The page to return to is checked like every other return path.
#[tokio::test]
async fn the_page_does_not_link_to_another_origin_or_to_our_routes() {
    let app = App::start().await;
    let browser = app.browser();
    for referer in [
        "https://evil.example/form",
        "https://app.example.evil.example/form",
        "http://app.example/form",
        "https://app.example//evil.example",
        "https://app.example/auth/sign-out",
        "/relative\u{7f}",
        "not a URL",
        "",
    ] {
        let form = posted("/private", EVIL).header("referer", "x");
        let form = match http::HeaderValue::try_from(referer) {
            Ok(_) => form.header("referer", referer),
            Err(_) => continue,
        };
        let exchange = browser.step(&form).await;

        says_that_nothing_was_saved(&exchange, referer);
        let link = "href=\"/auth/sign-in\"";
        assert!(
            exchange.text().contains(link),
            "{referer}: {}",
            exchange.text()
        );
    }
    let long = format!("{ORIGIN}/{}", "a".repeat(5_000));
    let exchange = browser
        .step(&posted("/private", EVIL).header("referer", &long))
        .await;
    says_that_nothing_was_saved(&exchange, "long");
    assert!(exchange.text().len() < 3_000);
}

#[tokio::test]
async fn scripts_still_get_json() {
    let app = App::start().await;
    let browser = ended(&app).await;
    for path in ["/private", "/typed-form", "/error-form"] {
        for request in [
            Request::fetch(&url(path)).from(ORIGIN).method(Method::POST),
            posted(path, ORIGIN)
                .header("sec-fetch-mode", "cors")
                .header("sec-fetch-dest", "empty"),
            Request::iframe(&url(path))
                .from(ORIGIN)
                .method(Method::POST),
        ] {
            let exchange = browser.step(&request).await;
            assert_eq!(exchange.status(), 401, "{path}");
            assert_eq!(exchange.json()["error"], "sign_in_required", "{path}");
        }
    }
}

/// A signed-in user whose refresh the provider refuses.
#[tokio::test]
async fn a_form_whose_token_is_refused_is_not_redirected_either() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    app.clock.advance(Duration::from_secs(3_700));

    let exchange = browser.step(&posted("/token-form", &url("/form"))).await;

    says_that_nothing_was_saved(&exchange, "token");
    let link = "href=\"/auth/sign-in?after=refusal&amp;return_to=%2Fform\"";
    assert!(exchange.text().contains(link), "{}", exchange.text());
    // The session remains, so the page must not say that it has ended.
    assert!(exchange.text().contains("Please sign in again"));
    assert!(!exchange.text().contains("has ended"));
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}
