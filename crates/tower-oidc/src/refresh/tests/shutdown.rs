//! What happens to requests in flight when a server or a runtime stops. Time is tokio's paused time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::*;
use crate::sign_in::error::SignInError;

/// A server that is stopping still answers requests, so a callback may come while the drain waits for a
/// refresh.
#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_a_code_exchange_that_began_while_it_waited() {
    let shared = hanging();
    asking(&shared, &session(&shared, 1), newer(Target::DEFAULT, false));
    let_tasks_run().await;
    let since = Instant::now();
    let exchange_ends = since + Duration::from_secs(600);
    let sign_in = async {
        let_tasks_run().await;
        let exchange = async move {
            runtime::sleep_until(exchange_ends).await;
            Err(SignInError::Internal)
        };
        let exchanges = &shared.attempts.exchanges;
        let _ = tokio::time::timeout(Duration::ZERO, exchanges.run([1; 16], exchange)).await;
    };

    let drain = async {
        drain(&shared).all().await;
        since.elapsed()
    };
    let (took, ()) = tokio::join!(drain, sign_in);

    assert_eq!(took, Duration::from_secs(600));
    assert_eq!(shared.attempts.exchanges.in_flight(), 0);
}

/// The runtime shuts down between the start of a refresh and its task, as in a test of an application that
/// has one runtime for each request.
#[test]
fn a_refresh_whose_task_never_starts_is_no_longer_in_flight() {
    let shared = hanging();
    let session = session(&shared, 1);
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().unwrap()
    };
    let first = runtime();
    first.block_on(async {
        let refresh = shared
            .refresher
            .refresh(&session, Target::DEFAULT, RefreshMode::Always);
        let mut refresh = pin!(refresh);
        let polled = poll_fn(|cx| Poll::Ready(refresh.as_mut().poll(cx).is_pending()));
        assert!(polled.await);
    });
    let handle = shared.refresher.hold(&session);
    assert_eq!(handle.state().in_flight.len(), 1);
    assert_eq!(shared.refresher.in_flight(), 1);

    drop(first);

    assert!(handle.state().in_flight.is_empty());
    assert_eq!(shared.refresher.in_flight(), 0);
    let again = runtime();
    again.block_on(async {
        asking(&shared, &session, newer(Target::DEFAULT, false));
        let_tasks_run().await;
        assert_eq!(shared.refresher.in_flight(), 1);
    });
}
