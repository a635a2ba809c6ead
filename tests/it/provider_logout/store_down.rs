//! Logouts while the revocation store is down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_oidc::{
    AuthLayerBuilder, BoxFuture, MemoryStore, Revocation, RevocationStore, StoreError,
};
use tower_oidc_tests::app::url;
use tower_oidc_tests::{App, FaultyStore, StoreFault, TestClock};

use super::{BACK, Events, FRONT, assert_refused, report, sid, signed_in, token, user};

/// A store that is down while a test says so.
#[derive(Clone, Default)]
struct Unreliable {
    store: MemoryStore,
    is_down: Arc<AtomicBool>,
}

impl Unreliable {
    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(StoreError::new("down for this test")),
            false => Ok(()),
        }
    }

    fn paths(&self, auth: AuthLayerBuilder) -> AuthLayerBuilder {
        auth.revocation_store(self.clone())
            .backchannel_logout_path(BACK)
            .frontchannel_logout_path(FRONT)
    }
}

impl RevocationStore for Unreliable {
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
        match self.check() {
            Ok(()) => self.store.revoke(revocation),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
        match self.check() {
            Ok(()) => self.store.find(keys),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

/// B-09, B-06
#[tokio::test]
async fn the_provider_is_asked_to_repeat_and_the_logout_takes_effect_once() {
    let (store, events) = (Unreliable::default(), Events::default());
    let app = App::with(|auth| events.heard_by(store.paths(auth))).await;
    let other = app.another_instance(|auth| store.paths(auth)).await;
    let (here, there) = app.two_browsers(&other).await;
    let logout = token(&app, Some("alice"), Some(&sid(&here).await));
    events.take();

    store.set_down(true);
    for _ in 0..2 {
        assert_refused(&report(&app, &logout).await, "the store is down");
    }
    assert_eq!(here.open(&url("/explain")).await.text(), "signed_out");
    store.set_down(false);
    assert_eq!(user(&here).await, "nobody");
    assert_eq!(report(&app, &logout).await.status(), 200);

    assert_eq!(user(&there).await, "nobody");
    assert_eq!(events.take(), ["ended_by_provider alice"]);
}

/// B-09, B-10
#[tokio::test]
async fn a_front_channel_logout_is_503() {
    let store = Unreliable::default();
    let app = App::with(|auth| store.paths(auth)).await;
    let browser = signed_in(&app, "alice").await;
    let query = [
        ("iss", app.provider.issuer()),
        ("sid", &sid(&browser).await),
    ];
    let frame = super::frontchannel::frame(&query);
    store.set_down(true);

    let page = super::server(&app).send(frame).await;

    assert_eq!(page.status(), 503);
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

/// B-09: a provider waits for a few seconds at most, and may not try again.
#[tokio::test]
async fn a_logout_whose_provider_does_not_wait_for_the_store_is_reported_to_the_application() {
    let (store, events) = (FaultyStore::new(&TestClock::new()), Events::default());
    let app = App::with(|auth| {
        let auth = auth.revocation_store(store.clone());
        events.heard_by(auth.backchannel_logout_path(BACK))
    })
    .await;
    let browser = signed_in(&app, "alice").await;
    let logout = token(&app, Some("alice"), None);
    let provider = super::server(&app);
    events.take();
    store.set(StoreFault::Hangs);
    let request = super::post(BACK, &[("logout_token", &logout)]);
    let reported = tokio::spawn(async move { provider.send(request).await.status() });
    store.gate().entered().await;

    reported.abort();
    assert!(reported.await.unwrap_err().is_cancelled());
    // By the answer to this one, the server knows that the connection is closed.
    assert_eq!(
        super::server(&app).open(&url("/untouched")).await.status(),
        200
    );
    store.set(None);
    store.gate().open();

    assert!(app.auth.drain_for(std::time::Duration::from_secs(10)).await);
    assert_eq!(events.take(), ["ended_by_provider alice"]);
    assert_eq!(user(&browser).await, "nobody");
}
