//! Ends all sessions of a user, an issuer or an organization, in every browser and on all instances.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use oidc_dev_provider::User;
use tower_oidc_tests::app::{sign_in, sign_in_as, url};
use tower_oidc_tests::{App, Browser, FaultyStore, StoreFault, TestClock};

use super::{reason, two_instances};

async fn signed_in_as(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, user).await.text(), user);
    browser
}

/// O-01
#[tokio::test]
async fn a_sign_out_everywhere_ends_all_browsers_of_the_user_and_of_nobody_else() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let here = signed_in_as(&app, "alice").await;
    let there = signed_in_as(&app, "alice").await;
    let bob = signed_in_as(&app, "bob").await;
    other.serve(&there);

    let page = here.open(&url("/leave-everywhere")).await;

    assert_eq!(page.exchanges()[0].status(), 303, "{}", page.text());
    assert!(App::cookies(&here).is_empty());
    assert_eq!(reason(&there).await, "signed_out");
    assert_eq!(reason(&bob).await, "signed_in");
    other.serve(&bob);
    assert_eq!(reason(&bob).await, "signed_in");
    app.clock.advance(Duration::from_millis(1));
    for browser in [&here, &there] {
        assert_eq!(sign_in(browser).await.text(), "alice");
    }
    other.serve(&here);
    assert_eq!(reason(&here).await, "signed_in");
}

/// O-01
#[tokio::test]
async fn an_administrator_ends_the_sessions_of_a_user_at_this_issuer_only() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let (alice, copy) = app.two_browsers(&other).await;
    let bob = signed_in_as(&app, "bob").await;
    let issuer = app.provider.issuer();
    let revoke = async |issuer: &str, sub: &str| {
        app.auth.revoke_sessions_of(issuer, sub).await.unwrap();
    };

    revoke("https://other.example", "alice").await;
    assert_eq!(reason(&alice).await, "signed_in");
    revoke(issuer, "alice").await;

    assert_eq!(reason(&alice).await, "signed_out");
    assert_eq!(reason(&copy).await, "signed_out");
    assert_eq!(reason(&bob).await, "signed_in");
}

/// O-01
#[tokio::test]
async fn an_administrator_ends_the_sessions_of_an_issuer_or_of_an_organization() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let app = App::at(
        clock,
        |provider| {
            let erin = User::new("erin").claim("org_id", "acme");
            let frank = User::new("frank").claim("organizations", ["globex", "acme"]);
            let grace = User::new("grace").claim("organization_id", "globex");
            provider.user(erin).user(frank).user(grace)
        },
        |it| it,
        |auth| auth.revocation_store(store.clone()),
    )
    .await;
    let other = app
        .another_instance(|auth| auth.revocation_store(store.clone()))
        .await;
    let mut browsers = Vec::new();
    for user in ["erin", "frank", "grace"] {
        browsers.push(signed_in_as(&app, user).await);
    }
    let reasons = async || {
        let mut reasons = Vec::new();
        for browser in &browsers {
            reasons.push(reason(browser).await);
        }
        reasons
    };
    let issuer = app.provider.issuer();
    let elsewhere = other
        .auth
        .revoke_sessions_of_organization("https://other.example", "acme");
    elsewhere.await.unwrap();
    assert_eq!(reasons().await, ["signed_in"; 3]);

    let acme = other.auth.revoke_sessions_of_organization(issuer, "acme");
    acme.await.unwrap();
    assert_eq!(reasons().await, ["signed_out", "signed_out", "signed_in"]);

    other.auth.revoke_sessions_of_issuer(issuer).await.unwrap();
    assert_eq!(reasons().await, ["signed_out"; 3]);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(sign_in_as(&browsers[0], "erin").await.text(), "erin");
}

/// O-04: what the caller learns, and what this instance does meanwhile.
#[tokio::test]
async fn a_sign_out_everywhere_without_an_answer_of_the_store_is_unavailable_and_applies_here() {
    let (app, other, store) = two_instances(|auth| auth.accept_unchecked_sessions(true)).await;
    let here = signed_in_as(&app, "alice").await;
    let second = signed_in_as(&app, "alice").await;
    let there = second.thief();
    other.serve(&there);
    store.set(StoreFault::Fails);

    let page = here.open(&url("/leave-everywhere")).await;

    assert_eq!(page.status(), 503);
    for browser in [&here, &second] {
        assert_eq!(reason(browser).await, "signed_out");
    }
    assert_eq!(reason(&there).await, "signed_in");
    store.set(None);
    app.auth.drain().await;
    assert_eq!(reason(&there).await, "signed_out");
}

/// O-01
#[tokio::test]
async fn without_a_store_it_is_an_error_that_names_the_setting() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/leave-everywhere")).await;
    let refused = app.auth.revoke_sessions_of(app.provider.issuer(), "alice");

    assert_eq!(page.status(), 500);
    let error = refused.await.unwrap_err().to_string();
    assert!(error.contains("revocation_store"), "{error}");
    assert_eq!(reason(&browser).await, "signed_in");
}

/// O-01
#[test]
fn outside_of_a_runtime_nothing_is_revoked_and_the_error_says_why() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (app, browser) = runtime.block_on(async {
        let (app, _, _) = two_instances(|auth| auth).await;
        let browser = app.signed_in_browser().await;
        (app, browser)
    });
    let mut context = Context::from_waker(Waker::noop());

    let revoked = pin!(app.auth.revoke_sessions_of(app.provider.issuer(), "alice"));
    let Poll::Ready(Err(error)) = revoked.poll(&mut context) else {
        panic!("it must fail at once");
    };

    assert!(error.to_string().contains("tokio runtime"), "{error}");
    assert_eq!(runtime.block_on(reason(&browser)), "signed_in");
}
