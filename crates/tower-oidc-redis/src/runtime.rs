//! The runtime's tasks and timers.

use std::time::Duration;

pub(crate) use tokio::time::Instant;

/// The future's result; `None` if the time comes first.
pub(crate) async fn until<T>(deadline: Instant, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout_at(deadline, future).await.ok()
}

/// The time after this duration, or one that is far away if it is too long to be represented.
pub(crate) fn after(duration: Duration) -> Instant {
    const FAR_AWAY: Duration = Duration::from_secs(24 * 3600);
    let now = Instant::now();
    now.checked_add(duration)
        .or_else(|| now.checked_add(FAR_AWAY))
        .unwrap_or(now)
}

pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}
