//! One provider that hangs delays no user of another one.

use oidc_dev_provider::{DevProvider, Endpoint, Fault, HeldRequests};
use tokio::task::JoinSet;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::two_providers::sign_in_at;
use tower_oidc_tests::visits::{EXPIRY, answer, fetch};
use tower_oidc_tests::{Browser, TwoProviders};

use crate::log;

/// More than the budget of sign-ins, which is 64, and than that of refreshes at one provider.
const MANY: usize = 70;

/// W-03
#[tokio::test]
async fn sign_ins_at_one_provider_do_not_wait_for_those_at_another() {
    let app = TwoProviders::start().await;
    let (held, tasks) = hanging_sign_ins(&app).await;

    for _ in 0..3 {
        let browser = app.browser();
        let page = sign_in_at(&browser, "two", "bob").await;
        assert_eq!(page.text(), "bob");
    }
    // None of those at the first one has been answered meanwhile.
    assert_eq!(tasks.len(), MANY);
    assert!(held.waiting() > 0);
    held.release();
    tasks.join_all().await;
}

/// Sign-ins at the first provider that wait for its token endpoint.
async fn hanging_sign_ins(app: &TwoProviders) -> (HeldRequests, JoinSet<()>) {
    let mut callbacks = Vec::new();
    for _ in 0..MANY {
        let browser = app.signed_in_at("one").await;
        callbacks.push((app.begun_at(&browser, "one").await, browser));
    }
    let held = app.one.hold(Endpoint::Token);
    let mut tasks = JoinSet::new();
    for (callback, browser) in callbacks {
        tasks.spawn(async move {
            browser.step(&Request::navigation(callback.as_str())).await;
        });
    }
    // One network may use 48 of the 64 places.
    held.wait_for(48).await;
    (held, tasks)
}

/// W-03
#[tokio::test]
async fn refreshes_at_one_provider_do_not_wait_for_those_at_another() {
    let app = TwoProviders::start().await;
    let mut of_one = Vec::new();
    for _ in 0..MANY {
        of_one.push(app.signed_in_at("one").await);
    }
    let of_two = [
        app.signed_in_at("two").await,
        app.signed_in_at("two").await,
        app.signed_in_at("two").await,
    ];
    app.clock.advance(EXPIRY);
    let held = app.one.hold(Endpoint::Token);
    let mut tasks = JoinSet::new();
    for browser in of_one {
        tasks.spawn(async move { fetch(&browser, "/token").await.status() });
    }
    held.wait_for(64).await;

    for browser in &of_two {
        assert_eq!(answer(browser, "/token").await["sub"], "alice");
    }
    assert_eq!(app.two.refreshes().len(), of_two.len());
    assert_eq!((held.waiting(), tasks.len()), (64, MANY));
    held.release();
    for status in tasks.join_all().await {
        assert_eq!(status, 200);
    }
}

/// W-03: the circuit breaker of one provider that does not answer is not that of another.
#[tokio::test]
async fn a_provider_that_is_down_refuses_no_refresh_of_another() {
    let app = TwoProviders::start().await;
    let (of_one, of_two) = (app.signed_in_at("one").await, app.signed_in_at("two").await);
    app.clock.advance(EXPIRY);
    app.one.go_down().await.expect("it was up");
    for _ in 0..8 {
        assert_eq!(fetch(&of_one, "/token").await.status(), 503);
    }

    assert_eq!(answer(&of_two, "/token").await["sub"], "alice");
}

/// W-03: a sign-out waits for the revocation at its own provider alone, and what waits for one is tried apart from
/// what waits for another.
#[tokio::test]
async fn revocations_at_one_provider_do_not_wait_for_those_at_another() {
    let app = TwoProviders::start().await;
    let (of_one, of_two) = (app.signed_in_at("one").await, app.signed_in_at("two").await);
    app.one.go_down().await.expect("it was up");
    leave(&of_one).await;
    let before = revocations(&app.two);

    leave(&of_two).await;

    assert_eq!(revocations(&app.two), before + 1);
    app.one.come_back().await.expect("its port is free");
    app.auth.drain().await;
    assert_eq!(revocations(&app.one), 1);
}

async fn leave(browser: &Browser) {
    browser.step(&Request::navigation(&url("/leave"))).await;
}

fn revocations(provider: &DevProvider) -> u64 {
    provider.counters().revocation
}

/// W-03: the log names the provider, and the lines about one do not hide those about another.
#[tokio::test]
async fn each_provider_that_refuses_users_has_its_own_lines_in_the_log() {
    let app = TwoProviders::start().await;
    for provider in [&app.one, &app.two] {
        provider.add_fault(Fault::AuthorizationServerError);
    }
    let log = log::record();

    for id in ["one", "two", "one", "two"] {
        let page = app
            .browser()
            .open(&url(&format!("/auth/sign-in/{id}")))
            .await;
        assert_eq!(page.status(), 502);
    }

    let text = log.text();
    for id in ["one", "two"] {
        let names_it = format!("provider_id=\"{id}\"");
        let lines = text.lines().filter(|line| line.contains(" WARN "));
        let count = lines.filter(|line| line.contains(&names_it)).count();
        assert_eq!(count, 1, "{id}: {text}");
    }
}
