//! A session in cookies that moves into the store, where a record with its name is already.

use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, SECRET};
use tower_oidc_tests::visits::{answer, token};
use tower_oidc_tests::{App, Browser, FaultySessionStore, SessionStoreFault};

use super::at_once::save_at_once;
use super::{app, data, has_reference, signed_in};
use crate::log;

const NEW: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";

/// An instance that keeps every session in the store.
async fn always(
    app: &App,
    store: &FaultySessionStore,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> Instance {
    let with_store = |auth: AuthLayerBuilder| {
        configure(
            auth.session_store(store.clone())
                .always_use_session_store(true),
        )
    };
    app.another_instance(with_store).await
}

/// A browser with a session in cookies, and a record of it in the store: the response that brought the record's
/// cookie went to another browser.
async fn left_behind(app: &App, always: &Instance) -> Browser {
    let browser = signed_in(app, "medium").await;
    let lost = browser.thief();
    always.serve(&lost);
    answer(&lost, "/data?set=old").await;
    assert!(has_reference(&lost) && !has_reference(&browser));
    browser
}

/// P-11: the browser has had newer data since, in its cookies.
#[tokio::test]
async fn newer_data_in_cookies_replace_those_of_a_record_that_was_left_behind() {
    let (app, store) = app().await;
    let always = always(&app, &store, |auth| auth).await;
    let browser = left_behind(&app, &always).await;
    app.clock.advance(std::time::Duration::from_secs(1));
    answer(&browser, "/data?set=new").await;
    always.serve(&browser);

    let refreshed = answer(&browser, "/refresh").await["token"].clone();

    assert!(has_reference(&browser));
    assert_eq!(data(&browser).await, "new");
    assert_eq!(token(&browser).await, refreshed);
    assert_eq!(store.records().len(), 1);
}

/// P-11: the record was made after the cookie with which the refresh began.
#[tokio::test]
async fn data_in_a_new_record_survive_a_refresh_of_another_instance() {
    let (app, store) = app().await;
    let first = always(&app, &store, |auth| auth).await;
    let second = always(&app, &store, |auth| auth).await;
    let here = signed_in(&app, "medium").await;
    let there = here.thief();
    first.serve(&here);
    second.serve(&there);
    answer(&here, "/data?set=blue").await;
    app.clock.advance(std::time::Duration::from_secs(1));
    store.set(SessionStoreFault::IsFull);
    let refreshed = answer(&there, "/refresh").await["token"].clone();
    store.set(None);

    assert_eq!(token(&there).await, refreshed);

    assert_eq!(data(&there).await, "blue");
    assert_eq!(data(&here).await, "blue");
    assert_eq!(token(&here).await, refreshed);
}

/// P-14: otherwise the session could never be written again.
#[tokio::test]
async fn garbage_under_the_name_of_a_new_record_is_replaced_and_logged() {
    let (app, store) = app().await;
    let always = always(&app, &store, |auth| auth).await;
    let browser = left_behind(&app, &always).await;
    always.serve(&browser);
    let garbage = tower_oidc::StoredRecord::new(7, "garbage");
    store.set(SessionStoreFault::Returns(garbage));
    let log = log::record();

    answer(&browser, "/data?set=new").await;

    store.set(None);
    assert!(log.text().contains("it is replaced"), "{}", log.text());
    assert!(has_reference(&browser));
    assert_eq!(data(&browser).await, "new");
    assert_eq!(store.records().len(), 1);
}

/// P-10: while the secret is replaced, instances seal with different ones, and each makes its own key of a new record.
#[tokio::test]
async fn during_a_rotation_two_instances_that_begin_a_record_at_once_share_it() {
    let (app, store) = app().await;
    let old_first = always(&app, &store, |auth| auth.additional_cookie_secret(NEW)).await;
    let new_first = always(&app, &store, |auth| {
        auth.cookie_secret(NEW).additional_cookie_secret(SECRET)
    })
    .await;
    let here = signed_in(&app, "medium").await;
    let there = here.thief();
    old_first.serve(&here);
    new_first.serve(&there);
    save_at_once(&store, [(&here, "/refresh"), (&there, "/data?set=blue")]).await;

    assert!(has_reference(&here) && has_reference(&there));
    assert_eq!(store.records().len(), 1);
    assert_eq!(data(&here).await, "blue");
    assert_eq!(data(&there).await, "blue");
    assert_eq!(token(&here).await, token(&there).await);
}
