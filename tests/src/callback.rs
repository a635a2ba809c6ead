//! Callbacks that a test sends by itself, or holds back.

use http::Method;
use url::Url;

use crate::app::{sign_in_as, url};
use crate::browser::{Exchange, Page, Request};
use crate::{App, Browser};

/// The callback URL of a sign-in that starts at `path`; the browser keeps the transaction's cookie,
/// and does not go there. The provider must know its user already.
pub async fn begun(app: &App, browser: &Browser, path: &str) -> Url {
    let there = browser.step(&Request::navigation(&url(path))).await;
    let there = there.header("location").expect("a redirect").to_owned();
    assert!(there.starts_with(app.provider.issuer()), "{there}");
    let back = browser.step(&Request::navigation(&there)).await;
    let back = back.header("location").expect("a user that is known");
    Url::parse(back).expect("a URL")
}

/// The callback URL that the browser came through on its way to this page.
///
/// # Panics
/// If it did not.
pub fn on_the_way_to(page: &Page) -> &Url {
    let mut exchanges = page.exchanges().iter();
    let callback = exchanges.find(|exchange| exchange.url().path() == "/auth/callback");
    callback.expect("a callback").url()
}

/// The request of a browser that the provider redirects back.
pub fn returning(app: &App, callback: &Url) -> Request {
    Request::navigation(callback.as_str()).from(app.provider.issuer())
}

/// A browser whose user is signed in at the provider, and not at the application.
pub async fn known_browser(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    sign_in_as(&browser, user).await;
    for name in App::cookies(&browser) {
        browser.jar().delete(&name);
    }
    browser
}

/// The value of a parameter.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The cookies of sign-ins in progress.
pub fn transactions(browser: &Browser) -> Vec<String> {
    let mut names = App::cookies(browser);
    names.retain(|name| name.starts_with("__Host-Http-auth.txn."));
    names
}

/// The value of the session cookie.
pub fn session(browser: &Browser) -> Option<String> {
    let cookie = browser.jar().cookie("__Host-Http-auth")?;
    Some(cookie.value().into_owned())
}

/// Checks one of our error pages: not stored, not framed, and no session set.
///
/// # Panics
/// If it is not such a page.
pub fn is_refusal(exchange: &Exchange, status: u16, case: &str) {
    assert_eq!(exchange.status(), status, "{case}");
    assert_eq!(exchange.header("cache-control"), Some("no-store"), "{case}");
    let policy = exchange.header("content-security-policy");
    let policy = policy.unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{case}");
    assert_eq!(
        exchange.header("referrer-policy"),
        Some("no-referrer"),
        "{case}"
    );
    assert_eq!(exchange.header("location"), None, "{case}");
    let sets_a_session = |cookie: &&str| cookie.starts_with("__Host-Http-auth=");
    assert!(!exchange.set_cookies().iter().any(sets_a_session), "{case}");
}

/// The page behind a link on a page of `initiator`, with another method.
pub fn by_method(path: &str, initiator: &str, method: Method) -> Request {
    Request::navigation(&url(path))
        .from(initiator)
        .method(method)
}
