//! Calls a hook, and says of its faults which one it was.

use std::time::Duration;

use relying_party::BoxFuture;

use crate::runtime::{self, CallFailed};
use crate::sign_in::error::SignInError;

/// Longer than a look into a database takes, and short enough that a browser still waits and that
/// the lock of a [`RefreshCoordinator`](crate::RefreshCoordinator) holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A hook panicked, took too long, or answered what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HookFailed;

impl From<HookFailed> for SignInError {
    fn from(HookFailed: HookFailed) -> Self {
        Self::HookFailed
    }
}

/// Waits for the hook, and logs which one gave no answer.
pub(super) async fn call<T: Send + 'static>(
    name: &'static str,
    hook: impl FnOnce() -> BoxFuture<T> + Send + 'static,
) -> Result<T, HookFailed> {
    runtime::isolate(PATIENCE, hook).await.map_err(|error| {
        match error {
            // The text of a panic may hold anything, so it is not repeated here.
            CallFailed::Panicked => tracing::error!(hook = name, "a hook panicked"),
            CallFailed::TimedOut => {
                tracing::error!(hook = name, "a hook has not answered for five seconds");
            }
        }
        HookFailed
    })
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_hook_that_panics_before_or_while_it_is_awaited_has_failed() {
        let at_once = call::<()>("test", || panic!("for this test")).await;
        let later = call::<()>("test", || Box::pin(async { panic!("for this test") })).await;

        assert_eq!((at_once, later), (Err(HookFailed), Err(HookFailed)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_does_not_answer_for_five_seconds_has_failed() {
        let never = call::<()>("test", || Box::pin(pending())).await;
        let slow = call("test", || {
            Box::pin(async {
                tokio::time::sleep(PATIENCE - Duration::from_millis(1)).await;
                1
            })
        });

        assert_eq!(never, Err(HookFailed));
        assert_eq!(slow.await, Ok(1));
        assert_eq!(call("test", || Box::pin(ready(2))).await, Ok(2));
    }
}
