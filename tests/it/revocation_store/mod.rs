//! Instances that share a store of revocations: what has ended on one has ended on all.

mod asked;
mod everywhere;
mod in_use;
mod outage;
mod sign_out;
mod waiting;

use http::Method;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, ORIGIN, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::{App, Browser, FaultyStore, TestClock};

/// Two instances over one store, and the store.
async fn two_instances(
    configure: impl Fn(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, Instance, FaultyStore) {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let with_store = |auth: AuthLayerBuilder| configure(auth.revocation_store(store.clone()));
    let app = App::at(clock, |it| it, |it| it, with_store).await;
    let other = app.another_instance(with_store).await;
    (app, other, store)
}

/// One instance, and its store.
async fn one_instance(
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, FaultyStore) {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let with_store = |auth: AuthLayerBuilder| configure(auth.revocation_store(store.clone()));
    let app = App::at(clock, |it| it, |it| it, with_store).await;
    (app, store)
}

/// The button of the application's own page.
async fn sign_out(browser: &Browser) -> Exchange {
    let request = Request::navigation(&url("/auth/sign-out"));
    let request = request.from(ORIGIN).method(Method::POST);
    browser.step(&request).await
}

/// Why nobody is signed in, or "signed_in".
async fn reason(browser: &Browser) -> String {
    browser.open(&url("/explain")).await.text()
}
