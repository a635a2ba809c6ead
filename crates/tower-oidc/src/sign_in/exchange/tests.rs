use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::kept::{CAPACITY, EXCHANGE_RESULT_TTL};
use super::*;
use crate::format::manual_clock::ManualClock;
use crate::sign_in::transaction;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

#[derive(Clone, Debug, PartialEq, Eq)]
enum TestError {
    Sent,
    NotSent,
}

impl ExchangeFailure for TestError {
    fn nothing_was_sent(&self) -> bool {
        *self == Self::NotSent
    }
}

/// The exchanges of one test, their clock, and how often a code was sent.
struct Stage {
    exchanges: Arc<Exchanges<(), TestError>>,
    clock: Arc<ManualClock>,
    sent: Arc<AtomicUsize>,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        Self {
            exchanges: Arc::new(Exchanges::new(Arc::clone(&clock) as Arc<dyn Clock>)),
            clock,
            sent: Arc::default(),
        }
    }

    fn set_clock(&self, time: UnixMillis) {
        self.clock.set(time);
    }

    async fn run(&self, id: Id) -> Submitted<(), TestError> {
        let sent = Arc::clone(&self.sent);
        let exchange = async move {
            sent.fetch_add(1, Ordering::SeqCst);
            Err(TestError::Sent)
        };
        self.exchanges.run(id, exchange).await
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

fn id(number: usize) -> Id {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    id
}

fn tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

#[tokio::test]
async fn a_second_submit_within_a_minute_gets_the_first_ones_result() {
    let stage = Stage::new();
    let (first, second) = tokio::join!(stage.run([1; 16]), stage.run([1; 16]));
    stage.set_clock(NOW.plus(Duration::from_millis(59_999)));
    let third = stage.run([1; 16]).await;

    assert_eq!(stage.sent(), 1);
    for submitted in [&first, &second, &third] {
        assert!(matches!(
            submitted.result,
            Err(ExchangeError::Failed(TestError::Sent))
        ));
    }
    assert!(first.claim_report());
    assert!(!second.claim_report() && !third.claim_report());

    stage.run([2; 16]).await;
    assert_eq!(stage.sent(), 2);
}

#[tokio::test]
async fn a_code_is_not_sent_again_while_its_transaction_is_valid() {
    let stage = Stage::new();
    stage.run([1; 16]).await;

    for after in [EXCHANGE_RESULT_TTL, Duration::from_secs(599)] {
        stage.set_clock(NOW.plus(after));
        let submitted = stage.run([1; 16]).await;
        assert!(matches!(submitted.result, Err(ExchangeError::AlreadyUsed)));
    }
    assert_eq!(stage.sent(), 1);
    assert!(transaction::LIFETIME <= Duration::from_secs(600));
}

/// A flood of invented codes evicts stored results, but never allows a code to be sent twice.
#[tokio::test]
async fn a_result_that_was_dropped_early_does_not_let_its_code_be_sent_again() {
    let stage = Stage::new();
    for number in 0..=CAPACITY {
        stage.run(id(number)).await;
    }
    let submitted = stage.run(id(0)).await;

    assert!(matches!(submitted.result, Err(ExchangeError::AlreadyUsed)));
    assert_eq!(stage.sent(), CAPACITY + 1);
    assert_eq!(stage.exchanges.lock().kept.len(), CAPACITY);
}

#[tokio::test]
async fn a_failure_before_anything_was_sent_is_not_kept() {
    let stage = Stage::new();
    let unsent = async { Err(TestError::NotSent) };
    let first = stage.exchanges.run([1; 16], unsent).await;
    assert!(matches!(
        first.result,
        Err(ExchangeError::Failed(TestError::NotSent))
    ));

    stage.run([1; 16]).await;

    assert_eq!(stage.sent(), 1);
}

#[tokio::test]
async fn an_exchange_that_panics_is_an_error_for_all_callers_and_uses_its_transaction() {
    let stage = Stage::new();
    let exchange = async { panic!("for this test") };
    let submitted = stage.exchanges.run([1; 16], exchange).await;

    assert!(matches!(submitted.result, Err(ExchangeError::NoResult)));
    let submitted = stage.run([1; 16]).await;
    assert!(matches!(submitted.result, Err(ExchangeError::AlreadyUsed)));
    assert_eq!(stage.sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn results_of_an_idle_server_are_dropped_after_a_minute() {
    let stage = Stage::new();
    stage.run([1; 16]).await;
    tokio::time::sleep(EXCHANGE_RESULT_TTL / 2).await;
    stage.run([2; 16]).await;
    assert_eq!(stage.exchanges.lock().kept.len(), 2);

    tokio::time::sleep(EXCHANGE_RESULT_TTL / 2 + Duration::from_millis(1)).await;
    assert_eq!(stage.exchanges.lock().kept.len(), 1);
    tokio::time::sleep(EXCHANGE_RESULT_TTL / 2).await;
    assert_eq!(stage.exchanges.lock().kept.len(), 0);
    assert_eq!(tasks(), 0);

    // And again, after the first sweeper has ended.
    stage.run([3; 16]).await;
    tokio::time::sleep(EXCHANGE_RESULT_TTL + Duration::from_millis(1)).await;
    assert_eq!(stage.exchanges.lock().kept.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_exchanges_leave_one_task_behind() {
    let stage = Stage::new();
    for number in 0..5_000 {
        stage.run(id(number)).await;
    }
    tokio::task::yield_now().await;

    assert!(tasks() <= 1, "{} tasks", tasks());
    assert!(stage.exchanges.lock().in_flight.is_empty());
}
