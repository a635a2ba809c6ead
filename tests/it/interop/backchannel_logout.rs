//! `oidc-provider` reports a sign-out to two instances that share a revocation store.

use tower_oidc::{AuthLayer, MemoryStore, Provider};
use tower_oidc_tests::app::{ORIGIN, SECRET, router, url};
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{Browser, OidcProvider, TestClock, TestServer};

use super::site::{client, sign_in};

const PATH: &str = "/auth/backchannel-logout";

fn instance(
    listener: Listener,
    registration: &Provider,
    clock: &TestClock,
    store: &MemoryStore,
) -> TestServer {
    let auth = AuthLayer::builder()
        .provider(registration.clone())
        .base_url(ORIGIN)
        .cookie_secret(SECRET)
        .clock(clock.clone())
        .revocation_store(store.clone())
        .backchannel_logout_path(PATH)
        .build()
        .expect("the settings work");
    listener.serve(router().layer(auth))
}

/// B-08: the user signs out at the provider alone, which reports it to one instance.
#[tokio::test]
async fn a_sign_out_at_the_provider_ends_the_session_on_both_of_two_instances() {
    let (first, second) = (Listener::bind().await, Listener::bind().await);
    let uri = format!("http://{}{PATH}", first.address());
    let provider = OidcProvider::start(ORIGIN, &[("RP_BACKCHANNEL", &uri)]).await;
    let (clock, store) = (TestClock::starting_now(), MemoryStore::new());
    let registration = client(provider.issuer(), "es256");
    let first = instance(first, &registration, &clock, &store);
    let second = instance(second, &registration, &clock, &store);
    let browser = Browser::new(&clock);
    provider.serve(&browser);
    browser.map(ORIGIN, first.address());
    assert_eq!(sign_in(&browser).await.json()["state"], "Authenticated");
    let copy = browser.thief();
    copy.map(ORIGIN, second.address());
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_in");

    let end_session = format!("{}/session/end", provider.issuer());
    let question = browser.open(&end_session).await;
    question.press("Yes, sign me out").await;

    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    assert_eq!(browser.open(&url("/explain")).await.text(), "signed_out");
}
