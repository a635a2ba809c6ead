//! A sign-out, or another sign-in in the same browser, ends copied cookies on every instance.

use tokio::task::JoinSet;
use tower_oidc_tests::StoreFault;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::fetch;

use super::{reason, sign_out, two_instances};

/// N-05
#[tokio::test]
async fn a_sign_out_on_one_instance_ends_a_copied_cookie_on_the_other_at_its_next_request() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(copy.open(&url("/")).await.text(), "alice");

    assert_eq!(sign_out(&browser).await.status(), 303);

    let page = fetch(&copy, "/private").await;
    assert_eq!(page.status(), 401);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(reason(&copy).await, "signed_out");
    let session = fetch(&copy, "/auth/session").await;
    assert_eq!(session.json()["authenticated"], false);
    // The sign-in after it is not affected.
    assert_eq!(sign_in(&copy).await.text(), "alice");
    app.serve(&copy);
    assert_eq!(copy.open(&url("/")).await.text(), "alice");
}

/// E-01, N-05
#[tokio::test]
async fn a_session_that_a_new_sign_in_replaced_ends_on_the_other_instance_too() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;

    assert_eq!(sign_in(&browser).await.text(), "alice");

    assert_eq!(reason(&copy).await, "signed_out");
    other.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
}

/// N-05: the response says that the user is signed out, also to the tab that was a moment later.
#[tokio::test]
async fn of_two_sign_outs_at_once_none_is_answered_before_the_store_has_its_entry() {
    let (app, _, store) = two_instances(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let (server, gate) = slow_page(&app.auth, |auth, gate| async move {
        gate.pass().await;
        auth.sign_out()
    })
    .await;
    browser.map(ORIGIN, server.address());
    let mut tabs = JoinSet::new();
    for _ in 0..2 {
        let tab = browser.clone();
        tabs.spawn(async move { tab.step(&Request::navigation(&url("/slow"))).await.status() });
        gate.entered().await;
    }
    store.set(StoreFault::Hangs);

    for _ in 0..2 {
        gate.open();
    }

    for _ in 0..2 {
        tokio::select! {
            biased;
            early = tabs.join_next() => panic!("answered before the store: {early:?}"),
            () = store.gate().entered() => {}
        }
    }
    for _ in 0..2 {
        store.gate().open();
        assert_eq!(tabs.join_next().await.unwrap().unwrap(), 303);
    }
}
