//! A session that ends at one instance has ended at the other.

use tower_oidc::AuthLayerBuilder;
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::redis_server::RedisServer;

/// N-05
#[tokio::test]
async fn a_sign_out_at_one_instance_ends_the_copied_cookie_at_the_other() {
    let redis = RedisServer::start().await;
    let store = RedisStore::new(redis.url()).unwrap();
    let with_store = |auth: AuthLayerBuilder| auth.revocation_store(store.clone());
    let app = App::with(with_store).await;
    let other = app.another_instance(with_store).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(copy.open(&url("/")).await.text(), "alice");

    browser
        .fetch(ORIGIN, http::Method::POST, &url("/auth/sign-out"))
        .await;

    assert_eq!(copy.open(&url("/")).await.text(), "nobody");
    assert_eq!(copy.open(&url("/explain")).await.text(), "signed_out");
    // A new sign-in works on both.
    assert_eq!(sign_in(&browser).await.text(), "alice");
    other.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}
