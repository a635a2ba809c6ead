//! Calls code of the application's so that its faults stay its own.

use std::time::Duration;

use relying_party::BoxFuture;

/// Why foreign code gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    Panicked,
    NotInTime,
}

/// Waits for `work` in a task of its own, and not for longer than `patience`: a panic ends that task
/// and nothing else, whether it comes before or while the future is awaited.
pub(crate) async fn call<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> BoxFuture<T> + Send + 'static,
) -> Result<T, NoAnswer> {
    let mut task = tokio::spawn(async move { work().await });
    match tokio::time::timeout(patience, &mut task).await {
        Ok(answer) => answer.map_err(|_| NoAnswer::Panicked),
        Err(_) => {
            task.abort();
            Err(NoAnswer::NotInTime)
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn foreign_code_that_hangs_is_left_after_its_time() {
        let before = Instant::now();
        let patience = Duration::from_secs(22);

        let answer = call::<()>(patience, || Box::pin(std::future::pending())).await;

        assert_eq!(answer, Err(NoAnswer::NotInTime));
        assert_eq!(before.elapsed(), patience);
    }
}
