//! What the tests in Chromium have in common: the provider of an application, its settings, and a
//! record of the requests that reach it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::HeaderMap;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::TestClock;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET};

use super::browser::Chromium;

/// A provider at which the application at `base_url` is registered.
pub(super) async fn provider(base_url: &str, clock: &TestClock) -> DevProvider {
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(format!("{base_url}/auth/callback"))
        .post_logout_redirect_uri(format!("{base_url}/"));
    let clock = clock.clone();
    let provider = DevProvider::builder()
        .client(client)
        .clock(move || clock.now());
    provider.start().await.expect("a loopback port is free")
}

/// The settings of the application at `base_url`.
pub(super) fn settings(
    provider: &DevProvider,
    base_url: &str,
    clock: &TestClock,
) -> AuthLayerBuilder {
    AuthLayer::builder()
        .provider(Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET))
        .base_url(base_url)
        .cookie_secret(SECRET)
        .clock(clock.clone())
}

/// Signs alice in on the provider's page.
pub(super) async fn choose_alice(browser: &Chromium, provider: &DevProvider) {
    browser.shows(provider.issuer(), "alice").await;
    browser.click("button[value=alice]").await;
}

/// Path and headers of requests to the application. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Requests(Arc<Mutex<Vec<(String, HeaderMap)>>>);

impl Requests {
    /// Records the requests that reach `pages`.
    pub(super) fn recorded(&self, pages: Router) -> Router {
        let requests = self.clone();
        pages.layer(from_fn(move |request: Request, next: Next| {
            let path = request.uri().path().to_owned();
            let mut record = requests.0.lock().unwrap_or_else(PoisonError::into_inner);
            record.push((path, request.headers().clone()));
            drop(record);
            next.run(request)
        }))
    }

    /// All requests, oldest first.
    pub(super) fn all(&self) -> Vec<(String, HeaderMap)> {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.clone()
    }

    /// The headers of the last request for this path.
    ///
    /// # Panics
    ///
    /// Panics if there was none.
    pub(super) fn last(&self, path: &str) -> HeaderMap {
        self.last_of(path, |_| true)
    }

    /// The headers of the last request for this path to the host of `origin`.
    ///
    /// # Panics
    ///
    /// Panics if there was none.
    pub(super) fn last_at(&self, path: &str, origin: &str) -> HeaderMap {
        let host = origin.trim_start_matches("http://");
        self.last_of(path, |headers| headers["host"] == host)
    }

    fn last_of(&self, path: &str, is_meant: impl Fn(&HeaderMap) -> bool) -> HeaderMap {
        let requests = self.all();
        let mut requests = requests.into_iter().rev();
        let last = requests.find(|(requested, headers)| requested == path && is_meant(headers));
        last.expect("a request").1
    }
}
