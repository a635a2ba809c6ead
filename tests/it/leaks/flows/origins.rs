//! Correct and wrong configurations.

use tower_oidc_tests::TestServer;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Request;

use super::Stage;
use crate::leaks::stage::{OTHER_ORIGIN, application};

pub(super) async fn several_origins(stage: &mut Stage) {
    let instance = stage
        .instance(|auth| auth.additional_base_url(OTHER_ORIGIN))
        .await;
    let browser = stage.browser_at(&instance);
    let page = browser.open(&format!("{OTHER_ORIGIN}/auth/sign-in")).await;
    let page = page.press("alice").await;
    stage.answered(&page, 200, "alice");
    let there = page.url().as_str().starts_with(OTHER_ORIGIN);
    stage.happened("a sign-in of the other origin", there);
}

pub(super) async fn an_unknown_host(stage: &mut Stage) {
    let instance = stage
        .instance(|auth| auth.additional_base_url(OTHER_ORIGIN))
        .await;
    let browser = stage.signed_in_at(&instance).await;
    let at = |path: &str| Request::navigation(&url(path)).header("host", "evil.example");
    let page = browser.send(at("/explain")).await;
    stage.answered(&page, 200, "unknown_host");
    let page = browser.send(at("/auth/sign-in")).await;
    stage.answered(&page, 421, "");
}

pub(super) async fn nested_layers(stage: &mut Stage) {
    let inner = application().layer(stage.plain.auth.clone());
    let instance = stage.serving(stage.plain.auth.clone(), inner).await;
    let browser = stage.browser_at(&instance);
    sign_in(&browser).await;
    let page = browser.open(&url("/private")).await;
    stage.answered(&page, 503, "");
    stage.logged("two AuthLayers of one cookie name are nested");
}

pub(super) async fn no_layer(stage: &mut Stage) {
    let bare = TestServer::start(application()).await;
    let browser = stage.signed_in().await;
    browser.map(ORIGIN, bare.address());
    let page = browser.open(&url("/private")).await;
    stage.answered(&page, 500, "AuthLayer");
}

pub(super) async fn what_build_accepts(stage: &mut Stage) {
    let loopback = stage.settings().base_url("http://localhost:3000");
    loopback.build().expect("for development");
    stage.logged("for development only");
    let wide = stage.settings().cookie_domain("app.example");
    wide.build().expect("a domain above the host");
    stage.logged("no __Host-Http- prefix");
}
