//! A crash of the server while users are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, ORIGIN, sign_in, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::visits::fetch;
use tower_oidc_tests::{App, Browser, RedisServer};

use super::store;

const USERS: usize = 60;

/// Longer than the time limit of a call, which is 1 second, and a try in between.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);

const OUTAGE: Duration = Duration::from_secs(10);

/// What all requests between two changes may find.
const UP: u8 = 0;
const CHANGING: u8 = 1;
const DOWN: u8 = 2;
const ENDS: u8 = 3;

fn with_redis(auth: AuthLayerBuilder, server: &RedisServer) -> AuthLayerBuilder {
    let store = store(server);
    auth.session_store(store.clone())
        .always_use_session_store(true)
        .revocation_store(store.clone())
        .refresh_coordinator(store)
}

/// Two instances with nothing in common but Redis.
struct Stage {
    app: App,
    other: Instance,
}

impl Stage {
    async fn new(server: &RedisServer) -> Self {
        let app = App::with(|auth| with_redis(auth, server)).await;
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
}

async fn sign_out(browser: &Browser) -> Page {
    let request = Request::navigation(&url("/auth/sign-out"));
    browser
        .send(request.from(ORIGIN).method(Method::POST))
        .await
}

/// Counts of answers while the server was up, and down.
#[derive(Default)]
struct Counts {
    up: AtomicUsize,
    down: AtomicUsize,
}

/// Opens pages one after the other, and checks each answer, until the test ends.
async fn work(browser: Browser, phase: Arc<AtomicU8>, counts: Arc<Counts>) {
    while phase.load(Ordering::SeqCst) != ENDS {
        for (path, when_down) in [("/private", 503), ("/", 503), ("/untouched", 200)] {
            let (before, started) = (phase.load(Ordering::SeqCst), Instant::now());
            let page = fetch(&browser, path).await;
            assert!(
                started.elapsed() < LONGEST_ANSWER,
                "{path}: {:?}",
                started.elapsed()
            );
            let status = page.status();
            let after = phase.load(Ordering::SeqCst);
            match (before, after) {
                (UP, UP) => {
                    assert_eq!(status, 200, "{path} while Redis is up: {}", page.text());
                    counts.up.fetch_add(1, Ordering::Relaxed);
                }
                (DOWN, DOWN) => {
                    assert_eq!(
                        status,
                        when_down,
                        "{path} while Redis is down: {}",
                        page.text()
                    );
                    counts.down.fetch_add(1, Ordering::Relaxed);
                }
                _ => assert!(status == 200 || status == when_down, "{path}: {status}"),
            }
        }
    }
}

/// Waits for some more answers while the server is up, and fails if a task has failed.
async fn answers(counts: &Counts, tasks: &mut JoinSet<()>) {
    let before = counts.up.load(Ordering::Relaxed);
    while counts.up.load(Ordering::Relaxed) < before + 5 * USERS {
        if let Some(result) = tasks.try_join_next() {
            result.expect("no wrong answer");
        }
        tokio::task::yield_now().await;
    }
}

/// Asks until the answer has this status.
async fn until(browser: &Browser, status: u16) {
    while fetch(browser, "/private").await.status() != status {
        tokio::task::yield_now().await;
    }
}

/// M-11, B-09: with the documented settings of the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_under_load_signs_nobody_out_and_brings_no_session_back() {
    let mut server = RedisServer::start().await;
    let stage = Stage::new(&server).await;
    let mut users = Vec::new();
    for number in 0..USERS {
        let browser = stage.app.signed_in_browser().await;
        if number % 2 == 1 {
            stage.other.serve(&browser);
        }
        users.push(browser);
    }
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
    let (phase, counts) = (Arc::new(AtomicU8::new(UP)), Arc::new(Counts::default()));
    let mut tasks = JoinSet::new();
    for browser in &users {
        tasks.spawn(work(
            browser.clone(),
            Arc::clone(&phase),
            Arc::clone(&counts),
        ));
    }
    answers(&counts, &mut tasks).await;

    phase.store(CHANGING, Ordering::SeqCst);
    server.kill().await;
    let killed = Instant::now();
    phase.store(DOWN, Ordering::SeqCst);
    for (browser, copies) in leaving {
        // As ever: the session ends here, and the browser goes to the provider, which asks.
        assert_eq!(sign_out(&browser).await.status(), 200);
        assert_eq!(fetch(&browser, "/private").await.status(), 401);
        ended.extend(copies);
    }
    let visitor = stage.app.browser();
    assert_eq!(sign_in(&visitor).await.status(), 503);
    tokio::time::sleep_until(killed + OUTAGE).await;

    phase.store(CHANGING, Ordering::SeqCst);
    server.restart().await;
    for user in &users {
        until(user, 200).await;
    }
    phase.store(UP, Ordering::SeqCst);
    answers(&counts, &mut tasks).await;
    phase.store(ENDS, Ordering::SeqCst);
    tasks.join_all().await;

    for user in &users {
        assert_eq!(fetch(user, "/private").await.text(), "alice");
    }
    assert_eq!(sign_in(&visitor).await.text(), "alice");
    // A revocation that waited for the server is written some seconds later.
    for copy in &ended {
        until(copy, 401).await;
    }
    let down = counts.down.load(Ordering::Relaxed);
    assert!(down > 5 * USERS, "{down} answers while Redis was down");
}

/// M-12: Debian's package writes snapshots alone, the first an hour after a change if there are few.
#[tokio::test]
async fn stock_settings_lose_what_changed_since_the_last_snapshot() {
    let mut server = RedisServer::with_nothing_but(&[]).await;
    let app = App::with(|auth| auth.revocation_store(store(&server))).await;
    let other = app
        .another_instance(|auth| auth.revocation_store(store(&server)))
        .await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(sign_out(&browser).await.status(), 200);
    assert_eq!(fetch(&copy, "/private").await.status(), 401);

    server.kill().await;
    server.restart().await;

    // This instance has never seen the sign-out.
    let third = app
        .another_instance(|auth| auth.revocation_store(store(&server)))
        .await;
    third.serve(&copy);
    assert_eq!(fetch(&copy, "/private").await.text(), "alice");
    // The others remember it.
    other.serve(&copy);
    assert_eq!(fetch(&copy, "/private").await.status(), 401);
}
