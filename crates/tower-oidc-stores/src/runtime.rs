//! The runtime's tasks and timers.

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::runtime::Handle;
use tower_oidc::StoreError;

/// How long a database may work on one call. It is much longer than anybody waits for it, and ends the wait for a
/// connection whose other end has gone without a word.
const LONGEST: Duration = Duration::from_secs(60);

/// What this work returns. It continues in a task if the caller stops waiting.
///
/// Without a runtime there is no task, and the work ends with its caller.
pub(crate) async fn complete<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let Ok(runtime) = Handle::try_current() else {
        return work.await;
    };
    match runtime.spawn(work).await {
        Ok(result) => result,
        Err(ended) => match ended.try_into_panic() {
            // The layer reports a panic of the store.
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(StoreError::new("the runtime has ended")),
        },
    }
}

/// What the database answers in the [`LONGEST`] time. Without a runtime there are no timers, and no limit.
pub(crate) async fn answer<T>(
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    if Handle::try_current().is_err() {
        return call.await;
    }
    let answer = tokio::time::timeout(LONGEST, call).await;
    answer.unwrap_or_else(|_| {
        let limit = LONGEST.as_secs();
        Err(StoreError::new(format!(
            "the database did not answer within {limit} seconds"
        )))
    })
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn in_a_runtime<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(future)
    }

    fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn without_a_runtime_the_caller_does_the_work() {
        let work = complete(answer(ready(Ok(1))));

        assert!(matches!(poll_once(work), Poll::Ready(Ok(1))));
    }

    #[test]
    fn a_database_that_hangs_is_given_up_after_a_minute() {
        let (result, waited) = in_a_runtime(async {
            let start = tokio::time::Instant::now();
            (complete(answer::<()>(pending())).await, start.elapsed())
        });

        assert!(result.unwrap_err().to_string().contains("60 seconds"));
        assert_eq!(waited, LONGEST);
    }

    #[test]
    fn a_panic_of_the_store_reaches_the_caller() {
        let caller = async {
            let work = complete::<()>(async { panic!("for this test") });
            tokio::spawn(work).await
        };

        assert!(in_a_runtime(caller).unwrap_err().is_panic());
    }
}
