//! Instances that share a store of revocations: what has ended on one has ended on all.

mod asked;
mod everywhere;
mod in_use;
mod outage;
mod sign_out;
mod waiting;

use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::Instance;
use tower_oidc_tests::visits::{reason, sign_out};
use tower_oidc_tests::{App, FaultyStore, TestClock};

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
