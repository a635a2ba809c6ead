//! While the store is down: who is refused, who is served, and what the log says.

use std::time::Duration;

use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::{fetch, navigate};
use tower_oidc_tests::{App, StoreFault};

use super::{one_instance, reason, sign_out, two_instances};
use crate::log;

const FAULTS: [StoreFault; 4] = [
    StoreFault::Fails,
    StoreFault::Panics,
    StoreFault::AnswersLess,
    // The last one: a store that hangs is not asked for a while.
    StoreFault::Hangs,
];

/// The shortest time that may be set, so that a test of a store that hangs takes little.
const TIMEOUT: Duration = Duration::from_millis(50);

fn settings(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.access_token_path("/token-for-scripts", ["default"])
        .store_timeout(TIMEOUT)
}

/// O-04, B-09
#[tokio::test]
async fn requests_that_need_the_user_are_refused_with_503_and_others_are_served() {
    let (app, store) = one_instance(settings).await;
    let browser = app.signed_in_browser().await;

    for fault in FAULTS {
        store.set(fault);
        for path in [
            "/private",
            "/",
            "/extracted",
            "/typed",
            "/typed-optional",
            "/token",
            "/auth/session",
            "/token-for-scripts",
        ] {
            let page = fetch(&browser, path).await;
            assert_eq!(page.status(), 503, "{fault:?}: {path}");
            assert!(page.last().set_cookies().is_empty(), "{fault:?}: {path}");
        }
        assert_eq!(navigate(&browser, "/private").await.status(), 503);
        for path in ["/untouched", "/cookies"] {
            assert_eq!(
                fetch(&browser, path).await.status(),
                200,
                "{fault:?}: {path}"
            );
        }
        // Visitors without a session do not notice.
        let visitor = app.browser();
        assert_eq!(visitor.open(&url("/")).await.text(), "nobody");
        assert_eq!(fetch(&visitor, "/auth/session").await.status(), 200);
    }
    store.set(None);
    timers_advance(Duration::from_secs(5)).await;
    assert_eq!(reason(&browser).await, "signed_in");
}

/// O-04, B-09
#[tokio::test]
async fn with_the_setting_sessions_are_accepted_unchecked() {
    let (app, store) = one_instance(|auth| settings(auth).accept_unchecked_sessions(true)).await;
    let browser = app.signed_in_browser().await;

    for fault in FAULTS {
        store.set(fault);
        for path in ["/private", "/typed", "/auth/session", "/token-for-scripts"] {
            let page = fetch(&browser, path).await;
            assert_eq!(page.status(), 200, "{fault:?}: {path}");
        }
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
    }
}

/// O-04: what this instance knows by itself still counts.
#[tokio::test]
async fn a_user_can_sign_in_and_out_while_the_store_is_down() {
    for fault in [StoreFault::Fails, StoreFault::Hangs, StoreFault::Panics] {
        let (app, other, store) = two_instances(settings).await;
        let (browser, copy) = app.two_browsers(&other).await;
        let copy_here = browser.thief();
        store.set(fault);

        assert_eq!(sign_out(&browser).await.status(), 303, "{fault:?}");

        assert!(App::cookies(&browser).is_empty());
        assert_eq!(reason(&copy_here).await, "signed_out");
        // The other instance does not know, and so accepts nobody.
        assert_eq!(fetch(&copy, "/private").await.status(), 503);
        let page = sign_in(&browser).await;
        assert_eq!(page.status(), 503, "the page after the sign-in");
        store.set(None);
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
        app.auth.drain().await;
        assert_eq!(reason(&copy).await, "signed_out");
    }
}

/// O-04
#[tokio::test]
async fn the_log_names_the_store_once_in_ten_seconds() {
    let (app, store) = one_instance(settings).await;
    let browser = app.signed_in_browser().await;
    store.set(StoreFault::Fails);
    let log = log::record();
    let lines = || {
        let text = log.text();
        let lines = text.lines().filter(|line| line.contains("ERROR "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };

    for _ in 0..30 {
        assert_eq!(fetch(&browser, "/private").await.status(), 503);
    }
    assert_eq!(lines().len(), 1, "{}", log.text());
    app.clock.advance(Duration::from_secs(10));
    fetch(&browser, "/private").await;

    let lines = lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("the revocation store"), "{lines:?}");
    assert!(
        lines[1].contains("the store is down for this test"),
        "{lines:?}"
    );
    assert!(lines[1].contains("omitted=29"), "{lines:?}");
}
