//! Which sessions are in the store, and which in their cookies.

use tower_oidc_tests::faulty_session_store::StoreCalls;
use tower_oidc_tests::visits::answer;

use super::{
    ORGANIZATIONS, another, app, app_with, cookies, data, has_reference, large_claim, signed_in,
};

/// P-01
#[tokio::test]
async fn a_session_that_fits_stays_in_its_cookies_and_the_store_is_not_asked() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "medium").await;

    assert_eq!(answer(&browser, "/refresh").await["sub"], "medium");
    assert_eq!(answer(&browser, "/data?set=blue").await, "blue");
    assert_eq!(data(&browser).await, "blue");

    assert_eq!(cookies(&browser).len(), 3);
    assert_eq!(store.take_calls(), StoreCalls::default());
}

/// P-02
#[tokio::test]
async fn a_session_with_large_claims_is_in_the_store_from_the_sign_in() {
    let (app, store) = app().await;
    let other = another(&app, &store).await;
    let browser = signed_in(&app, "big").await;

    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    assert_eq!(store.records().len(), 1);
    other.serve(&browser);
    let who = answer(&browser, "/who").await;
    assert_eq!(who["claims"]["about"], large_claim());
    assert!(who["id_token"].is_string() && who["access_token"].is_string());
}

/// P-02: the cookies that held the session are deleted.
#[tokio::test]
async fn a_session_moves_into_the_store_when_it_becomes_too_large() {
    let (app, store) = app().await;
    let other = another(&app, &store).await;
    let browser = signed_in(&app, "medium").await;
    assert_eq!(cookies(&browser).len(), 3);

    answer(&browser, "/data?fill=20000").await;

    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    let filled = data(&browser).await;
    assert_eq!(filled.as_str().map(str::len), Some(20_000));
    other.serve(&browser);
    assert_eq!(data(&browser).await, filled);
    // It stays there although it would fit into cookies again.
    answer(&browser, "/data?set=small").await;
    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    app.serve(&browser);
    assert_eq!(data(&browser).await, "small");
    assert_eq!(store.records().len(), 1);
}

/// P-02
#[tokio::test]
async fn a_session_moves_into_the_store_with_its_tokens_for_organizations() {
    let (app, store) = app_with(|auth| auth.max_cookies(1)).await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/data?fill=1700").await;
    assert!(!has_reference(&browser));
    let paths = ORGANIZATIONS.map(|id| format!("/token?organization={id}"));

    let mut tokens = Vec::new();
    for path in &paths {
        tokens.push(answer(&browser, path).await["token"].clone());
    }

    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    assert_eq!(store.records().len(), 1);
    let refreshes = app.provider.refreshes().len();
    for (path, token) in paths.iter().zip(&tokens) {
        assert_eq!(&answer(&browser, path).await["token"], token);
    }
    assert_eq!(app.provider.refreshes().len(), refreshes);
}

/// P-03
#[tokio::test]
async fn every_session_is_in_the_store_if_that_is_set() {
    let (app, store) = app_with(|auth| auth.always_use_session_store(true)).await;
    let browser = app.signed_in_browser().await;

    assert!(has_reference(&browser), "{:?}", cookies(&browser));
    assert_eq!(store.records().len(), 1);
    let other = app
        .another_instance(|auth| {
            auth.session_store(store.clone())
                .always_use_session_store(true)
        })
        .await;
    other.serve(&browser);
    assert_eq!(answer(&browser, "/token").await["sub"], "alice");
}
