//! The store of revocations when it fails, hangs, panics or answers wrongly, and what waits for it.

use std::collections::HashMap;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relying_party::BoxFuture;

use super::shared::CAPACITY;
use super::unproven_limits::MAX_LIVE;
use super::{Checked, RevocationKey, SharedParts, SharedRevocations, pending};
use crate::format::manual_clock::ManualClock;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::runtime::{Instant, sleep};
use crate::session::sample;
use crate::session::{Session, lifetime::CLOCK_SKEW};
use crate::store::{Revocation, RevocationStore, StoreError};
use crate::task_count::TaskCount;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const TIMEOUT: Duration = Duration::from_secs(2);
const ISSUER: &str = "https://id.example";

/// What the fake store does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Fails,
    Hangs,
    Panics,
    PanicsLater,
    AnswersLess,
    AnswersMore,
    /// It takes all entries but this one.
    Refuses(RevocationKey),
    /// It takes this entry alone.
    RefusesAllBut(RevocationKey),
}

#[derive(Clone, Default)]
struct FakeStore(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    fault: Option<Fault>,
    entries: HashMap<String, u64>,
    /// When each write was tried.
    writes: Vec<Instant>,
    questions: usize,
}

impl FakeStore {
    fn set(&self, fault: Option<Fault>) {
        self.0.lock().unwrap().fault = fault;
    }

    fn time(&self, key: RevocationKey) -> Option<u64> {
        self.0.lock().unwrap().entries.get(&key.text()).copied()
    }

    fn writes(&self) -> Vec<Instant> {
        self.0.lock().unwrap().writes.clone()
    }

    fn questions(&self) -> usize {
        self.0.lock().unwrap().questions
    }
}

fn faulty<T: Send + 'static>(fault: Fault) -> BoxFuture<Result<T, StoreError>> {
    match fault {
        Fault::Hangs => Box::pin(pending()),
        Fault::Panics => panic!("for this test"),
        Fault::PanicsLater => Box::pin(async { panic!("for this test") }),
        _ => Box::pin(ready(Err(StoreError::new("for this test")))),
    }
}

impl RevocationStore for FakeStore {
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
        let fault = {
            let mut content = self.0.lock().unwrap();
            content.writes.push(Instant::now());
            content.fault
        };
        let takes = match fault {
            None => true,
            Some(Fault::Refuses(key)) => key.text() != revocation.key,
            Some(Fault::RefusesAllBut(key)) => key.text() == revocation.key,
            Some(_) => false,
        };
        if let Some(fault) = fault.filter(|_| !takes) {
            return faulty(fault);
        }
        let entries = &mut self.0.lock().unwrap().entries;
        let known = entries.insert(revocation.key, revocation.time);
        Box::pin(ready(Ok(known.is_none())))
    }

    fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
        let (fault, mut times) = {
            let mut content = self.0.lock().unwrap();
            content.questions = content.questions.saturating_add(1);
            let time = |key| content.entries.get(key).copied();
            (content.fault, keys.iter().map(time).collect::<Vec<_>>())
        };
        match fault {
            None => {}
            Some(Fault::AnswersLess) => drop(times.pop()),
            Some(Fault::AnswersMore) => times.push(None),
            Some(fault) => return faulty(fault),
        }
        Box::pin(ready(Ok(times)))
    }
}

struct Stage {
    store: FakeStore,
    shared: Arc<SharedRevocations>,
    clock: Arc<ManualClock>,
    tasks: TaskCount,
}

impl Stage {
    fn new(accept_unchecked: bool) -> Self {
        let store = FakeStore::default();
        let clock = Arc::new(ManualClock::at(NOW));
        let tasks = TaskCount::default();
        let shared = SharedRevocations::new(SharedParts {
            store: Arc::new(store.clone()),
            timeout: TIMEOUT,
            accept_unchecked,
            absolute: WEEK,
            clock: Arc::<ManualClock>::clone(&clock),
            log: Arc::new(LogLimiter::new(Arc::<ManualClock>::clone(&clock))),
            tasks: tasks.clone(),
        });
        Self {
            store,
            shared: Arc::new(shared),
            clock,
            tasks,
        }
    }

    async fn revoke(&self, key: RevocationKey, time: u64) -> Result<bool, StoreError> {
        self.shared.revoke(key, time).await.unwrap()
    }
}

fn session() -> Arc<Session> {
    sample::session("token", 0, NOW)
}

fn user(number: usize) -> RevocationKey {
    RevocationKey::for_user(ISSUER, &number.to_string())
}

#[tokio::test]
async fn a_revocation_ends_a_session_here_at_once_and_elsewhere_when_it_is_written() {
    let (here, there) = (Stage::new(false), Stage::new(false));
    let session = session();
    assert_eq!(here.shared.check(&session).await, Checked::Valid);

    let write = here.shared.revoke(RevocationKey::for_issuer(ISSUER), NOW.0);

    assert!(here.shared.is_known_to_have_ended(&session));
    assert!(write.await.unwrap().unwrap());
    let entries = here.store.0.lock().unwrap().entries.clone();
    there.store.0.lock().unwrap().entries = entries;
    assert!(!there.shared.is_known_to_have_ended(&session));
    assert_eq!(there.shared.check(&session).await, Checked::Ended);
    // From now on the other instance knows it too, and does not ask again.
    assert!(there.shared.is_known_to_have_ended(&session));
    assert_eq!(there.shared.check(&session).await, Checked::Ended);
    assert_eq!(there.store.questions(), 1);
}

#[tokio::test]
async fn a_session_that_began_after_the_revocation_is_valid() {
    let stage = Stage::new(false);
    let user = RevocationKey::for_user(ISSUER, "alice");
    stage.revoke(user, NOW.0 - 1).await.unwrap();

    assert_eq!(stage.shared.check(&session()).await, Checked::Valid);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_properly_makes_a_session_unavailable_unless_unchecked_ones_pass()
 {
    let faults = [
        Fault::Fails,
        Fault::Hangs,
        Fault::Panics,
        Fault::PanicsLater,
        Fault::AnswersLess,
        Fault::AnswersMore,
    ];
    for fault in faults {
        for (accepts, expected) in [(false, Checked::Unknown), (true, Checked::Valid)] {
            let stage = Stage::new(accepts);
            stage.store.set(Some(fault));
            let before = Instant::now();

            assert_eq!(stage.shared.check(&session()).await, expected, "{fault:?}");

            let waited = if fault == Fault::Hangs {
                TIMEOUT
            } else {
                Duration::ZERO
            };
            assert_eq!(before.elapsed(), waited, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_this_instance_revoked_is_refused_while_the_store_is_down_whatever_the_setting() {
    let stage = Stage::new(true);
    stage.store.set(Some(Fault::Fails));

    stage
        .revoke(RevocationKey::for_session(&session().frame), NOW.0)
        .await
        .unwrap_err();

    assert_eq!(stage.shared.check(&session()).await, Checked::Ended);
    assert_eq!(stage.store.questions(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_store_did_not_take_is_written_by_one_task_with_growing_pauses_when_it_is_back() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    let begin = Instant::now();
    for number in 0..3 {
        stage.revoke(user(number), NOW.0).await.unwrap_err();
    }
    assert_eq!(stage.shared.waiting(), 3);

    sleep(Duration::from_secs(60)).await;

    // Two of them are tried while it fails.
    let tries: Vec<_> = stage
        .store
        .writes()
        .iter()
        .skip(3)
        .step_by(2)
        .map(|at| *at - begin)
        .collect();
    let seconds: Vec<_> = tries.iter().map(Duration::as_secs_f32).collect();
    assert_eq!(seconds, [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
    stage.store.set(None);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.shared.waiting(), 0);
    for number in 0..3 {
        assert_eq!(stage.store.time(user(number)), Some(NOW.0));
    }
    // The task has ended, and a new one starts when it is needed.
    stage.store.set(Some(Fault::Fails));
    stage.revoke(user(9), NOW.0).await.unwrap_err();
    stage.store.set(None);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(stage.store.time(user(9)), Some(NOW.0));
}

#[tokio::test(start_paused = true)]
async fn of_two_waiting_revocations_of_one_key_the_later_time_is_written() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Hangs));
    for time in [5, 9, 7] {
        stage.revoke(user(1), time).await.unwrap_err();
    }
    assert_eq!(stage.shared.waiting(), 1);

    stage.store.set(None);
    sleep(Duration::from_secs(60)).await;

    assert_eq!(stage.store.time(user(1)), Some(9));
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_no_session_needs_any_more_is_not_written() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    stage.revoke(user(1), NOW.0).await.unwrap_err();

    stage.clock.advance(WEEK + CLOCK_SKEW);
    stage.store.set(None);
    sleep(Duration::from_secs(60)).await;

    assert_eq!(stage.shared.waiting(), 0);
    assert_eq!(stage.store.time(user(1)), None);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_loses_no_revocation() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Hangs));

    drop(stage.shared.revoke(user(1), NOW.0));

    assert_eq!(stage.tasks.now(), 1);
    stage.tasks.none().await;
    assert_eq!(stage.shared.waiting(), 1);
    stage.store.set(None);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.store.time(user(1)), Some(NOW.0));
}

#[tokio::test(start_paused = true)]
async fn the_revocations_that_wait_are_bounded_and_the_earliest_is_given_up() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    for number in 0..=pending::CAPACITY {
        stage.clock.advance(Duration::from_millis(1));
        stage.revoke(user(number), NOW.0).await.unwrap_err();
    }
    assert_eq!(stage.shared.waiting(), pending::CAPACITY);

    stage.store.set(None);
    sleep(Duration::from_secs(60)).await;

    assert_eq!(stage.store.time(user(0)), None);
    assert_eq!(stage.store.time(user(1)), Some(NOW.0));
    assert_eq!(stage.store.time(user(pending::CAPACITY)), Some(NOW.0));
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_the_store_always_refuses_blocks_no_other() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    for number in 0..10 {
        stage.clock.advance(Duration::from_millis(1));
        stage.revoke(user(number), NOW.0).await.unwrap_err();
    }
    stage.store.set(Some(Fault::Refuses(user(0))));

    sleep(Duration::from_secs(1)).await;

    assert_eq!(stage.shared.waiting(), 1);
    assert_eq!(stage.store.time(user(9)), Some(NOW.0));
    // It is tried again with growing pauses, until the store takes it or no session needs it.
    let writes = stage.store.writes().len();
    sleep(Duration::from_secs(120)).await;
    assert!((6..=8).contains(&(stage.store.writes().len() - writes)));
    stage.store.set(None);
    sleep(Duration::from_secs(30)).await;
    assert_eq!(stage.store.time(user(0)), Some(NOW.0));
}

/// Neither do those behind them wait for ever.
#[tokio::test(start_paused = true)]
async fn several_entries_that_the_store_refuses_go_behind_those_that_it_has_not_seen() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    for number in 0..10 {
        stage.clock.advance(Duration::from_millis(1));
        stage.revoke(user(number), NOW.0).await.unwrap_err();
    }
    stage.store.set(Some(Fault::RefusesAllBut(user(9))));

    sleep(Duration::from_secs(60)).await;

    assert_eq!(stage.shared.waiting(), 9);
    assert_eq!(stage.store.time(user(9)), Some(NOW.0));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_layer_stops_writing() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    stage.revoke(user(1), NOW.0).await.unwrap_err();
    let Stage { store, shared, .. } = stage;
    let is_alive = Arc::downgrade(&shared);

    drop(shared);

    assert!(is_alive.upgrade().is_none());
    let writes = store.writes().len();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(store.writes().len(), writes);
}

#[tokio::test]
async fn a_flood_of_unproven_entries_displaces_no_other_entry_and_few_of_them_wait() {
    let stage = Stage::new(false);
    let session = session();
    stage
        .revoke(RevocationKey::for_session(&session.frame), NOW.0)
        .await
        .unwrap();
    stage.store.set(Some(Fault::Fails));
    stage.revoke(user(1), NOW.0).await.unwrap_err();

    let mut written = 0;
    for number in 0..=CAPACITY {
        stage.clock.advance(Duration::from_millis(1));
        let key = RevocationKey::for_front_channel(ISSUER, &number.to_string());
        // Each from another network.
        let network = u128::try_from(number).unwrap();
        if let Some(write) = stage.shared.revoke_unproven(key, network) {
            write.await.unwrap().unwrap_err();
            written += 1;
        }
    }

    assert_eq!(written, MAX_LIVE);
    assert!(stage.shared.is_known_to_have_ended(&session));
    assert_eq!(stage.shared.waiting(), 1 + pending::UNPROVEN_CAPACITY);
    assert_eq!(stage.shared.known_entries(), (2, MAX_LIVE));
    stage.store.set(None);
    stage.shared.write_new().await;
    assert_eq!(stage.store.time(user(1)), Some(NOW.0));
}

#[tokio::test(start_paused = true)]
async fn an_unproven_entry_that_the_store_did_not_take_is_written_after_the_others() {
    let stage = Stage::new(false);
    stage.store.set(Some(Fault::Fails));
    let unproven = RevocationKey::for_front_channel(ISSUER, "sid");
    let write = stage.shared.revoke_unproven(unproven, 1).unwrap();
    write.await.unwrap().unwrap_err();
    stage.clock.advance(Duration::from_millis(1));
    stage.revoke(user(1), NOW.0).await.unwrap_err();
    stage.store.set(Some(Fault::Refuses(unproven)));

    sleep(Duration::from_secs(1)).await;

    assert_eq!(stage.shared.waiting(), 1);
    assert_eq!(stage.store.time(user(1)), Some(NOW.0));
    stage.store.set(None);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.shared.waiting(), 0);
    assert_eq!(stage.store.time(unproven), Some(NOW.0));
}

/// Another version of this crate wrote claims that this one cannot read.
#[tokio::test]
async fn a_session_whose_user_is_unreadable_is_never_accepted() {
    let stage = Stage::new(true);
    let mut body = session().body.clone();
    body.identity = crate::session::body::Identity::Claims("{}".into());
    let unreadable = session().with_body(body);

    assert_eq!(stage.shared.check(&unreadable).await, Checked::Unknown);
}
