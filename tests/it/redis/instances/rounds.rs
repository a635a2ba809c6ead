//! Both instances refresh the same sessions at the same moment, again and again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Semaphore};
use tower_oidc::{AuthContext, AuthError, AuthLayer, AuthLayerBuilder};
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::app::{Instance, ORIGIN, url};
use tower_oidc_tests::redis_server::RedisServer;
use tower_oidc_tests::visits::{fetch, is_accepted_by_provider};
use tower_oidc_tests::{App, Browser, TestServer};

use super::{all, name, signed_in, with_users};

const USERS: usize = 200;
const ROUNDS: usize = 10;

/// How many users are refreshed at the same moment.
const AT_ONCE: usize = 25;

/// The page that refreshes.
const REFRESH: &str = "/refresh";

const PATIENT: Duration = Duration::from_secs(30);

/// The browsers of all users, each with a tab at both instances.
fn tabs(browsers: &[Browser], other: &Instance) -> Vec<Browser> {
    let there = browsers.iter().map(|browser| {
        let tab = browser.tab();
        other.serve(&tab);
        tab
    });
    browsers.iter().cloned().chain(there).collect()
}

/// Refreshes in all tabs. Returns the status and the token of each.
async fn refresh_everywhere(tabs: &[Browser]) -> Vec<(u16, Value)> {
    let refreshes = tabs.iter().cloned().map(|tab| async move {
        let page = fetch(&tab, REFRESH).await;
        let token = match page.status() {
            200 => page.json()["token"].clone(),
            _ => Value::Null,
        };
        (page.status(), token)
    });
    all(refreshes).await
}

/// Where the refreshes of a user at both instances wait for each other.
struct Together {
    /// One for each user.
    both: HashMap<String, Barrier>,
    /// On a slow machine, 400 refreshes at once take longer than the layer waits for its coordinator and for its turn
    /// at the provider.
    turns: Semaphore,
}

impl Together {
    fn new(users: usize) -> Self {
        let both = (0..users).map(|number| (name(number), Barrier::new(2)));
        Self {
            both: both.collect(),
            turns: Semaphore::new(AT_ONCE),
        }
    }

    /// Refreshes when the other instance has opened the same session. Otherwise a slow request could open the session
    /// that the other instance has already refreshed. It would ask for another refresh, and rightly get another token.
    async fn refresh(&self, auth: AuthContext) -> Result<Json<Value>, AuthError> {
        let user = auth.claims().expect("a session").sub().to_owned();
        let both = &self.both[&user];
        let turn = match both.wait().await.is_leader() {
            true => Some(self.turns.acquire().await),
            false => None,
        };
        both.wait().await;
        let refreshed = auth.refresh().await?;
        drop(turn);
        Ok(Json(json!({ "token": refreshed.access_token().as_str() })))
    }
}

/// A page of each instance, on which both refresh a user's session at the same moment.
async fn pages(app: &App, other: &Instance, users: usize) -> [TestServer; 2] {
    let together = Arc::new(Together::new(users));
    let start = async |auth: &AuthLayer| {
        let together = Arc::clone(&together);
        let page = get(move |auth: AuthContext| async move { together.refresh(auth).await });
        TestServer::start(Router::new().route(REFRESH, page).layer(auth.clone())).await
    };
    [start(&app.auth).await, start(&other.auth).await]
}

/// A connection to the server for one instance, as in a process.
fn client(redis: &RedisServer) -> RedisStore {
    // 400 requests at once take long on a slow machine, and a lock that times out is no lock: the layer waits five
    // seconds for it.
    let store = RedisStore::builder(redis.url()).time_limit(PATIENT);
    store.build().expect("a URL")
}

/// Two instances, each with its own connection to the server.
async fn two_instances(
    redis: &RedisServer,
    users: usize,
    configure: impl Fn(AuthLayerBuilder, RedisStore) -> AuthLayerBuilder,
) -> (App, Instance) {
    let with_store = |auth: AuthLayerBuilder| {
        let store = client(redis);
        let auth = auth.refresh_coordinator(store.clone());
        configure(auth.refresh_wait(2 * PATIENT), store)
    };
    let app = App::with_provider(|provider| with_users(provider, users), with_store).await;
    let other = app.another_instance(with_store).await;
    (app, other)
}

/// In each round one token request for each user, whose token both instances have. Nobody is signed out.
async fn refresh_in_rounds(app: &App, other: &Instance, browsers: &[Browser], rounds: usize) {
    let (tabs, users) = (tabs(browsers, other), browsers.len());
    let pages = pages(app, other, users).await;
    for (tabs, page) in tabs.chunks_exact(users).zip(&pages) {
        for tab in tabs {
            tab.map(ORIGIN, page.address());
        }
    }
    let mut answers = 0;
    for round in 1..=rounds {
        let refreshed = refresh_everywhere(&tabs).await;

        let failed: Vec<_> = refreshed.iter().filter(|it| it.0 != 200).collect();
        assert!(failed.is_empty(), "round {round}: {failed:?}");
        let tokens: HashSet<_> = refreshed.iter().map(|(_, token)| token.as_str()).collect();
        assert_eq!(tokens.len(), users, "the instances have the same tokens");
        for token in refreshed.iter().step_by(users / 4) {
            assert!(is_accepted_by_provider(app, &token.1).await);
        }
        answers += refreshed.len();
    }

    assert_eq!(app.provider.refreshes().len(), users * rounds);
    assert_eq!(answers, 2 * users * rounds);
    let (here, there) = tabs.split_at(users);
    here.iter().for_each(|tab| app.serve(tab));
    there.iter().for_each(|tab| other.serve(tab));
    for (number, tab) in tabs.iter().enumerate() {
        let page = tab.open(&url("/")).await;
        assert_eq!(page.text(), name(number % users));
    }
}

/// The provider rotates refresh tokens, and ends the grant when one is used twice.
///
/// F-02
#[tokio::test(flavor = "multi_thread")]
async fn each_session_is_refreshed_once_in_each_round_and_both_instances_get_the_token() {
    let redis = RedisServer::start().await;
    let (app, other) = two_instances(&redis, USERS, |auth, _| auth).await;
    let browsers = signed_in(&app, USERS).await;

    refresh_in_rounds(&app, &other, &browsers, ROUNDS).await;
}

/// Both instances also save each refreshed session in the same record.
///
/// F-02, P-08
#[tokio::test(flavor = "multi_thread")]
async fn the_same_applies_to_sessions_in_the_store() {
    let redis = RedisServer::start().await;
    let (app, other) = two_instances(&redis, USERS, |auth, store| {
        auth.session_store(store.clone())
            .revocation_store(store)
            .always_use_session_store(true)
            .store_timeout(PATIENT)
    })
    .await;
    let browsers = signed_in(&app, USERS).await;
    let records = redis.command(&["dbsize"]).await;
    assert_eq!(records, USERS.to_string());

    refresh_in_rounds(&app, &other, &browsers, ROUNDS).await;
}

/// SECURITY.md says so: the first request gets its token, and after that no refresh works any more.
///
/// F-02
#[tokio::test(flavor = "multi_thread")]
async fn without_a_coordinator_the_provider_ends_grants_and_the_users_stay_signed_in_until_then() {
    const FEW: usize = 20;
    let app = App::with_provider(|provider| with_users(provider, FEW), |auth| auth).await;
    let other = app.another_instance(|auth| auth).await;
    let browsers = signed_in(&app, FEW).await;
    let tabs = tabs(&browsers, &other);

    let held = app.provider.hold_token_requests();
    let refreshing = tokio::spawn({
        let tabs = tabs.clone();
        async move { refresh_everywhere(&tabs).await }
    });
    held.wait_for(2 * FEW).await;
    held.release();
    let refreshed = refreshing.await.unwrap();

    assert_eq!(app.provider.refreshes().len(), 2 * FEW);
    let count = |status| refreshed.iter().filter(|it| it.0 == status).count();
    assert_eq!((count(200), count(401)), (FEW, FEW));
    // The grants have ended, and the sessions exist.
    let again = refresh_everywhere(&tabs).await;
    assert!(again.iter().all(|(status, _)| *status == 401));
    for (number, tab) in tabs.iter().enumerate() {
        let page = tab.open(&url("/")).await;
        assert_eq!(page.text(), name(number % FEW));
    }
}
