//! What tests of tokens have in common: requests for the application's routes that use them.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use relying_party::{HttpClient, HyperClient};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::app::{ORIGIN, url};
use crate::browser::{Exchange, Page, Request};
use crate::{App, Browser};

/// The lifetime of the provider's access tokens.
pub const EXPIRY: Duration = Duration::from_secs(3600);

/// The time after the sign-in at which the access token is due for a refresh, and valid for
/// [`LAST`].
pub const DUE: Duration = Duration::from_secs(3600 - 5);

/// The remaining lifetime of the access token then.
pub const LAST: Duration = Duration::from_secs(5);

/// The response of a route that has a token.
///
/// # Panics
/// If it has none.
pub async fn answer(browser: &Browser, path: &str) -> Value {
    let page = browser.open(&url(path)).await;
    assert_eq!(page.status(), 200, "{path}: {}", page.text());
    page.json()
}

/// The access token of the sign-in, refreshed if that is due.
///
/// # Panics
/// If there is none.
pub async fn token(browser: &Browser) -> Value {
    answer(browser, "/token").await["token"].clone()
}

/// A script on the application's own page requests a path.
pub async fn fetch(browser: &Browser, path: &str) -> Page {
    browser.fetch(ORIGIN, Method::GET, &url(path)).await
}

/// The user opens a path; a redirect is not followed.
pub async fn navigate(browser: &Browser, path: &str) -> Exchange {
    browser.step(&Request::navigation(&url(path))).await
}

/// The sign-out button of the application's own page.
pub fn sign_out_button() -> Request {
    let form = Request::navigation(&url("/auth/sign-out"));
    form.from(ORIGIN).method(Method::POST)
}

/// The user presses that button; the redirect to the provider is not followed.
pub async fn sign_out(browser: &Browser) -> Exchange {
    browser.step(&sign_out_button()).await
}

/// Why nobody is signed in, or "signed_in".
pub async fn reason(browser: &Browser) -> String {
    browser.open(&url("/explain")).await.text()
}

/// Opens a path in this many tabs, all before the first response.
///
/// # Panics
/// If one of them has no token.
pub async fn at_once(tabs: usize, browser: &Browser, path: &str) -> Vec<Value> {
    let mut answers = JoinSet::new();
    for _ in 0..tabs {
        let (browser, path) = (browser.clone(), path.to_owned());
        answers.spawn(async move { answer(&browser, &path).await });
    }
    answers.join_all().await
}

/// Whether the provider still accepts this access token. A revocation of the refresh token ends the
/// whole grant there.
///
/// # Panics
/// If the provider cannot be reached.
pub async fn is_accepted_by_provider(app: &App, token: &Value) -> bool {
    let bearer = format!("Bearer {}", token.as_str().expect("a token"));
    let request = http::Request::get(format!("{}/userinfo", app.provider.issuer()))
        .header("authorization", bearer)
        .body(Bytes::new())
        .expect("a request");
    let response = HyperClient::new().call(request).await;
    response.expect("a response").status() == StatusCode::OK
}
