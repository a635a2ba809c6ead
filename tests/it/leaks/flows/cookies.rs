//! Sessions in every state.

use std::time::Duration;

use tower_oidc_tests::App;
use tower_oidc_tests::app::{SECRET, sign_in, sign_in_as, url};

use super::Stage;
use crate::leaks::{NEWER_SECRET, OTHER_SECRET};

const NAME: &str = "__Host-Http-auth";

pub(super) async fn several_cookies(stage: &mut Stage) {
    let browser = stage.browser();
    let page = sign_in_as(&browser, "large").await;
    stage.answered(&page, 200, "large");
    let cookies = App::cookies(&browser).len();
    stage.happened("a session of several cookies", cookies > 1);
}

pub(super) async fn more_than_fits(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.max_cookies(1)).await;
    let browser = stage.browser_at(&instance);
    let page = sign_in_as(&browser, "large").await;
    stage.answered(&page, 500, "does not fit");
    stage.logged("the session cannot be sealed");
}

pub(super) async fn a_part_that_is_left_out(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.max_cookies(1)).await;
    let browser = stage.signed_in_at(&instance).await;
    let mut room = 3_500;
    while browser
        .open(&url(&format!("/data?fill={room}")))
        .await
        .status()
        != 200
    {
        room -= 20;
    }
    browser
        .open(&url("/token?resource=https://api.one.example"))
        .await;
    stage.logged("a part of it is dropped");
}

pub(super) async fn a_renewal(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    stage.app.clock.advance(Duration::from_secs(12 * 3600));
    let page = browser.open(&url("/")).await;
    let written = page.last().set_cookies().len();
    stage.happened("the cookie was written", written == 1);
}

pub(super) async fn an_older_secret(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let newer = stage
        .instance(|auth| {
            auth.cookie_secret(NEWER_SECRET)
                .additional_cookie_secret(SECRET)
        })
        .await;
    newer.serve(&browser);
    let page = browser.open(&url("/")).await;
    stage.answered(&page, 200, "alice");
    let written = page.last().set_cookies().len();
    stage.happened("it was sealed under the newer one", written == 1);
}

pub(super) async fn another_secret(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let other = stage
        .instance(|auth| auth.cookie_secret(OTHER_SECRET))
        .await;
    other.serve(&browser);
    let page = browser.open(&url("/private")).await;
    stage.logged("reason=unknown_key");
    // The provider knows the user, so this is a sign-in too.
    stage.answered(&page, 200, "alice");
    stage.logged("signed in");
}

pub(super) async fn a_damaged_cookie(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let cut = browser.thief();
    cut.jar().tamper(NAME, |value| value.truncate(50));
    cut.open(&url("/who")).await;
    stage.logged("the session cookie is ignored");
    browser.jar().tamper(NAME, |value| {
        let last = value.len() - 5;
        value[last] = if value[last] == b'A' { b'B' } else { b'A' };
    });
    browser.open(&url("/who")).await;
    stage.logged("reason=invalid");
}

pub(super) async fn an_old_cookie(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let cookie = browser.jar().cookie(NAME).expect("signed in");
    stage.app.clock.advance(Duration::from_secs(25 * 3600));
    browser
        .jar()
        .inject("app.example", NAME, cookie.value().into_owned());
    browser.open(&url("/who")).await;
    stage.logged("reason=idle_expired");
}

pub(super) async fn two_sessions(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let stranger = stage.browser();
    sign_in_as(&stranger, "bob").await;
    let strange = stranger.jar().cookie(NAME).expect("signed in");
    browser
        .jar()
        .inject("app.example", NAME, strange.value().into_owned());
    browser.open(&url("/who")).await;
    stage.logged("reason=conflicting_sessions");
}

pub(super) async fn stripped_cookies(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.strip_cookies(true)).await;
    let browser = stage.browser_at(&instance);
    sign_in(&browser).await;
    let page = browser.open(&url("/cookies")).await;
    let is_empty = page.text().is_empty();
    stage.happened("the application sees no cookie", is_empty);
    stage.answered(&browser.open(&url("/")).await, 200, "alice");
}

pub(super) async fn the_applications_data(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let page = browser.open(&url("/data?set=the-users-own-data")).await;
    stage.answered(&page, 200, "the-users-own-data");
    let page = browser.open(&url("/data?fill=20000")).await;
    stage.answered(&page, 422, "");
    let page = browser.open(&url("/size")).await;
    stage.answered(&page, 200, "bytes");
}
