//! Calls of a store, which is code of the application: it may hang or panic.

use std::time::Duration;

use relying_party::BoxFuture;

use super::StoreError;
use crate::runtime::{self, CallFailed};

/// What a store answers, for which the caller waits at most `timeout`.
pub(crate) async fn call<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> BoxFuture<Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let answer = runtime::isolate(timeout, work).await;
    answer.unwrap_or_else(|failed| {
        Err(StoreError::new(match failed {
            CallFailed::Panicked => "it panicked".to_owned(),
            CallFailed::TimedOut => format!("it did not answer within {timeout:?}"),
        }))
    })
}
