//! What tests of tokens do again and again: visits of the application's routes that use them.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::Browser;
use crate::app::{ORIGIN, url};
use crate::browser::{Exchange, Page, Request};

/// The lifetime of the provider's access tokens.
pub const EXPIRY: Duration = Duration::from_secs(3600);

/// To be waited from the sign-in: the access token is refreshed by then, and lives [`LAST`] longer.
pub const DUE: Duration = Duration::from_secs(3600 - 5);

/// What is left of the access token then.
pub const LAST: Duration = Duration::from_secs(5);

/// The answer of a route that has a token.
///
/// # Panics
/// Where it has none.
pub async fn answer(browser: &Browser, path: &str) -> Value {
    let page = browser.open(&url(path)).await;
    assert_eq!(page.status(), 200, "{path}: {}", page.text());
    page.json()
}

/// The access token of the sign-in, refreshed where it is due.
///
/// # Panics
/// Where there is none.
pub async fn token(browser: &Browser) -> Value {
    answer(browser, "/token").await["token"].clone()
}

/// The application's own page asks for a path by a script.
pub async fn fetch(browser: &Browser, path: &str) -> Page {
    browser.fetch(ORIGIN, Method::GET, &url(path)).await
}

/// The user opens a path; a redirect is not followed.
pub async fn navigate(browser: &Browser, path: &str) -> Exchange {
    browser.step(&Request::navigation(&url(path))).await
}

/// Opens a path in so many tabs, all before the first answer.
///
/// # Panics
/// Where one of them has no token.
pub async fn at_once(tabs: usize, browser: &Browser, path: &str) -> Vec<Value> {
    let mut answers = JoinSet::new();
    for _ in 0..tabs {
        let (browser, path) = (browser.clone(), path.to_owned());
        answers.spawn(async move { answer(&browser, &path).await });
    }
    answers.join_all().await
}
