//! A crash of the server while users are at work.

mod load;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, sign_in};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::{fetch, sign_out_button};
use tower_oidc_tests::{App, Browser, RedisServer, TestClock};

use self::load::{Load, Phase, User, until};
use super::instances::all;
use super::store;

const USERS: usize = 24;

const OUTAGE: Duration = Duration::from_secs(10);

/// Many answers of each user, among them some changes and refreshes.
const MANY: usize = 15 * USERS;

/// With all three over this server. The lock of a refresh that the crash interrupts ends after the lifetime of its
/// request and half a minute.
fn with_redis(auth: AuthLayerBuilder, server: &RedisServer) -> AuthLayerBuilder {
    let store = store(server);
    auth.session_store(store.clone())
        .always_use_session_store(true)
        .revocation_store(store.clone())
        .refresh_coordinator(store)
        .refresh_wait(Duration::from_secs(3))
        .refresh_request_lifetime(Duration::from_secs(5))
}

/// Two instances with nothing in common but Redis.
struct Stage {
    app: App,
    other: Instance,
}

impl Stage {
    async fn new(server: &RedisServer) -> Self {
        // A failed refresh is remembered for two seconds, which have to pass.
        let clock = TestClock::following_the_runtime();
        let app = App::at(clock, |it| it, |it| it, |auth| with_redis(auth, server)).await;
        let other = app.another_instance(|auth| with_redis(auth, server)).await;
        Self { app, other }
    }

    /// A browser of a new session at the first instance, and copies of its cookies at both.
    async fn session_and_copies(&self) -> (Browser, [Browser; 2]) {
        let (browser, there) = self.app.two_browsers(&self.other).await;
        let here = browser.thief();
        self.app.serve(&here);
        (browser, [here, there])
    }

    /// Each user is signed in at both instances, with all data and with a refresh token that still works.
    async fn all_have_their_sessions(&self, users: &[User]) {
        for user in users {
            self.other.serve(&user.browser);
            assert_eq!(fetch(&user.browser, "/private").await.text(), "alice");
            user.has_its_data().await;
            user.refreshes().await;
            self.app.serve(&user.browser);
            user.has_its_data().await;
            user.refreshes().await;
        }
    }
}

async fn sign_out(browser: &Browser) -> Page {
    browser.send(sign_out_button()).await
}

/// Users who have signed in, every other one at the second instance.
async fn users(stage: &Stage, load: &Arc<Load>) -> Vec<User> {
    let mut users = Vec::new();
    for number in 0..USERS {
        let browser = stage.app.signed_in_browser().await;
        if number % 2 == 1 {
            stage.other.serve(&browser);
        }
        users.push(User::new(browser, load));
    }
    users
}

/// M-11, B-09: with the documented settings of the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_under_load_loses_no_session_and_no_stored_change_and_brings_no_session_back() {
    let mut server = RedisServer::start().await;
    let stage = Stage::new(&server).await;
    let load = Load::new();
    let users = users(&stage, &load).await;
    let browsers: Vec<_> = users.iter().map(|user| user.browser.clone()).collect();
    let mut ended = Vec::new();
    for _ in 0..5 {
        let (browser, copies) = stage.session_and_copies().await;
        assert_eq!(sign_out(&browser).await.status(), 200);
        ended.extend(copies);
    }
    let mut leaving = Vec::new();
    for _ in 0..5 {
        leaving.push(stage.session_and_copies().await);
    }
    let mut tasks: JoinSet<_> = users.into_iter().map(User::work).collect();
    load.answers(MANY, &mut tasks).await;

    load.set(Phase::Changing);
    server.kill().await;
    let killed = Instant::now();
    load.set(Phase::Down);
    let mut ended_meanwhile = Vec::new();
    for (browser, copies) in leaving {
        // As ever: the session ends here, and the browser goes to the provider, which asks.
        assert_eq!(sign_out(&browser).await.status(), 200);
        assert_eq!(fetch(&browser, "/private").await.status(), 401);
        ended_meanwhile.extend(copies);
    }
    let visitor = stage.app.browser();
    assert_eq!(sign_in(&visitor).await.status(), 503);
    tokio::time::sleep_until(killed + OUTAGE).await;

    load.set(Phase::Changing);
    server.restart().await;
    all(browsers.into_iter().map(|browser| async move {
        until(&browser, "/private", 200).await;
        // If the crash interrupted a refresh, its lock is in the server until it ends by itself.
        until(&browser, "/refresh", 200).await;
    }))
    .await;
    load.set(Phase::Up);
    load.answers(MANY, &mut tasks).await;
    load.set(Phase::Ends);
    let users = tasks.join_all().await;

    stage.all_have_their_sessions(&users).await;
    assert_eq!(sign_in(&visitor).await.text(), "alice");
    for copy in &ended {
        assert_eq!(fetch(copy, "/private").await.status(), 401);
    }
    // A revocation that waited for the server is written some seconds later.
    for copy in &ended_meanwhile {
        until(copy, "/private", 401).await;
    }
    let down = load.answers_while_down();
    assert!(down > 5 * USERS, "{down} answers while Redis was down");
}

/// Another instance, which keeps in the server which sessions have ended.
async fn another(app: &App, server: &RedisServer) -> Instance {
    app.another_instance(|auth| auth.revocation_store(store(server)))
        .await
}

/// M-11, B-09
#[tokio::test]
async fn a_revocation_outlives_a_crash_with_the_documented_settings() {
    let mut server = RedisServer::start().await;
    let app = App::with(|auth| auth.revocation_store(store(&server))).await;
    let other = another(&app, &server).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(sign_out(&browser).await.status(), 200);

    server.kill().await;
    server.restart().await;

    // This instance has never seen the sign-out.
    let third = another(&app, &server).await;
    third.serve(&copy);
    assert_eq!(fetch(&copy, "/private").await.status(), 401);
}

/// M-12: Debian's package writes snapshots alone, the first an hour after a change if there are few.
#[tokio::test]
async fn stock_settings_lose_what_changed_since_the_last_snapshot() {
    let mut server = RedisServer::with_nothing_but(&[]).await;
    let app = App::with(|auth| auth.revocation_store(store(&server))).await;
    let other = another(&app, &server).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(sign_out(&browser).await.status(), 200);
    assert_eq!(fetch(&copy, "/private").await.status(), 401);

    server.kill().await;
    server.restart().await;

    // This instance has never seen the sign-out.
    let third = another(&app, &server).await;
    third.serve(&copy);
    assert_eq!(fetch(&copy, "/private").await.text(), "alice");
    // The others remember it.
    other.serve(&copy);
    assert_eq!(fetch(&copy, "/private").await.status(), 401);
}
