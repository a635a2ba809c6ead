//! A session that ends at one instance has ended at the other, which has its own connection to the server.

use http::Method;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::redis_server::RedisServer;
use tower_oidc_tests::{App, Browser, TestClock};

use crate::redis::store;

/// N-05
#[tokio::test]
async fn a_sign_out_at_one_instance_ends_the_copied_cookie_at_the_other() {
    let redis = RedisServer::start().await;
    let with_store = |auth: AuthLayerBuilder| auth.revocation_store(store(&redis));
    let app = App::with(with_store).await;
    let other = app.another_instance(with_store).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(copy.open(&url("/")).await.text(), "alice");

    browser
        .fetch(ORIGIN, Method::POST, &url("/auth/sign-out"))
        .await;

    assert_eq!(copy.open(&url("/")).await.text(), "nobody");
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    // A new sign-in works on both.
    assert_eq!(sign_in(&browser).await.text(), "alice");
    other.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// B-08
#[tokio::test]
async fn a_back_channel_logout_at_one_instance_ends_the_session_at_the_other() {
    const PATH: &str = "/auth/backchannel-logout";
    let redis = RedisServer::start().await;
    let with_store = |auth: AuthLayerBuilder| {
        auth.revocation_store(store(&redis))
            .backchannel_logout_path(PATH)
    };
    let app = App::with(with_store).await;
    let other = app.another_instance(with_store).await;
    let browser = app.signed_in_browser().await;
    let provider = Browser::new(&TestClock::new()).without_fetch_metadata();
    other.serve(&provider);

    let token = app.provider.logout_token(CLIENT_ID, Some("alice"), None);
    let token = token.unwrap();
    let post = Request::fetch(&url(PATH)).method(Method::POST);
    let answer = provider.send(post.form(&[("logout_token", token)])).await;

    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}
