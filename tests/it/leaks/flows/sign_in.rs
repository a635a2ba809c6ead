//! Sign-ins and callbacks.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc::{Entropy, EntropyError};
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{begun, returning, transactions};
use tower_oidc_tests::{App, Browser};

use super::Stage;

/// A browser whose user has a session at the provider, but not at the application.
async fn known(stage: &Stage) -> Browser {
    let browser = stage.signed_in().await;
    forget(&browser);
    browser
}

fn forget(browser: &Browser) {
    for name in App::cookies(browser) {
        browser.jar().delete(&name);
    }
}

pub(super) async fn a_guarded_page(stage: &mut Stage) {
    let browser = stage.browser();
    let page = browser
        .navigate(ORIGIN, &url("/private?token=in-the-query-of-a-page"))
        .await;
    let page = page.press("alice").await;
    stage.answered(&page, 200, "alice");
    stage.logged("signed in");
    let script = stage.browser();
    let refused = script.fetch(ORIGIN, Method::GET, &url("/private")).await;
    stage.answered(&refused, 401, "sign_in_required");
}

pub(super) async fn two_protocol_versions(stage: &mut Stage) {
    let browser = Browser::http2(&stage.app.clock);
    stage.plain.serve(&browser);
    let page = sign_in(&browser).await;
    stage.answered(&page, 200, "alice");
    let version = page.last().version();
    stage.happened("HTTP/2", version == http::Version::HTTP_2);
    stage.logged("signed in");
}

pub(super) async fn a_handlers_sign_in(stage: &mut Stage) {
    let page = stage.browser().open(&url("/start")).await;
    let page = page.press("alice").await;
    stage.answered(&page, 200, "Authenticated");
}

pub(super) async fn a_step_up(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    stage.app.clock.advance(Duration::from_secs(120));
    stage.begin();
    let page = browser.open(&url("/step-up")).await.press("alice").await;
    stage.answered(&page, 200, "alice");
    stage.logged("signed in");
}

pub(super) async fn another_user(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let revocations = stage.app.provider.revocations().len();
    let page = sign_in_as(&browser, "bob").await;
    stage.answered(&page, 200, "bob");
    let now = stage.app.provider.revocations().len();
    stage.happened("alice's token was revoked", now > revocations);
}

pub(super) async fn a_second_submit(stage: &mut Stage) {
    let browser = known(stage).await;
    let callback = begun(&stage.app, &browser, "/auth/sign-in").await;
    let twin = browser.thief();
    let tokens = stage.app.provider.counters().token;
    browser.send(returning(&stage.app, &callback)).await;
    let page = twin.send(returning(&stage.app, &callback)).await;
    stage.answered(&page, 200, "alice");
    let once = stage.app.provider.counters().token == tokens + 1;
    stage.happened("the code was sent once", once);
}

pub(super) async fn no_user_at_the_sign_in(stage: &mut Stage) {
    let browser = stage.browser();
    let sign_in = url("/auth/sign-in");
    for (request, status) in [
        (Request::prefetch(&sign_in), 204),
        (Request::iframe(&sign_in), 403),
        (Request::fetch(&sign_in), 401),
    ] {
        let page = browser.send(request.from(ORIGIN)).await;
        stage.answered(&page, status, "");
    }
}

pub(super) async fn a_query_that_is_too_long(stage: &mut Stage) {
    let long = "x".repeat(17_000);
    let page = stage
        .browser()
        .open(&url(&format!("/auth/sign-in?login_hint={long}")))
        .await;
    stage.answered(&page, 400, "too long");
}

pub(super) async fn a_malformed_callback(stage: &mut Stage) {
    for query in ["", "?code=a-code-of-somebody-else&state=a-state-of-nobody"] {
        let callback = url(&format!("/auth/callback{query}"));
        let page = stage.browser().open(&callback).await;
        stage.answered(&page, 400, "cannot be completed");
    }
    stage.logged("a callback is malformed");
}

pub(super) async fn an_error_that_nobody_asked_for(stage: &mut Stage) {
    let state = format!("a{}", "A".repeat(43));
    let callback = url(&format!(
        "/auth/callback?error=server_error&error_description=a-long-description&state={state}"
    ));
    let page = stage.browser().open(&callback).await;
    stage.answered(&page, 400, "cannot be completed");
}

pub(super) async fn a_refusal_of_the_provider(stage: &mut Stage) {
    let browser = stage.browser();
    let page = browser.open(&url("/auth/sign-in?prompt=none")).await;
    stage.answered(&page, 401, "Please sign in");
    stage.logged("a silent sign-in needs the user");
    stage
        .app
        .provider
        .add_fault(Fault::AuthorizationServerError);
    browser.open(&url("/auth/sign-in")).await;
    stage.app.provider.clear_faults();
    stage.logged("a sign-in is refused");
}

pub(super) async fn a_lost_transaction(stage: &mut Stage) {
    let browser = known(stage).await;
    let lost = begun(&stage.app, &browser, "/auth/sign-in").await;
    forget(&browser);
    let page = browser.send(returning(&stage.app, &lost)).await;
    stage.answered(&page, 200, "alice");
    stage.logged("the sign-in starts again");
}

pub(super) async fn a_transaction_lost_again(stage: &mut Stage) {
    let browser = known(stage).await;
    let mut next = url("/auth/sign-in");
    loop {
        let request = Request::navigation(&next).from(stage.app.provider.issuer());
        let exchange = browser.step(&request).await;
        forget(&browser);
        match exchange.header("location") {
            Some(location) => next = location.to_owned(),
            None => break,
        }
    }
    stage.logged("came back without its cookie again");
}

pub(super) async fn a_transaction_that_is_too_old(stage: &mut Stage) {
    let browser = known(stage).await;
    let callback = begun(&stage.app, &browser, "/auth/sign-in").await;
    let kept = browser.thief();
    let name = transactions(&kept).remove(0);
    let value = kept.jar().cookie(&name).expect("it began");
    stage.app.clock.advance(Duration::from_secs(601));
    // A browser that keeps cookies for longer than their `Max-Age`.
    let host = "app.example";
    kept.jar().inject(host, name, value.value().into_owned());
    let page = kept.send(returning(&stage.app, &callback)).await;
    stage.answered(&page, 400, "cannot be completed");
    stage.logged("a callback's transaction is refused");
}

#[derive(Debug)]
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError::new())
    }
}

pub(super) async fn no_random_bytes(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.entropy(NoEntropy)).await;
    let browser = stage.browser_at(&instance);
    let page = browser.open(&url("/auth/sign-in")).await;
    stage.answered(&page, 500, "The sign-in failed");
    stage.logged("the system gives no random bytes");
}

pub(super) async fn the_session_route(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let session = url("/auth/session");
    let page = browser.fetch(ORIGIN, Method::GET, &session).await;
    stage.answered(&page, 200, r#""authenticated":true"#);
    let evil = "https://evil.example";
    let page = browser.fetch(evil, Method::GET, &session).await;
    stage.answered(&page, 403, "");
}
