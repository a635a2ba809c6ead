//! Sign-ins in several tabs of one browser at once.

use std::time::Duration;

use http::Method;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::{is_refusal, transactions};
use tower_oidc_tests::{App, Browser};

const EVIL: &str = "https://evil.example";
const SIBLING: &str = "https://sibling.app.example";

/// The page of a tab when five other sign-ins are in progress.
fn is_elsewhere(page: &Page, case: &str) {
    assert_eq!(page.status(), 409, "{case}: {}", page.text());
    assert!(page.text().contains("in another tab"), "{case}");
    assert!(page.last().set_cookies().is_empty(), "{case}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
}

/// Opens this many guarded pages in separate tabs, one after the other.
async fn restored(app: &App, browser: &Browser, tabs: usize) -> Vec<Page> {
    let mut pages = Vec::new();
    for tab in 0..tabs {
        app.clock.advance(Duration::from_millis(10));
        pages.push(browser.open(&url(&format!("/private?tab={tab}"))).await);
    }
    pages
}

fn landed(page: &Page, tab: usize) {
    assert_eq!(page.text(), "alice", "{tab}");
    assert_eq!(page.url().as_str(), url(&format!("/private?tab={tab}")));
}

#[tokio::test]
async fn each_of_eight_restored_tabs_returns_to_its_own_page() {
    let app = App::start().await;
    let browser = app.browser();
    let pages = restored(&app, &browser, 8).await;
    assert_eq!(transactions(&browser).len(), 5);

    for (tab, page) in pages.iter().enumerate() {
        if tab < 5 {
            assert!(page.url().as_str().starts_with(app.provider.issuer()));
            landed(&page.press("alice").await, tab);
        } else {
            is_elsewhere(page, "further tab");
            landed(&page.click("Continue").await, tab);
        }
    }
}

#[tokio::test]
async fn sign_in_here_replaces_the_oldest_sign_in_and_returns_to_its_page() {
    let app = App::start().await;
    let browser = app.browser();
    let pages = restored(&app, &browser, 6).await;
    let before = transactions(&browser);

    let page = pages[5].press("Sign in here").await;

    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    let after = transactions(&browser);
    assert_eq!(after.len(), 5);
    assert!(!after.contains(&before[0]));
    assert!(before[1..].iter().all(|name| after.contains(name)));
    landed(&page.press("alice").await, 5);
    // The sign-in that was replaced ends at a page, in a browser that is signed in by now.
    assert_eq!(pages[0].press("alice").await.text(), "alice");
}

/// Another site that starts as many sign-ins as possible neither prevents one nor ends any.
#[tokio::test]
async fn no_other_site_ends_a_sign_in_or_keeps_the_user_out() {
    let app = App::start().await;
    let browser = app.browser();
    let own = browser.open(&url("/private?own")).await;
    for _ in 0..20 {
        browser.navigate(EVIL, &url("/auth/sign-in")).await;
    }
    let here = url("/auth/sign-in?replace=oldest&return_to=%2Fprivate");
    let before = transactions(&browser);
    assert_eq!(before.len(), 5);

    for initiator in [EVIL, SIBLING, "http://app.example"] {
        for (case, request, status) in [
            ("form", Request::navigation(&here).method(Method::POST), 403),
            ("link", Request::navigation(&here), 409),
            ("frame", Request::iframe(&here).method(Method::POST), 403),
            ("script", Request::fetch(&here).method(Method::POST), 401),
        ] {
            let exchange = browser.step(&request.from(initiator)).await;
            assert_eq!(exchange.status(), status, "{case}");
            assert!(exchange.set_cookies().is_empty(), "{case}");
            assert_eq!(transactions(&browser), before, "{initiator} {case}");
        }
    }
    let old = browser.clone().without_fetch_metadata();
    for origin in [EVIL, "null"] {
        let request = Request::navigation(&here).method(Method::POST);
        let exchange = old.step(&request.from(EVIL).header("origin", origin)).await;
        is_refusal(&exchange, 403, origin);
        assert_eq!(transactions(&browser), before, "{origin}");
    }
    // From our own origin, without the mark of the button.
    let request = Request::navigation(&url("/auth/sign-in")).from(ORIGIN);
    let exchange = browser.step(&request.method(Method::POST)).await;
    is_refusal(&exchange, 405, "no mark");

    let page = browser.open(&url("/private?late")).await;
    is_elsewhere(&page, "filled");
    let page = page.press("Sign in here").await.press("alice").await;
    assert_eq!(page.url().as_str(), url("/private?late"));
    assert_eq!(own.press("alice").await.text(), "alice");
}

#[tokio::test]
async fn the_button_works_in_browsers_without_fetch_metadata() {
    let app = App::start().await;
    let browser = app.browser().without_fetch_metadata();
    let pages = restored(&app, &browser, 6).await;

    let page = pages[5].press("Sign in here").await.press("alice").await;

    landed(&page, 5);
}

/// The limit is also one of bytes.
#[tokio::test]
async fn a_sign_in_with_a_long_return_path_ends_no_other() {
    let app = App::start().await;
    let browser = app.browser();
    let own = browser.open(&url("/private?own")).await;
    for number in 0..3 {
        let long = format!("/auth/sign-in?return_to=/{number}{}", "a".repeat(2_000));
        browser.navigate(EVIL, &url(&long)).await;
    }

    assert_eq!(own.press("alice").await.url().as_str(), url("/private?own"));
}

#[tokio::test]
async fn the_limit_also_applies_to_sign_ins_that_the_application_starts() {
    let app = App::start().await;
    let browser = app.browser();
    restored(&app, &browser, 5).await;

    let page = browser.open(&url("/start")).await;

    is_elsewhere(&page, "/start");
    // Back at the page that asked for it, whose own sign-in then returns to its page.
    let page = page.press("Sign in here").await.press("alice").await;
    assert_eq!(page.url().path(), "/who");
}

#[tokio::test]
async fn expired_sign_ins_do_not_count() {
    let app = App::start().await;
    let browser = app.browser();
    for _ in 0..5 {
        browser.open(&url("/auth/sign-in")).await;
    }
    let expired: Vec<_> = transactions(&browser)
        .into_iter()
        .map(|name| {
            let cookie = browser.jar().cookie(&name).expect("a transaction");
            (name, cookie.value().into_owned())
        })
        .collect();
    app.clock.advance(Duration::from_secs(600));
    for (name, value) in expired {
        browser.jar().inject("app.example", name, value);
    }

    assert_eq!(sign_in(&browser).await.text(), "alice");
}
