//! A provider that neither answers nor refuses must not hold up requests that can do without it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relying_party::{ErrorKind, RefreshError};
use tokio::time::Instant;

/// A token request takes some tenths of a second.
const NOTICED_AFTER: Duration = Duration::from_secs(2);

/// How long nobody asks who need not, but one in this time, who finds out.
const SPARED_FOR: Duration = Duration::from_secs(30);

/// Whether token requests hang. One that hangs is known to all sessions, so that an outage costs a
/// few of them their time, and not all.
#[derive(Default)]
pub(super) struct Patience(Mutex<State>);

#[derive(Default)]
struct State {
    answered_at: Option<Instant>,
    lost_until: Option<Instant>,
}

impl Patience {
    /// Waits for a token request to the end: on a machine that is frozen after its response, what is
    /// not awaited is lost. What takes too long is told to those who come meanwhile.
    pub(super) async fn during<T>(
        &self,
        request: impl Future<Output = Result<T, RefreshError>>,
    ) -> Result<T, RefreshError> {
        let mut request = pin!(request);
        let in_time = tokio::time::timeout(NOTICED_AFTER, request.as_mut()).await;
        let is_slow = in_time.is_err();
        if is_slow {
            self.notice();
        }
        let answer = match in_time {
            Ok(answer) => answer,
            Err(_) => request.await,
        };
        match &answer {
            Err(error) if error.kind() == ErrorKind::Transport => {
                if is_slow {
                    self.notice();
                }
            }
            _ => self.state().answered(),
        }
        answer
    }

    pub(super) fn is_lost(&self) -> bool {
        self.state().lost_until.is_some()
    }

    /// Whether a caller who can do without should not ask; lets one through now and then.
    pub(super) fn spares(&self) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        match state.lost_until {
            Some(until) if now < until => true,
            Some(_) => {
                state.lose(now);
                false
            }
            None => false,
        }
    }

    /// A token request is slow: it hangs, unless others are answered meanwhile.
    fn notice(&self) {
        let now = Instant::now();
        let mut state = self.state();
        let is_busy = state
            .answered_at
            .is_some_and(|answered_at| now.duration_since(answered_at) < NOTICED_AFTER);
        if !is_busy {
            state.lose(now);
            drop(state);
            tracing::warn!(
                "the provider does not answer: only requests that need a new token ask it for now"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose(&mut self, now: Instant) {
        self.lost_until = now.checked_add(SPARED_FOR);
    }

    fn answered(&mut self) {
        self.answered_at = Some(Instant::now());
        self.lost_until = None;
    }
}
