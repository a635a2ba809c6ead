//! The provider in its normal state, and with each fault.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};

use super::Stage;

pub(super) async fn discovery(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth).await;
    let before = stage.app.provider.counters();
    instance
        .auth
        .discover()
        .await
        .expect("a provider that works");
    let after = stage.app.provider.counters();
    stage.happened(
        "metadata and keys were fetched",
        (after.discovery, after.jwks) == (before.discovery + 1, before.jwks + 1),
    );
}

pub(super) async fn discovery_that_fails(stage: &mut Stage) {
    let mut failures = 0;
    for &fault in Fault::ALL {
        let name = format!("{fault:?}");
        if !name.starts_with("Discovery") && !name.starts_with("Jwks") {
            continue;
        }
        let instance = stage.instance_with_short_timeout(|auth| auth).await;
        stage.app.provider.add_fault(fault);
        failures += usize::from(instance.auth.discover().await.is_err());
        stage.app.provider.clear_faults();
    }
    stage.happened("most faults fail it", failures >= 12);
    stage.logged("a document of the provider could not be fetched");
}

pub(super) async fn user_info(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.user_info_at_sign_in(true)).await;
    let before = stage.app.provider.counters().user_info;
    let browser = stage.signed_in_at(&instance).await;
    let page = browser.open(&url("/ask/user-info")).await;
    stage.answered(&page, 200, r#""sub":"alice""#);
    let now = stage.app.provider.counters().user_info;
    stage.happened("UserInfo was asked for twice", now == before + 2);

    for fault in [Fault::UserInfoWrongSub, Fault::UserInfoUnavailable] {
        stage.app.provider.add_fault(fault);
        browser.open(&url("/ask/user-info")).await;
        stage.app.provider.clear_faults();
    }
    stage.logged("the provider gave no answer to UserInfo");
}

pub(super) async fn introspection(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.introspect_scopes(true)).await;
    stage.app.provider.add_fault(Fault::MissingScope);
    let browser = stage.signed_in_at(&instance).await;
    let page = browser.open(&url("/ask/introspection")).await;
    stage.answered(&page, 200, r#""active":true"#);
    stage
        .app
        .provider
        .add_fault(Fault::IntrospectionUnavailable);
    browser.open(&url("/ask/introspection")).await;
    stage.app.provider.clear_faults();
    stage.logged("the provider gave no answer to introspection");
}

pub(super) async fn every_fault_at_the_sign_in(stage: &mut Stage) {
    let instance = stage
        .instance_with_short_timeout(|auth| auth.user_info_at_sign_in(true))
        .await;
    let browser = stage.signed_in_at(&instance).await;
    let mut refused = 0;
    for &fault in Fault::ALL {
        // So that a failure of the previous flow is not taken for one of this.
        stage.app.clock.advance(Duration::from_secs(2));
        stage.app.provider.add_fault(fault);
        let page = browser.open(&url("/auth/sign-in?prompt=login")).await;
        let page = match page.forms().is_empty() {
            true => page,
            false => page.press("alice").await,
        };
        refused += usize::from(page.status() != 200);
        stage.app.provider.clear_faults();
    }
    stage.happened("many faults cost the sign-in", refused >= 30);
    stage.logged("a sign-in is refused");
}

pub(super) async fn every_fault_of_a_refresh(stage: &mut Stage) {
    for &fault in Fault::ALL {
        if !format!("{fault:?}").starts_with("Refresh") {
            continue;
        }
        let browser = stage.browser();
        sign_in(&browser).await;
        stage.app.provider.add_fault(fault);
        // A page would be redirected to the provider repeatedly.
        for path in ["/refresh", "/token?resource=https://api.one.example"] {
            browser.fetch(ORIGIN, Method::GET, &url(path)).await;
        }
        stage.app.provider.clear_faults();
    }
    stage.logged("a refresh failed");
    stage.logged("an ID token of another user or sign-in: the session is ended");
}

pub(super) async fn a_provider_that_repeats_what_it_was_sent(stage: &mut Stage) {
    let instance = stage.instance(|auth| auth.user_info_at_sign_in(true)).await;
    let browser = stage.signed_in_at(&instance).await;
    stage
        .app
        .provider
        .add_fault(Fault::AuthorizationErrorRepeatsRequest);
    let page = browser.open(&url("/auth/sign-in")).await;
    stage.answered(&page, 500, "The sign-in failed");
    stage.logged("the provider says");
    stage.app.provider.clear_faults();

    stage
        .app
        .provider
        .add_fault(Fault::EndpointErrorsRepeatRequest);
    let page = browser.open(&url("/auth/sign-in")).await;
    stage.answered(&page, 500, "The sign-in failed");
    for path in ["/ask/user-info", "/ask/introspection", "/refresh"] {
        browser.fetch(ORIGIN, Method::GET, &url(path)).await;
    }
    stage.logged("the provider gave no answer to UserInfo");
    stage.logged("the provider gave no answer to introspection");
    stage.logged("a refresh failed");
    let page = browser.navigate(ORIGIN, &url("/auth/sign-out")).await;
    page.press("Sign out").await;
    stage.app.provider.clear_faults();
    stage.logged("revoke");
}
