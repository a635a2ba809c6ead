//! What a stop of the instance, and the pause of a host that freezes it, do with revocations that wait.

use super::*;
use crate::layer::drain;

#[tokio::test(start_paused = true)]
async fn a_stop_tries_each_waiting_revocation_once_and_does_not_wait_for_a_provider_that_is_down() {
    let stage = Stage::new();
    for number in 0..100 {
        stage.end(number).await;
    }
    let before = Instant::now();
    stage.shared.refresher.drain().await;
    assert_eq!(stage.revoker.seconds().len(), 100 + MAX_AT_ONCE);
    assert_eq!(stage.waiting(), 100);

    stage.revoker.answer(200);
    stage.shared.refresher.drain().await;

    assert_eq!((stage.revoker.revoked(), stage.waiting()), (100, 0));
    assert_eq!(before.elapsed(), Duration::ZERO);
}

/// On such a host each response waits for `drain_for`.
#[tokio::test(start_paused = true)]
async fn on_a_host_that_freezes_instances_no_response_tries_a_revocation_before_its_pause_is_over()
{
    let stage = Stage::with(|auth| auth.freezes_between_requests(true));
    stage.end(1).await;
    let drain = async || {
        drain(&stage.shared)
            .for_at_most(Duration::from_secs(10))
            .await
    };

    for _ in 0..5 {
        assert!(!drain().await, "it still waits");
    }
    assert_eq!(stage.revoker.seconds(), [0]);

    // The instance was frozen, so the timer fires when it continues.
    stage.revoker.answer(200);
    tokio::time::sleep(Duration::from_millis(2_001)).await;
    assert!(drain().await);
    assert_eq!(stage.revoker.seconds(), [0, 2]);
    assert_eq!(stage.revoker.revoked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_with_a_limit_says_that_revocations_wait() {
    let stage = Stage::new();
    stage.end(1).await;
    let limit = Duration::from_secs(10);

    assert!(!drain(&stage.shared).for_at_most(limit).await);
    stage.revoker.answer(200);
    assert!(drain(&stage.shared).for_at_most(limit).await);

    let left = stage.reasons_of(AuthEventKind::DrainIncomplete);
    assert_eq!(left, ["revocations_waiting"], "the second one left nothing");
}

/// A short request lifetime does not mean that the host freezes the instance.
#[tokio::test(start_paused = true)]
async fn a_stop_with_a_limit_tries_each_waiting_revocation_once_even_with_a_short_request_lifetime()
{
    let short = Duration::from_secs(5);
    let stage = Stage::with(|auth| auth.refresh_request_lifetime(short));
    stage.end(1).await;
    assert_eq!(stage.waiting(), 1);
    stage.revoker.answer(200);

    assert!(drain(&stage.shared).for_at_most(short).await);

    assert_eq!((stage.revoker.revoked(), stage.waiting()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_tries_those_that_wait_while_a_request_hangs_at_another_provider() {
    let stage = Stage::new();
    stage.end_at("main", 1).await;
    assert_eq!(stage.waiting(), 1);
    stage.revoker.0.lock().unwrap().other_hangs = true;
    stage.revoker.answer(200);
    let stop = async {
        // Once the other one is in flight.
        tokio::task::yield_now().await;
        assert_eq!(stage.shared.refresher.in_flight(), 1);
        // Before the pause has passed, after which it is tried anyway.
        let is_drained = drain(&stage.shared).for_at_most(FIRST_PAUSE / 2).await;
        (is_drained, stage.revoker.revoked(), stage.waiting())
    };

    let (stopped, ()) = tokio::join!(stop, stage.end_at("other", 2));

    assert_eq!(stopped, (false, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_tries_again_only_if_a_request_in_flight_leaves_a_revocation() {
    for leaves_one in [false, true] {
        let stage = Stage::new();
        stage.end(1).await;
        let in_flight = stage.shared.refresher.memory.tasks.enter();
        let request = async {
            // Once all that wait have been tried.
            tokio::task::yield_now().await;
            assert_eq!(stage.revoker.seconds(), [0, 0]);
            if leaves_one {
                stage.end(2).await;
            }
            stage.revoker.answer(200);
            drop(in_flight);
        };

        let drain = drain(&stage.shared);
        tokio::join!(drain.all(), request);

        let expected = if leaves_one { (2, 0) } else { (0, 1) };
        assert_eq!((stage.revoker.revoked(), stage.waiting()), expected);
    }
}
