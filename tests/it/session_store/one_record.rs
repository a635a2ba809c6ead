//! The life of a session's record.

use std::time::{Duration, UNIX_EPOCH};

use tower_oidc_tests::app::url;
use tower_oidc_tests::faulty_session_store::StoreCalls;
use tower_oidc_tests::visits::{EXPIRY, answer, token};

use super::{another, app, data, has_reference, reason, signed_in, two_browsers, two_instances};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// P-04
#[tokio::test]
async fn a_session_has_one_record_and_one_id_whatever_is_written() {
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    let id = store.records().into_keys().next();
    assert!(id.as_ref().is_some_and(|id| id.len() == 43), "{id:?}");

    for browser in [&here, &there, &here] {
        app.clock.advance(EXPIRY);
        token(browser).await;
        answer(browser, "/data?set=blue").await;
        answer(browser, "/token?organization=oqlvslpmrc3s").await;
        assert_eq!(browser.open(&url("/clear")).await.text(), "cleared");
        answer(browser, "/refresh").await;
        assert!(has_reference(browser));
    }

    let records = store.records();
    assert_eq!(records.keys().next(), id.as_ref());
    assert_eq!(records.len(), 1);
}

/// P-04
#[tokio::test]
async fn a_request_loads_the_record_once_and_saves_it_only_if_it_changes() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    store.take_calls();
    let one = |saves| StoreCalls {
        loads: 1,
        saves,
        deletes: 0,
    };

    for (path, saves) in [
        ("/", 0),
        ("/untouched", 0),
        ("/token", 0),
        ("/data", 0),
        ("/refresh", 1),
        ("/data?set=blue", 1),
        ("/token?organization=oqlvslpmrc3s", 1),
        ("/auth/session", 0),
    ] {
        let page = browser.open(&url(path)).await;
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(store.take_calls(), one(saves), "{path}");
        // The cookie refers to the record already.
        assert!(page.last().set_cookies().is_empty(), "{path}");
    }
}

/// E-19
#[tokio::test]
async fn a_session_in_a_store_ends_too_if_its_sign_in_was_before_a_configured_time() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    app.clock.advance(HOUR);
    let time = app.clock.now();
    let later = app
        .another_instance(|auth| auth.session_store(store.clone()).sessions_since(time))
        .await;

    later.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in_too_early");
    app.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
}

/// P-05
#[tokio::test]
async fn a_renewal_writes_the_cookie_and_leaves_the_record_alone() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let records = store.records();
    store.take_calls();
    for _ in 0..6 {
        app.clock.advance(6 * HOUR);

        let page = browser.open(&url("/")).await;

        assert_eq!(page.text(), "big");
        assert_eq!(page.last().set_cookies().len(), 1);
        assert!(has_reference(&browser));
    }
    let now = app
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let expires = browser.open(&url("/who")).await.json()["expires"].clone();
    assert_eq!(expires.as_u64(), Some(now + 24 * 3600));
    // Longer than the idle lifetime, which counts from the cookie's last renewal.
    assert_eq!(store.take_calls().saves, 0);
    let unchanged = |(id, record): (&String, &tower_oidc::StoredRecord)| {
        store
            .records()
            .get(id)
            .is_some_and(|it| it.version == record.version)
    };
    assert!(records.iter().all(unchanged));
    app.clock.advance(24 * HOUR);
    assert_eq!(reason(&browser).await, "no_cookie");
}

/// E-21: the cookie is renewed, and the record is not.
#[tokio::test]
async fn a_renewal_moves_the_end_that_the_session_route_names() {
    let (app, _store) = app().await;
    let browser = signed_in(&app, "big").await;
    app.clock.advance(12 * HOUR);

    browser.open(&url("/")).await;

    let session = answer(&browser, "/auth/session").await;
    let rest = session["idleAt"].as_u64().unwrap() - session["now"].as_u64().unwrap();
    assert_eq!(u128::from(rest), DAY.as_millis());
}

/// P-05
#[tokio::test]
async fn a_copied_cookie_expires_by_its_own_idle_time() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let other = another(&app, &store).await;
    let cookie = browser.jar().cookie("__Host-Http-auth").unwrap();
    let value = cookie.value().into_owned();
    app.clock.advance(12 * HOUR);
    browser.open(&url("/")).await;
    app.clock.advance(12 * HOUR);
    // The session is in use, and this cookie is not.
    let copy = app.browser();
    copy.jar().inject("app.example", "__Host-Http-auth", value);
    other.serve(&copy);

    assert_eq!(reason(&copy).await, "idle_expired");
    assert_eq!(reason(&browser).await, "signed_in");
}

/// P-05
#[tokio::test]
async fn a_record_is_kept_until_the_absolute_end_of_its_session() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    assert_eq!(store.kept_for(), Some(7 * DAY));
    for day in 1..7 {
        for _ in 0..2 {
            app.clock.advance(12 * HOUR);
            answer(&browser, "/data?set=blue").await;
        }
        assert_eq!(store.kept_for(), Some((7 - day) * DAY));
    }
    app.clock.advance(12 * HOUR);
    assert_eq!(data(&browser).await, "blue");
    let late = browser.thief();
    app.clock.advance(12 * HOUR);

    assert_ne!(reason(&late).await, "signed_in");
}

/// P-06: the other instance has the token as soon as the browser has the response.
#[tokio::test]
async fn a_refresh_is_in_the_store_before_the_response_begins() {
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    app.clock.advance(EXPIRY);
    let gate = store.hold_saves();
    let waiting = tokio::spawn(async move { (token(&here).await, here) });
    gate.entered().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());

    gate.open();
    let (newest, here) = waiting.await.unwrap();

    assert_eq!(token(&there).await, newest);
    assert_eq!(token(&here).await, newest);
    assert_eq!(app.provider.refreshes().len(), 1);
}
