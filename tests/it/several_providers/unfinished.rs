//! A sign-in at one provider that is not finished, in a browser with a session of another one. That session is
//! not what was asked for: a page that needs the one provider would ask again and again.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{parameter, session, transactions};
use tower_oidc_tests::two_providers::sign_in_at;
use tower_oidc_tests::{Browser, TwoProviders};
use url::Url;

/// The second provider's redirect to the callback, after the user has signed in there.
async fn answered_at_two(app: &TwoProviders, browser: &Browser) -> Url {
    let page = browser.open(&url("/auth/sign-in/two?prompt=login")).await;
    let form = page.forms().pop().expect("the page that asks for the user");
    let action = page.url().join(form.action()).expect("a URL");
    let post = Request::navigation(action.as_str()).from(app.two.issuer());
    let fields = form.submission("alice", &[]);
    let redirect = browser.step(&post.form(&fields)).await;
    Url::parse(redirect.header("location").expect("a redirect")).expect("a URL")
}

/// The answer to a callback to which the second provider redirects.
async fn callback(app: &TwoProviders, browser: &Browser, url: &Url) -> Exchange {
    let callback = Request::navigation(url.as_str()).from(app.two.issuer());
    browser.step(&callback).await
}

fn is_restarted_at_two(app: &TwoProviders, answer: &Exchange) {
    let location = answer.header("location").expect("a redirect");
    assert!(location.starts_with(app.two.issuer()), "{location}");
    let state = parameter(&Url::parse(location).unwrap(), "state").unwrap();
    assert!(state.starts_with('b'), "{state}");
}

/// W-06
#[tokio::test]
async fn a_session_of_another_provider_ends_no_sign_in_that_the_provider_did_not_finish() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("one").await;
    let before = session(&browser);

    app.two
        .add_fault(Fault::AuthorizationTemporarilyUnavailable);
    let begun = app.begun_at(&browser, "two").await;
    let answer = callback(&app, &browser, &begun).await;
    is_restarted_at_two(&app, &answer);

    // The second time there is a page, which says that the other session continues.
    let page = browser.open(answer.header("location").unwrap()).await;
    assert_eq!(page.status(), 503);
    assert!(page.text().contains("still signed in"), "{}", page.text());
    assert_eq!(session(&browser), before);
}

/// W-06
#[tokio::test]
async fn a_session_of_another_provider_ends_no_sign_in_whose_cookie_was_lost() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("one").await;

    let begun = answered_at_two(&app, &browser).await;
    for name in transactions(&browser) {
        browser.jar().delete(&name);
    }
    let answer = callback(&app, &browser, &begun).await;

    is_restarted_at_two(&app, &answer);
}

/// W-06
#[tokio::test]
async fn a_session_of_another_provider_is_no_answer_to_a_callback_that_was_used_before() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("one").await;
    let begun = answered_at_two(&app, &browser).await;
    let copy = browser.thief();
    let answer = callback(&app, &browser, &begun).await;
    assert_eq!(answer.status(), 303);
    sign_in_at(&copy, "one", "alice").await;

    app.clock.advance(Duration::from_secs(61));
    let answer = callback(&app, &copy, &begun).await;

    assert_eq!(answer.status(), 400, "{:?}", answer.header("location"));
    assert!(answer.text().contains("/auth/sign-in/two"));
    assert_eq!(copy.open(&url("/")).await.text(), "alice");
}
