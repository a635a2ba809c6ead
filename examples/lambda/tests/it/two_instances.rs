//! Instances that share the cookie secret and nothing else.

use std::collections::HashSet;
use std::time::Duration;

use oidc_dev_provider::User;
use tower_oidc_tests::app::{App, sign_in, sign_in_as, url};
use tower_oidc_tests::visits::fetch;
use tower_oidc_tests::{Browser, LambdaInstance, random_text};

use crate::site::{Site, browser, sign_out};

#[tokio::test]
async fn a_user_signs_in_refreshes_and_signs_out_on_different_cold_instances() {
    let site = Site::start().await;
    let (here, there) = (site.instance().await, site.instance().await);
    let browser = browser();
    here.serve(&browser);
    let page = browser.open(&url("/auth/sign-in")).await;
    there.serve(&browser);
    assert_eq!(page.press("alice").await.text(), "Hello alice");

    for instance in [&here, &there] {
        instance.serve(&browser);
        assert_eq!(fetch(&browser, "/token").await.status(), 200);
    }
    let copy = browser.thief();
    here.serve(&browser);
    sign_out(&browser).await;

    there.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "Hello stranger");
    assert_eq!(site.provider.counters().revocation, 1);
    // Each refresh token was sent once; the last one was refused, so it has been revoked.
    there.serve(&copy);
    assert_eq!(fetch(&copy, "/token").await.status(), 401);
    let refreshes = site.provider.refreshes();
    let sent: HashSet<_> = refreshes
        .iter()
        .map(|it| it.parameter("refresh_token"))
        .collect();
    assert_eq!((sent.len(), refreshes.len()), (3, 3));
}

/// API Gateway accepts `Set-Cookie` fields and passes cookies on as arrays.
#[tokio::test]
async fn a_session_of_several_cookies_survives_the_gateway() {
    let site =
        Site::with(|provider| provider.user(User::new("big").claim("about", random_text(4_500))))
            .await;
    let (here, there) = (site.instance().await, site.instance().await);
    let browser = browser();
    here.serve(&browser);
    assert_eq!(sign_in_as(&browser, "big").await.text(), "Hello big");
    assert_eq!(App::cookies(&browser).len(), 2);

    there.serve(&browser);

    assert_eq!(fetch(&browser, "/token").await.status(), 200);
    assert_eq!(browser.open(&url("/account")).await.text(), "For big only");
    sign_out(&browser).await;
    // The remaining cookie redirects this browser, whose script signed out, to the provider's
    // sign-out.
    assert_eq!(App::cookies(&browser), ["__Host-Http-auth.logout"]);
    assert_eq!(browser.open(&url("/")).await.text(), "Hello stranger");
}

/// Two concurrent requests of one browser, at two instances; returns both responses.
async fn race(site: &Site, browser: &Browser, instances: [&LambdaInstance; 2]) -> [u16; 2] {
    let held = site.provider.hold_token_requests();
    let requests = instances.map(|instance| {
        let tab = browser.tab();
        instance.serve(&tab);
        tokio::spawn(async move { fetch(&tab, "/token").await.status() })
    });
    held.wait_for(2).await;
    held.release();
    let [here, there] = requests;
    let mut statuses = [here.await.unwrap(), there.await.unwrap()];
    statuses.sort_unstable();
    statuses
}

/// SECURITY.md says what this costs, and how to avoid it.
#[tokio::test]
async fn without_a_grace_period_a_race_of_two_instances_ends_the_grant_and_the_user_signs_in_again()
{
    let site = Site::start().await;
    let (here, there) = (site.instance().await, site.instance().await);
    let browser = browser();
    here.serve(&browser);
    sign_in(&browser).await;

    let statuses = race(&site, &browser, [&here, &there]).await;

    assert_eq!(statuses, [200, 401]);
    for instance in [&here, &there] {
        instance.serve(&browser);
        assert_eq!(browser.open(&url("/")).await.text(), "Hello alice");
        assert_eq!(fetch(&browser, "/token").await.status(), 401);
    }
    sign_in(&browser).await;
    assert_eq!(fetch(&browser, "/token").await.status(), 200);
}

#[tokio::test]
async fn with_a_grace_period_both_requests_of_a_race_succeed_and_nobody_loses_the_session() {
    let grace = Duration::from_secs(10);
    let site = Site::with(|provider| provider.rotation_grace(grace)).await;
    let (here, there) = (site.instance().await, site.instance().await);
    let browser = browser();
    here.serve(&browser);
    sign_in(&browser).await;

    let statuses = race(&site, &browser, [&here, &there]).await;

    assert_eq!(statuses, [200, 200]);
    for instance in [&here, &there, &here] {
        instance.serve(&browser);
        assert_eq!(fetch(&browser, "/token").await.status(), 200);
    }
}
