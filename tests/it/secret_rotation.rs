//! Instances that share nothing but their secrets, while these change.

use std::time::Duration;

use http::Method;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, SECRET, sign_in, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{answer, fetch};

const NEW: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";
const OLDER: &str = "eW5rT8uJ2mN6bVx3cZq9aSdF4gHkLpYo";

/// K-13
#[tokio::test]
async fn a_session_under_an_older_secret_is_sealed_again_under_the_first_when_it_is_read() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let rolled = app
        .another_instance(|auth| {
            auth.cookie_secret(NEW)
                .additional_cookie_secret(OLDER)
                .additional_cookie_secret(SECRET)
        })
        .await;
    rolled.serve(&browser);

    let page = browser.open(&url("/untouched")).await;
    assert!(page.last().set_cookies().is_empty());
    let page = browser.open(&url("/")).await;
    assert_eq!(page.text(), "alice");
    assert_eq!(page.last().set_cookies().len(), 1);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = browser.open(&url("/")).await;
    assert_eq!(page.text(), "alice");
    assert!(page.last().set_cookies().is_empty());

    let only_new = app.another_instance(|auth| auth.cookie_secret(NEW)).await;
    only_new.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// N-03: when its head is written, another response may have written a newer session, and the
/// process may have evicted it.
#[tokio::test]
async fn a_late_response_does_not_write_a_session_of_an_older_secret() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let rolled = app
        .another_instance(|auth| auth.cookie_secret(NEW).additional_cookie_secret(SECRET))
        .await;
    let slow = browser.thief();
    let (server, gate) = slow_page(&rolled.auth, |auth, gate| async move {
        let _ = auth.is_authenticated();
        gate.pass().await;
        "done"
    })
    .await;
    slow.map(ORIGIN, server.address());
    let waiting = slow.clone();
    let page = tokio::spawn(async move { fetch(&waiting, "/slow").await });
    gate.entered().await;
    rolled.serve(&browser);
    answer(&browser, "/refresh").await;
    app.clock.advance(Duration::from_secs(90));

    gate.open();
    let page = page.await.unwrap();

    assert_eq!(page.text(), "done");
    assert!(page.last().set_cookies().is_empty());
    // A response that is in time writes it.
    gate.open();
    let page = fetch(&slow, "/slow").await;
    assert_eq!(page.last().set_cookies().len(), 1);
}

/// K-13: the documented order (accept everywhere first, then seal) signs nobody out.
#[tokio::test]
async fn a_secret_is_rotated_on_two_instances_without_signing_anybody_out() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let accepts = app
        .another_instance(|auth| auth.additional_cookie_secret(NEW))
        .await;
    let seals = app
        .another_instance(|auth| auth.cookie_secret(NEW).additional_cookie_secret(SECRET))
        .await;

    for _ in 0..3 {
        accepts.serve(&browser);
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
        seals.serve(&browser);
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
    }
}

/// N-02: an instance without the newest secret, or one that was rolled back.
#[tokio::test]
async fn an_instance_without_the_newest_secret_keeps_the_cookie() {
    let app = App::start().await;
    let newest = app.another_instance(|auth| auth.cookie_secret(NEW)).await;
    let browser = app.browser();
    newest.serve(&browser);
    assert_eq!(sign_in(&browser).await.text(), "alice");

    app.serve(&browser);
    let page = browser.open(&url("/explain")).await;
    assert_eq!(page.text(), "unknown_key");
    assert!(page.last().set_cookies().is_empty());
    let private = browser.fetch(ORIGIN, Method::GET, &url("/private")).await;
    assert_eq!(private.status(), 401);
    assert!(private.last().set_cookies().is_empty());

    newest.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// A sign-in that began on one instance ends on another.
#[tokio::test]
async fn a_sign_in_continues_on_another_instance_during_a_secret_rotation() {
    let app = App::start().await;
    let browser = app.browser();
    let at_provider = browser.open(&url("/auth/sign-in")).await;
    let rolled = app
        .another_instance(|auth| auth.cookie_secret(NEW).additional_cookie_secret(SECRET))
        .await;
    rolled.serve(&browser);

    assert_eq!(at_provider.press("alice").await.text(), "alice");
}

/// K-16
#[tokio::test]
async fn a_removed_secret_ends_every_session_that_it_sealed() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(12 * 3600));
    let instance = app.another_instance(|auth| auth.cookie_secret(NEW)).await;
    instance.serve(&browser);

    let page = browser.open(&url("/explain")).await;

    assert_eq!(page.text(), "unknown_key");
    assert!(page.last().set_cookies().is_empty());
}
