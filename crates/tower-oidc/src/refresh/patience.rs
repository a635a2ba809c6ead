//! A provider that neither answers nor refuses must not hold up requests that can do without it.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::shared::Shared;
use crate::time::UnixMillis;

/// A token request takes some tenths of a second.
const NOTICED_AFTER: Duration = Duration::from_secs(2);

/// How long nobody asks who need not. The first who asks again may wait as long as the HTTP client
/// does.
const SPARED_FOR: Duration = Duration::from_secs(30);

/// Whether token requests hang. One that hangs is known to all sessions, so that each outage costs a
/// few of them their time, and not all.
#[derive(Default)]
pub(super) struct Patience {
    /// In milliseconds since the Unix epoch.
    lost_until: AtomicU64,
}

impl Patience {
    /// Waits for a token request to the end: on a machine that is frozen after its response, what is
    /// not awaited is lost. What takes too long is told to those who come meanwhile.
    pub(super) async fn during<T>(&self, shared: &Shared, request: impl Future<Output = T>) -> T {
        let mut request = pin!(request);
        let in_time = tokio::time::timeout(NOTICED_AFTER, request.as_mut()).await;
        if let Ok(answer) = in_time {
            self.lost_until.store(0, Ordering::Release);
            return answer;
        }
        tracing::warn!(
            "the provider does not answer: only requests that need a new token ask it for now"
        );
        self.lose(shared.now());
        let answer = request.await;
        self.lose(shared.now());
        answer
    }

    pub(super) fn is_lost(&self, now: UnixMillis) -> bool {
        now < UnixMillis(self.lost_until.load(Ordering::Acquire))
    }

    fn lose(&self, now: UnixMillis) {
        self.lost_until
            .store(now.plus(SPARED_FOR).0, Ordering::Release);
    }
}
