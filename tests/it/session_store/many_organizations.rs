//! A user of 200 organizations, with a token for each.

use std::sync::{Arc, Mutex};

use oidc_dev_provider::User;
use tower_oidc::{AuthEventKind, AuthLayerBuilder, MemoryStore};
use tower_oidc_tests::app::sign_in_as;
use tower_oidc_tests::visits::answer;
use tower_oidc_tests::{App, Browser};

use super::SCOPES;
use crate::coordinated::InMemory;
use crate::log;

const MEMBERSHIPS: usize = 200;

fn organizations() -> Vec<String> {
    (0..MEMBERSHIPS)
        .map(|number| format!("o{number}"))
        .collect()
}

async fn app(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> App {
    App::registered(
        |provider| provider.user(User::new("member").claim("organizations", organizations())),
        |registration| registration.scopes(SCOPES),
        configure,
    )
    .await
}

async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, "member").await.text(), "member");
    browser
}

async fn token(browser: &Browser, organization: &str) {
    let path = format!("/token?organization={organization}");
    assert_eq!(answer(browser, &path).await["sub"], "member");
}

/// P-20
#[tokio::test]
async fn without_a_store_tokens_that_do_not_fit_are_dropped_and_reported() {
    let dropped = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&dropped);
    let app = app(|auth| {
        auth.on_event(move |event| {
            if event.kind() == AuthEventKind::SessionTruncated {
                *counter.lock().unwrap() += 1;
            }
        })
    })
    .await;
    let browser = signed_in(&app).await;
    let log = log::record();
    for id in organizations() {
        token(&browser, &id).await;
    }

    let refreshes = app.provider.refreshes().len();
    assert_eq!(refreshes, MEMBERSHIPS);
    assert!(*dropped.lock().unwrap() > 0);
    let text = log.text();
    assert!(text.contains("access_token_of_a_resource"), "{text}");
    // Another instance, because the memory of this one has them for a minute.
    let other = app.another_instance(|auth| auth).await;
    other.serve(&browser);
    token(&browser, "o199").await;
    assert_eq!(app.provider.refreshes().len(), refreshes);
    token(&browser, "o0").await;
    assert_eq!(app.provider.refreshes().len(), refreshes + 1);
}

/// P-20
#[tokio::test]
async fn with_a_store_all_of_two_hundred_tokens_are_there_on_two_instances() {
    let (store, coordinator) = (MemoryStore::new(), InMemory::default());
    all_tokens_are_there(|auth| {
        auth.session_store(store.clone())
            .refresh_coordinator(coordinator.clone())
    })
    .await;
}

/// The provider rotates refresh tokens, and each of two instances gets half of the tokens.
pub(crate) async fn all_tokens_are_there(configure: impl Fn(AuthLayerBuilder) -> AuthLayerBuilder) {
    let app = app(&configure).await;
    let other = app.another_instance(&configure).await;
    let here = signed_in(&app).await;
    for (number, id) in organizations().iter().enumerate() {
        if number.is_multiple_of(2) {
            app.serve(&here);
        } else {
            other.serve(&here);
        }
        token(&here, id).await;
    }

    assert_eq!(app.provider.refreshes().len(), MEMBERSHIPS);
    let there = here.thief();
    app.serve(&here);
    other.serve(&there);
    for browser in [&here, &there] {
        for id in organizations() {
            token(browser, &id).await;
        }
    }
    assert_eq!(app.provider.refreshes().len(), MEMBERSHIPS);
}
