//! Calls of a store, which is code of the application: it may hang or panic.

use std::time::Duration;

use relying_party::BoxFuture;

use super::StoreError;
use crate::runtime::{self, CallFailed};

/// What a store answers, for which the caller waits at most `timeout`. If the caller goes away, the call ends; a
/// write that has to be finished all the same needs a task.
pub(crate) async fn call<T>(
    timeout: Duration,
    work: impl FnOnce() -> BoxFuture<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = runtime::isolate_in_place(timeout, work).await;
    answer.unwrap_or_else(|failed| {
        Err(StoreError::new(match failed {
            CallFailed::Panicked => "it panicked".to_owned(),
            CallFailed::TimedOut => format!("it did not answer within {timeout:?}"),
        }))
    })
}
