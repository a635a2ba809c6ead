//! Calls a hook, and logs which one failed and why.

use std::error::Error;
use std::time::Duration;

use relying_party::BoxFuture;

use crate::log_limit::{LogLimiter, limited};
use crate::runtime::{self, CallFailed};

/// Any error of the application; `?` converts other errors into it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// How long a hook may take. This is longer than a database query takes, and short enough that browsers wait
/// and that the lock of a [`RefreshCoordinator`](crate::RefreshCoordinator) does not expire.
const HOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// How many characters of a hook's error the log shows.
const MAX_SHOWN: usize = 200;

/// A hook returned an error or a result that is not allowed, panicked, or took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HookFailed;

/// A call of the hook with this setting's name. Its log lines are limited: while a database of the application
/// is down, every sign-in and every refresh would write one.
#[derive(Clone, Copy)]
pub(crate) struct HookCall<'a> {
    pub(crate) name: &'static str,
    pub(crate) log: &'a LogLimiter,
}

impl HookCall<'_> {
    /// Waits for the hook. If it fails, logs which hook it was and why.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        hook: impl FnOnce() -> BoxFuture<Result<T, BoxError>> + Send + 'static,
    ) -> Result<T, HookFailed> {
        let key = ("hook", self.name);
        // The application's code makes the error's text, too. If it panicked outside of `isolate`, a
        // refresh would end although its token request was answered.
        let work = move || -> BoxFuture<Result<T, String>> {
            let answer = hook();
            Box::pin(async move { answer.await.map_err(|error| shown(&error)) })
        };
        match runtime::isolate(HOOK_TIMEOUT, work).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                limited!(error, self, key, hook = self.name, %error, "a hook returned an error");
            }
            // The text of a panic may contain secrets, so it is not logged.
            Err(CallFailed::Panicked) => {
                limited!(error, self, key, hook = self.name, "a hook panicked");
            }
            Err(CallFailed::TimedOut) => limited!(
                error,
                self,
                key,
                hook = self.name,
                seconds = HOOK_TIMEOUT.as_secs(),
                "a hook has not answered in time"
            ),
        }
        Err(HookFailed)
    }
}

/// The text of an error, without control characters, and cut if it is long.
fn shown(error: &BoxError) -> String {
    let text = error.to_string();
    text.escape_debug().take(MAX_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;

    use relying_party::SystemClock;

    use super::*;

    async fn call<T: Send + 'static>(
        hook: impl FnOnce() -> BoxFuture<Result<T, BoxError>> + Send + 'static,
    ) -> Result<T, HookFailed> {
        let log = &LogLimiter::new(Arc::new(SystemClock));
        HookCall { name: "test", log }.run(hook).await
    }

    #[tokio::test]
    async fn a_hook_that_panics_before_or_while_it_is_awaited_has_failed() {
        let at_once = call::<()>(|| panic!("for this test")).await;
        let later = call::<()>(|| Box::pin(async { panic!("for this test") })).await;

        assert_eq!((at_once, later), (Err(HookFailed), Err(HookFailed)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_does_not_answer_for_five_seconds_has_failed() {
        let never = call::<()>(|| Box::pin(pending())).await;
        let slow = call(|| {
            Box::pin(async {
                tokio::time::sleep(HOOK_TIMEOUT - Duration::from_millis(1)).await;
                Ok(1)
            })
        });

        assert_eq!(never, Err(HookFailed));
        assert_eq!(slow.await, Ok(1));
        assert_eq!(call(|| Box::pin(ready(Ok(2)))).await, Ok(2));
    }

    #[tokio::test]
    async fn a_hook_that_returns_an_error_has_failed() {
        let failed = call::<()>(|| Box::pin(ready(Err("no database".into()))));

        assert_eq!(failed.await, Err(HookFailed));
    }

    #[tokio::test]
    async fn a_hook_whose_error_panics_when_it_is_shown_has_failed() {
        #[derive(Debug)]
        struct Panics;

        impl std::fmt::Display for Panics {
            fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                panic!("for this test")
            }
        }

        impl Error for Panics {}

        let failed = call::<()>(|| Box::pin(ready(Err(Box::new(Panics) as _))));

        assert_eq!(failed.await, Err(HookFailed));
    }

    #[test]
    fn the_text_of_an_error_is_escaped_and_cut() {
        let long = format!("line\n\u{1b}[31m{}", "x".repeat(1_000));

        let shown = shown(&long.into());

        assert!(shown.starts_with(r"line\n\u{1b}[31mx"), "{shown}");
        assert_eq!(shown.chars().count(), MAX_SHOWN);
    }
}
