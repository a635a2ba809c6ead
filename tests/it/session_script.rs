//! The script that notices the end of a session: off by default, the same for everyone. What it does in a browser is
//! tested in `chromium`.

use base64_simd::STANDARD;
use http::Method;
use sha2::{Digest, Sha256};
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::App;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::visits::{EXPIRY, fetch};

const PATH: &str = "/auth/session.js";

fn with_path(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.session_script_path(PATH)
}

/// E-22
#[tokio::test]
async fn the_script_is_the_same_for_everyone_and_small_and_has_the_announced_hash() {
    let app = App::with(with_path).await;
    let hash = app.auth.session_script_hash().unwrap();
    for browser in [app.browser(), app.signed_in_browser().await] {
        app.clock.advance(EXPIRY);
        let answer = fetch(&browser, PATH).await;

        assert_eq!(answer.status(), 200);
        assert!(answer.last().set_cookies().is_empty());
        for (name, value) in [
            ("content-type", "text/javascript; charset=utf-8"),
            ("cache-control", "public, max-age=300"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value));
        }
        let script = answer.text();
        assert!(script.len() <= 1024, "{}", script.len());
        let digest = STANDARD.encode_to_string(Sha256::digest(script.as_bytes()));
        assert_eq!(hash, format!("sha256-{digest}"));
    }
}

/// E-22
#[tokio::test]
async fn the_path_of_the_script_is_read_only_and_off_by_default() {
    let app = App::with(with_path).await;
    let browser = app.browser();
    let head = Request::fetch(&url(PATH)).method(Method::HEAD);
    assert!(browser.step(&head).await.body().is_empty());
    let post = Request::fetch(&url(PATH)).method(Method::POST);
    assert_eq!(browser.step(&post).await.status(), 405);

    let without = App::start().await;
    assert_eq!(without.auth.session_script_hash(), None);
    assert_eq!(fetch(&without.browser(), PATH).await.status(), 404);
}
