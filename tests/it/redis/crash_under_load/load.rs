//! Users at work: what they do, and which answers are right.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_oidc_tests::Browser;
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::fetch;

/// Longer than a request waits for a refresh, which is 3 seconds, and the calls before and after it, which may take 1
/// second each.
const LONGEST_ANSWER: Duration = Duration::from_secs(8);

/// What all requests between two changes of the phase may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    Up,
    /// The server is being killed or started, or has just started.
    Changing,
    Down,
    /// The users stop.
    Ends,
}

/// What the test and all users share.
pub(super) struct Load {
    phase: AtomicU8,
    up: AtomicUsize,
    down: AtomicUsize,
    answered: Notify,
}

impl Load {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: AtomicU8::new(Phase::Up as u8),
            up: AtomicUsize::new(0),
            down: AtomicUsize::new(0),
            answered: Notify::new(),
        })
    }

    pub(super) fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }

    fn phase(&self) -> Phase {
        let phases = [Phase::Up, Phase::Changing, Phase::Down, Phase::Ends];
        phases[usize::from(self.phase.load(Ordering::SeqCst))]
    }

    /// How many requests were answered while the server was down.
    pub(super) fn answers_while_down(&self) -> usize {
        self.down.load(Ordering::Relaxed)
    }

    /// Waits for this many more answers while the server is up, and fails if a user's task has failed.
    pub(super) async fn answers(&self, more: usize, tasks: &mut JoinSet<User>) {
        let before = self.up.load(Ordering::Relaxed);
        while self.up.load(Ordering::Relaxed) < before + more {
            tokio::select! {
                () = self.answered.notified() => {}
                Some(result) = tasks.join_next() => drop(result.expect("no wrong answer")),
            }
        }
    }
}

/// The changes of a user's data.
#[derive(Debug, Default)]
struct Changes {
    /// The last one that was answered as stored.
    stored: Option<Value>,
    /// Those after it, which were refused. The server may have stored one of them and crashed before it answered.
    refused: Vec<Value>,
}

/// A user at work.
pub(super) struct User {
    pub(super) browser: Browser,
    load: Arc<Load>,
    changes: Changes,
}

impl User {
    pub(super) fn new(browser: Browser, load: &Arc<Load>) -> Self {
        Self {
            browser,
            load: Arc::clone(load),
            changes: Changes::default(),
        }
    }

    /// Opens pages, changes data and refreshes tokens, one after the other, and checks each answer, until the test
    /// ends.
    pub(super) async fn work(mut self) -> Self {
        let mut number = 0;
        while self.load.phase() != Phase::Ends {
            for (path, when_down) in [("/private", 503), ("/", 503), ("/untouched", 200)] {
                self.visit(path, when_down).await;
            }
            self.change(number).await;
            self.visit("/refresh", 503).await;
            number += 1;
        }
        self
    }

    async fn change(&mut self, number: u32) {
        let value = Value::from(format!("change-{number}"));
        let path = format!("/data?set=change-{number}");
        let page = self.visit(&path, 503).await;
        if page.status() == 200 {
            assert_eq!(page.json(), value);
            self.changes = Changes {
                stored: Some(value),
                refused: Vec::new(),
            };
        } else {
            self.changes.refused.push(value);
        }
    }

    /// Requests a path, and checks the answer.
    async fn visit(&self, path: &str, when_down: u16) -> Page {
        let (before, started) = (self.load.phase(), Instant::now());
        let page = fetch(&self.browser, path).await;
        let (after, took) = (self.load.phase(), started.elapsed());
        assert!(took < LONGEST_ANSWER, "{path}: {took:?}");
        let (status, text) = (page.status(), page.text());
        match (before, after) {
            (Phase::Up, Phase::Up) => {
                assert_eq!(status, 200, "{path} while Redis is up: {text}");
                self.load.up.fetch_add(1, Ordering::Relaxed);
                self.load.answered.notify_one();
            }
            (Phase::Down, Phase::Down) => {
                assert_eq!(status, when_down, "{path} while Redis is down: {text}");
                self.load.down.fetch_add(1, Ordering::Relaxed);
            }
            _ => assert!(
                status == 200 || status == when_down,
                "{path}: {status} {text}"
            ),
        }
        page
    }

    /// The session has the last data that were answered as stored, or later ones.
    pub(super) async fn has_its_data(&self) {
        let page = fetch(&self.browser, "/data").await;
        assert_eq!(page.status(), 200, "{}", page.text());
        let (data, changes) = (page.json(), &self.changes);
        assert!(changes.stored.is_some(), "no change was stored");
        let is_known = changes.stored.as_ref() == Some(&data) || changes.refused.contains(&data);
        assert!(is_known, "{data} after {changes:?}");
    }

    /// The session can be refreshed.
    pub(super) async fn refreshes(&self) {
        let page = fetch(&self.browser, "/refresh").await;
        assert_eq!(page.status(), 200, "{}", page.text());
        assert_eq!(page.json()["sub"], "alice");
    }
}

/// Longer than the lock of a refresh lasts.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until the answer has this status.
pub(super) async fn until(browser: &Browser, path: &str, status: u16) {
    let started = Instant::now();
    loop {
        let page = fetch(browser, path).await;
        if page.status() == status {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{path}: {}", page.text());
    }
}
