//! Sessions that live through a change of the configuration.

use tower_oidc_tests::app::{SECRET, url};
use tower_oidc_tests::visits::answer;

use super::{another, app, cookies, data, has_reference, reason, signed_in};
use crate::log;

const NEW: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";

/// P-10: the cookie is sealed again, and the record is unchanged.
#[tokio::test]
async fn a_rotation_of_the_cookie_secret_loses_no_session_and_touches_no_record() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    answer(&browser, "/data?set=blue").await;
    let before = store.records();
    store.take_calls();
    let both = |auth: tower_oidc::AuthLayerBuilder| {
        auth.session_store(store.clone())
            .cookie_secret(NEW)
            .additional_cookie_secret(SECRET)
    };
    let rotating = app.another_instance(both).await;
    rotating.serve(&browser);

    let page = browser.open(&url("/")).await;

    assert_eq!(page.text(), "big");
    assert_eq!(page.last().set_cookies().len(), 1);
    assert_eq!(store.take_calls().saves, 0);
    let after = store.records();
    for (id, record) in &before {
        assert_eq!(after[id].value, record.value);
    }
    let rotated = app
        .another_instance(|auth| auth.session_store(store.clone()).cookie_secret(NEW))
        .await;
    rotated.serve(&browser);
    assert_eq!(data(&browser).await, "blue");
    answer(&browser, "/data?set=red").await;
    answer(&browser, "/refresh").await;
    assert_eq!(data(&browser).await, "red");
    assert!(store.records().keys().eq(before.keys()));
}

/// P-11
#[tokio::test]
async fn a_session_from_before_the_store_moves_when_it_is_written_next() {
    let (app, store) = app().await;
    let always = |auth: tower_oidc::AuthLayerBuilder| {
        auth.session_store(store.clone())
            .always_use_session_store(true)
    };
    let before = app.another_instance(|auth| auth).await;
    let browser = app.browser();
    before.serve(&browser);
    tower_oidc_tests::app::sign_in_as(&browser, "medium").await;
    assert_eq!(cookies(&browser).len(), 3);
    let with_store = app.another_instance(always).await;
    with_store.serve(&browser);

    assert_eq!(browser.open(&url("/")).await.text(), "medium");
    assert!(store.records().is_empty());
    answer(&browser, "/data?set=blue").await;

    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    assert_eq!(store.records().len(), 1);
    assert_eq!(data(&browser).await, "blue");
}

/// P-11
#[tokio::test]
async fn without_its_store_a_session_is_not_found_and_the_log_says_what_to_do() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let without = app.another_instance(|auth| auth).await;
    without.serve(&browser);
    let log = log::record();

    assert_eq!(reason(&browser).await, "record_not_found");

    let text = log.text();
    assert!(text.contains("ERROR"), "{text}");
    assert!(text.contains("session_store"), "{text}");
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    // The cookie is kept, so the session is back with the store.
    let again = another(&app, &store).await;
    again.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
}
