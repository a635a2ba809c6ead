//! Users whose sessions are in a store of tower-sessions, on two instances that share it.

use oidc_dev_provider::{DevProviderBuilder, User};
use tower_oidc_stores::TowerSessionsStore;
use tower_oidc_tests::app::{Instance, sign_in_as, url};
use tower_oidc_tests::random_text;
use tower_oidc_tests::visits::{DUE, answer, fetch, token};
use tower_oidc_tests::{App, Browser};
use tower_sessions_core::SessionStore;

use super::sample::SampleStore;

/// No browser keeps so many bytes in the cookies of one host.
const CLAIM: usize = 30_000;

fn user(provider: DevProviderBuilder) -> DevProviderBuilder {
    provider.user(User::new("large").claim("about", random_text(CLAIM)))
}

/// Two instances of the application over one store, each with its own adapter.
pub(super) async fn two_instances<S: SessionStore + Clone>(store: &S) -> (App, Instance) {
    let adapter = || TowerSessionsStore::new(store.clone());
    let app = App::with_provider(user, |auth| auth.session_store(adapter())).await;
    let other = app
        .another_instance(|auth| auth.session_store(adapter()))
        .await;
    (app, other)
}

/// A browser in which that user has signed in.
pub(super) async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, "large").await.text(), "large");
    browser
}

async fn claim(browser: &Browser) -> usize {
    let who = answer(browser, "/who").await;
    who["claims"]["about"].as_str().map_or(0, str::len)
}

/// A visit on both instances: sign-in, a refresh that both know, and the end on both.
pub(super) async fn a_session_larger_than_cookies_is_on_two_instances<S: SessionStore + Clone>(
    store: &S,
) {
    let (app, other) = two_instances(store).await;
    let browser = signed_in(&app).await;
    let sizes = |browser: &Browser| {
        browser
            .cookies()
            .iter()
            .map(|cookie| cookie.size())
            .sum::<usize>()
    };
    assert!(sizes(&browser) < 1_000, "{}", sizes(&browser));
    assert_eq!(claim(&browser).await, CLAIM);

    let there = browser.thief();
    other.serve(&there);
    assert_eq!(claim(&there).await, CLAIM);

    // The older cookie gets the refreshed tokens, because the record has them.
    app.clock.advance(DUE);
    let refreshed = token(&browser).await;
    assert_eq!(token(&there).await, refreshed);
    assert_eq!(app.provider.refreshes().len(), 1);
    assert_eq!(claim(&there).await, CLAIM);

    there.open(&url("/leave")).await;
    assert_eq!(fetch(&there, "/private").await.status(), 401);
    assert_eq!(fetch(&browser, "/private").await.status(), 401);
}

/// V-06
#[tokio::test]
async fn a_session_larger_than_cookies_is_the_same_on_two_instances() {
    a_session_larger_than_cookies_is_on_two_instances(&SampleStore::default()).await;
}

/// V-06
#[tokio::test]
async fn a_store_that_fails_is_503_where_the_user_is_needed_and_signs_no_one_out() {
    let store = SampleStore::default();
    let (app, _) = two_instances(&store).await;
    let browser = signed_in(&app).await;

    store.fail(Some("canary"));
    assert_eq!(fetch(&browser, "/private").await.status(), 503);
    assert_eq!(fetch(&browser, "/untouched").await.status(), 200);
    store.fail(None);

    assert_eq!(fetch(&browser, "/private").await.text(), "large");
}

/// V-02, V-06: the record of another user in the row of a session.
#[tokio::test]
async fn the_record_of_another_session_never_opens() {
    let store = SampleStore::default();
    let (app, _) = two_instances(&store).await;
    let (browser, other) = (signed_in(&app).await, signed_in(&app).await);
    {
        let mut records = store.records();
        let data: Vec<_> = records.values().map(|record| record.data.clone()).collect();
        for (record, data) in records.values_mut().zip(data.into_iter().rev()) {
            record.data = data;
        }
    }

    for browser in [browser, other] {
        let page = fetch(&browser, "/private").await;
        assert_eq!(page.status(), 401);
        assert!(!page.text().contains("large"));
    }
}
