//! The path that publishes the client's public keys: off by default, the same for everyone.

use http::Method;
use serde_json::Value;
use tower_oidc::AuthLayerBuilder;
use tower_oidc::provider::{ClientAuthMethod, ClientKey};
use tower_oidc_tests::App;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::visits::{EXPIRY, fetch};

const PATH: &str = "/auth/jwks";
const PEM: &str = include_str!("../../crates/relying-party/src/tests/keys/p256.pem");
const RSA: &str = include_str!("../../crates/relying-party/src/tests/keys/rsa.pem");

fn with_keys(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    let keys = [PEM, RSA].map(|pem| ClientKey::from_pem(pem).unwrap());
    // These tests publish the keys only; the provider does not know them.
    let method = ClientAuthMethod::ClientSecretBasic;
    auth.configure_provider(|provider| {
        provider
            .client_private_keys(keys)
            .client_auth_method(method)
    })
}

fn with_path(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    with_keys(auth).client_keys_path(PATH)
}

/// the provider fetches the keys like anybody, and caches may answer.
#[tokio::test]
async fn anybody_gets_the_public_keys_and_may_keep_them_for_five_minutes() {
    let app = App::with(with_path).await;
    for browser in [app.browser(), app.signed_in_browser().await] {
        for request in [
            Request::navigation(&url(PATH)),
            Request::fetch(&url(PATH)).from("https://another.example"),
        ] {
            let answer = browser.step(&request).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
            let content_type = answer.header("content-type");
            assert_eq!(content_type, Some("application/jwk-set+json"));
            assert!(answer.set_cookies().is_empty());
            assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 2);
        }
    }
}

///
#[tokio::test]
async fn no_private_member_of_a_key_is_published() {
    let app = App::with(with_path).await;
    let published = fetch(&app.browser(), PATH).await.json();
    for key in published["keys"].as_array().unwrap() {
        let key = key.as_object().unwrap();
        let public = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"];
        let is_public = |name: &String| public.contains(&name.as_str());
        assert!(key.keys().all(is_public), "{key:?}");
        assert_eq!(key["use"], "sig");
        assert!(key["kid"].is_string(), "{key:?}");
    }
}

///
#[tokio::test]
async fn the_path_of_the_keys_is_read_only_and_renews_no_session() {
    let app = App::with(with_path).await;
    let browser = app.signed_in_browser().await;
    let head = Request::navigation(&url(PATH)).method(Method::HEAD);
    let answer = browser.step(&head).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.body().is_empty());
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let request = Request::fetch(&url(PATH)).method(method);
        let answer = browser.step(&request).await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // A session that is due to be renewed is not, because the answer is for everyone.
    app.clock.advance(EXPIRY * 12);
    let answer = browser.step(&Request::navigation(&url(PATH))).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert!(answer.set_cookies().is_empty());
}

///
#[tokio::test]
async fn the_path_of_the_keys_is_off_unless_it_is_set() {
    let app = App::with(with_keys).await;
    let page = app.browser().open(&url(PATH)).await;
    assert_eq!(page.status(), 404);
    assert!(serde_json::from_str::<Value>(&page.text()).is_err());
}
