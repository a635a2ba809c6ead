//! A store that is down: what each request gets in that time, and afterwards.

use std::future::Future;
use std::time::Duration;

use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{App, Browser, FaultySessionStore, SessionStoreFault};

use super::{app, app_with, reason, sign_out, signed_in};
use crate::log;

/// The ways in which a store answers nothing.
pub(super) const DOWN: [SessionStoreFault; 4] = [
    SessionStoreFault::Fails,
    SessionStoreFault::Hangs,
    SessionStoreFault::Panics,
    SessionStoreFault::PanicsAtOnce,
];

/// The store answers again, and the time is over in which a store that hung is not asked.
async fn back(store: &FaultySessionStore) {
    store.set(None);
    timers_advance(Duration::from_secs(5)).await;
}

/// The result of a visit. Whenever the store hangs, the time passes after which nobody waits for it any more.
pub(super) async fn patient<T: Send + 'static>(
    store: &FaultySessionStore,
    visit: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut visit = tokio::spawn(visit);
    loop {
        tokio::select! {
            biased;
            result = &mut visit => return result.expect("no panic"),
            () = store.hung() => timers_advance(Duration::from_secs(2)).await,
        }
    }
}

/// The status and the text that a script or a navigation gets, which sets no cookie.
async fn visited(
    store: &FaultySessionStore,
    browser: &Browser,
    path: &'static str,
) -> (u16, String) {
    let browser = browser.clone();
    let page = patient(store, async move {
        match path {
            "/private" => browser.open(&url(path)).await,
            _ => fetch(&browser, path).await,
        }
    });
    let page = page.await;
    let is_dependent = page.status() == 503;
    assert!(page.last().set_cookies().is_empty(), "{path}");
    assert_eq!(
        page.header("retry-after").is_some(),
        is_dependent && !path.starts_with("/auth/session"),
        "{path}"
    );
    (page.status(), page.text())
}

/// P-15
#[tokio::test]
async fn while_the_store_is_down_pages_are_served_and_what_needs_the_user_is_refused() {
    let (app, store) =
        app_with(|auth| auth.access_token_path("/auth/access-token", ["default"])).await;
    let browser = signed_in(&app, "big").await;
    for fault in DOWN {
        store.set(fault.clone());
        let untouched = visited(&store, &browser, "/untouched").await;
        assert_eq!(untouched, (200, "untouched".to_owned()), "{fault:?}");
        for path in [
            "/extracted",
            "/typed",
            "/typed-optional",
            "/private",
            "/token",
            "/auth/session",
            "/auth/access-token",
        ] {
            let (status, text) = visited(&store, &browser, path).await;
            assert_eq!(status, 503, "{fault:?} {path}");
            assert!(!text.contains("big"), "{fault:?} {path}: {text}");
        }
        back(&store).await;
        for path in ["/typed", "/private"] {
            let back = visited(&store, &browser, path).await;
            assert_eq!(back, (200, "big".to_owned()), "{fault:?} {path}");
        }
    }
}

/// P-15: a session in cookies does not depend on the store.
#[tokio::test]
async fn a_session_in_cookies_lives_through_an_outage_of_the_store() {
    let (app, store) = app().await;
    let browser = app.signed_in_browser().await;
    store.set(SessionStoreFault::Fails);

    assert_eq!(answer(&browser, "/refresh").await["sub"], "alice");
    assert_eq!(answer(&browser, "/data?set=blue").await, "blue");
    let fresh = app.signed_in_browser().await;
    assert_eq!(sign_out(&fresh).await.status(), 303);
}

/// P-15
#[tokio::test]
async fn the_log_says_once_that_the_store_is_down_and_names_no_session() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let id = store.records().into_keys().next().unwrap();
    store.set(SessionStoreFault::Fails);
    let log = log::record();

    for _ in 0..30 {
        assert_eq!(fetch(&browser, "/private").await.status(), 503);
    }

    let text = log.text();
    let errors: Vec<_> = text.lines().filter(|it| it.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    assert!(
        errors[0].contains("the store is down for this test"),
        "{text}"
    );
    assert!(!text.contains(&id), "{text}");
}

/// P-16: the code is sent once.
#[tokio::test]
async fn a_sign_in_that_the_store_does_not_take_succeeds_at_a_reload() {
    for fault in DOWN.into_iter().chain([SessionStoreFault::IsFull]) {
        let (app, store) = app().await;
        let browser = app.browser();
        store.set(fault.clone());
        let page = patient(&store, {
            let browser = browser.clone();
            async move { sign_in_as(&browser, "big").await }
        });
        let page = page.await;
        assert_eq!(page.status(), 503, "{fault:?}");
        assert!(page.header("retry-after").is_some(), "{fault:?}");
        assert!(page.last().set_cookies().is_empty(), "{fault:?}");
        app.clock.advance(Duration::from_secs(50));
        store.set(None);

        let page = browser.open(page.url().as_str()).await;

        assert_eq!(page.text(), "big", "{fault:?}");
        assert_eq!(app.provider.token_requests().len(), 1, "{fault:?}");
        assert_eq!(store.records().len(), 1);
    }
}

/// P-16
#[tokio::test]
async fn a_sign_in_whose_session_fits_into_cookies_replaces_one_whose_record_is_not_available() {
    for fault in DOWN {
        let (app, store) = app().await;
        let browser = signed_in(&app, "big").await;
        let copy = browser.thief();
        store.set(fault.clone());

        let page = patient(&store, {
            let browser = browser.clone();
            async move { sign_in_as(&browser, "alice").await }
        });

        assert_eq!(page.await.text(), "alice", "{fault:?}");
        store.set(None);
        assert_eq!(reason(&copy).await, "signed_out", "{fault:?}");
    }
}

/// P-17
#[tokio::test]
async fn a_sign_out_works_while_the_store_is_down_and_is_logged() {
    for fault in DOWN {
        let (app, store) = app().await;
        let browser = signed_in(&app, "big").await;
        let copy = browser.thief();
        let by_handler = signed_in(&app, "other").await;
        store.set(fault.clone());
        let log = log::record();

        let exchange = patient(&store, {
            let browser = browser.clone();
            async move { sign_out(&browser).await }
        });
        assert_eq!(exchange.await.status(), 303, "{fault:?}");
        let page = patient(&store, {
            let browser = by_handler.clone();
            async move {
                browser
                    .open(&url("/auth/sign-out"))
                    .await
                    .press("Sign out")
                    .await
            }
        });
        assert!(page.await.status() < 400, "{fault:?}");

        let text = log.text();
        assert!(text.contains("WARN"), "{fault:?}: {text}");
        for browser in [&browser, &by_handler] {
            assert!(App::cookies(browser).is_empty(), "{fault:?}");
        }
        store.set(None);
        assert_eq!(reason(&copy).await, "signed_out", "{fault:?}");
    }
}
