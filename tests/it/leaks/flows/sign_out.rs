//! Sign-outs, by the user and by other sites.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc_tests::Browser;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::{Exchange, Page, Request};
use tower_oidc_tests::visits::sign_out_button;

use super::Stage;

async fn sign_out(browser: &Browser) -> Page {
    browser.send(sign_out_button()).await
}

/// Whether the browser was redirected to the provider with a hint of who the user was.
fn hinted(page: &Page) -> bool {
    page.exchanges().iter().any(|it| {
        it.url()
            .query_pairs()
            .any(|(name, _)| name == "id_token_hint")
    })
}

pub(super) async fn the_confirmation_page(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let revocations = stage.app.provider.revocations().len();
    let page = browser.navigate(ORIGIN, &url("/auth/sign-out")).await;
    stage.answered(&page, 200, "Sign out?");
    let page = page.press("Sign out").await;
    stage.answered(&page, 200, "nobody");
    stage.logged("signed out");
    stage.happened("with a hint", hinted(&page));
    let now = stage.app.provider.revocations().len();
    stage.happened("the refresh token was revoked", now == revocations + 1);
}

pub(super) async fn a_sign_out_by_a_script(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let request = Request::fetch(&url("/auth/sign-out"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("accept", "application/json");
    let page = browser.send(request).await;
    stage.answered(&page, 200, "logoutUrl");
    stage.logged("signed out");
    let page = browser
        .navigate(ORIGIN, &url("/auth/sign-out/continue"))
        .await;
    stage.answered(&page, 200, "nobody");
    stage.happened("with a hint", hinted(&page));
}

pub(super) async fn a_handlers_sign_out(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let page = browser.open(&url("/leave")).await;
    stage.answered(&page, 200, "nobody");
    stage.logged("signed out");
}

pub(super) async fn the_signed_out_route(stage: &mut Stage) {
    let instance = stage
        .instance(|auth| auth.signed_out_path("/auth/signed-out"))
        .await;
    let browser = stage.signed_in_at(&instance).await;
    let page = browser.open(&url("/leave-for-goodbye")).await;
    stage.happened("the page that it named", page.url().path() == "/explain");
    stage.logged("signed out at the provider");
    let browser = stage.signed_in_at(&instance).await;
    let request = Request::fetch(&url("/auth/sign-out"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("accept", "application/json");
    let page = browser.send(request).await;
    stage.answered(&page, 200, "logoutUrl");
    let page = browser
        .navigate(ORIGIN, &url("/auth/sign-out/continue"))
        .await;
    let has_state = |it: &Exchange| it.url().query_pairs().any(|(name, _)| name == "state");
    stage.happened("with a state", page.exchanges().iter().any(has_state));
}

pub(super) async fn a_forged_state_of_a_sign_out(stage: &mut Stage) {
    let instance = stage
        .instance(|auth| auth.signed_out_path("/auth/signed-out"))
        .await;
    let browser = stage.browser_at(&instance);
    let state = "a-state-of-nobody".repeat(8);
    let page = browser
        .open(&url(&format!("/auth/signed-out?state={state}")))
        .await;
    stage.answered(&page, 200, "nobody");
    stage.happened("the default page", page.url().as_str() == url("/"));
}

pub(super) async fn an_expired_session(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let cookie = browser.jar().cookie("__Host-Http-auth").expect("signed in");
    stage.app.clock.advance(Duration::from_secs(25 * 3600));
    browser.jar().inject(
        "app.example",
        "__Host-Http-auth",
        cookie.value().into_owned(),
    );
    let page = sign_out(&browser).await;
    stage.logged("reason=idle_expired");
    let at_the_provider = page
        .exchanges()
        .iter()
        .any(|it| it.url().as_str().starts_with(stage.app.provider.issuer()));
    stage.happened(
        "to the provider without a hint",
        at_the_provider && !hinted(&page),
    );
}

pub(super) async fn nobody(stage: &mut Stage) {
    let page = sign_out(&stage.browser()).await;
    stage.answered(&page, 200, "nobody");
    stage.happened("nothing to sign out of", page.exchanges().len() == 2);
}

pub(super) async fn another_site(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let request = Request::navigation(&url("/auth/sign-out"))
        .from("https://sibling.app.example")
        .method(Method::POST);
    let page = browser.send(request).await;
    stage.answered(&page, 403, "Request blocked");
}

pub(super) async fn no_provider(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let fresh = stage.instance(|auth| auth).await;
    fresh.serve(&browser);
    stage.app.provider.go_down().await.expect("it was up");
    let page = sign_out(&browser).await;
    stage.app.provider.come_back().await.expect("its port");
    stage.answered(&page, 200, "nobody");
    stage.logged("signed out here, but not at the provider");
}

pub(super) async fn no_revocation(stage: &mut Stage) {
    for fault in [Fault::RevocationUnavailable, Fault::RevocationHangs] {
        let browser = stage.browser();
        sign_in(&browser).await;
        stage.app.provider.add_fault(fault);
        sign_out(&browser).await;
        stage.app.provider.clear_faults();
    }
    stage.logged("a token is not revoked");
    stage.logged("the provider has not answered the revocation yet");
}
