//! A circuit breaker: a provider that hangs must not delay requests that can continue without it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::runtime::{self, Instant};

/// A token request takes some tenths of a second. One that takes longer than this opens the circuit. While
/// it is open, no caller whose refresh is optional waits for longer than this.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// How many optional refreshes may be in flight while the circuit is open. Enough to notice at once that
/// the provider answers again, or answers all but one request; few enough that a provider that hangs
/// delays only a few users.
const MAX_PROBES: usize = 16;

/// Whether the token requests to one provider hang. All sessions share this state, so an outage delays only
/// a few requests.
#[derive(Default)]
pub(crate) struct CircuitBreaker(Mutex<State>);

#[derive(Default)]
struct State {
    answered_at: Option<Instant>,
    is_open: bool,
    probes: usize,
}

/// What a failed request says about the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// Our queue was full, or we had no credentials, which says nothing about the provider.
    NotSent,
    /// The connection failed, or no response came in time.
    Unreachable,
    /// The provider responded; an error counts too.
    Answered,
}

/// Whether an optional refresh may start.
pub(crate) enum ProbeAdmission {
    /// The circuit is closed: any refresh may start.
    Closed,
    /// The circuit is open, and this refresh tests whether the provider responds again.
    Probe(Probe),
    /// The circuit is open and enough probes are running; skip this refresh.
    Skipped,
}

/// A refresh counts as a probe until this is dropped.
pub(crate) struct Probe(Arc<CircuitBreaker>);

impl CircuitBreaker {
    /// Waits until a token request ends. If it takes too long while the provider responds to no other
    /// request, the circuit opens. The next response to any request closes it.
    ///
    /// The time starts when `sent` completes: time in our queue is not the provider's fault.
    pub(crate) async fn call<T, E>(
        &self,
        sent: impl Future<Output = ()>,
        request: impl Future<Output = Result<T, E>>,
        outcome: impl Fn(&E) -> CallOutcome,
    ) -> Result<T, E> {
        let began = Instant::now();
        let is_slow = async {
            sent.await;
            runtime::sleep(SLOW_AFTER).await;
        };
        let (mut request, mut is_slow) = (pin!(request), pin!(is_slow));
        let in_time = poll_fn(|cx| match request.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => is_slow.as_mut().poll(cx).map(|()| None),
        });
        let answer = match in_time.await {
            Some(answer) => answer,
            None => {
                self.trip();
                request.await
            }
        };
        match &answer {
            Err(error) => self.failed(outcome(error), began),
            Ok(_) => self.close(),
        }
        answer
    }

    /// Records that a token request failed that started at `began`, or that the metadata and keys that it
    /// needs could not be fetched.
    pub(crate) fn failed(&self, outcome: CallOutcome, began: Instant) {
        match outcome {
            CallOutcome::NotSent => {}
            CallOutcome::Answered => self.close(),
            CallOutcome::Unreachable if began.elapsed() >= SLOW_AFTER => self.trip(),
            CallOutcome::Unreachable => {}
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Returns whether an optional refresh may start. While the circuit is open, a limited number may, as
    /// probes.
    pub(super) fn admit(self: &Arc<Self>) -> ProbeAdmission {
        let mut state = self.state();
        if !state.is_open {
            return ProbeAdmission::Closed;
        }
        if state.probes >= MAX_PROBES {
            return ProbeAdmission::Skipped;
        }
        state.probes = state.probes.saturating_add(1);
        ProbeAdmission::Probe(Probe(Arc::clone(self)))
    }

    /// Opens the circuit because a token request is slow, unless the provider answered another one within
    /// the last two seconds.
    fn trip(&self) {
        let now = Instant::now();
        let mut state = self.state();
        let is_busy = state
            .answered_at
            .is_some_and(|answered_at| now.duration_since(answered_at) < SLOW_AFTER);
        if is_busy || state.is_open {
            return;
        }
        state.is_open = true;
        drop(state);
        tracing::warn!(
            "the provider's token endpoint has not answered for 2 seconds: until it does, requests \
             that can continue without a new token hardly wait for it"
        );
    }

    fn close(&self) {
        let mut state = self.state();
        state.answered_at = Some(Instant::now());
        state.is_open = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.probes = state.probes.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const fn answered(_: &()) -> CallOutcome {
        CallOutcome::Answered
    }

    /// A request that is cancelled when it has hung for three seconds.
    async fn hang(circuit: &CircuitBreaker) {
        // The breaker alone is tested here, so a request counts as sent from the start.
        let request = circuit.call(ready(()), pending::<Result<(), ()>>(), answered);
        let given_up = runtime::timeout(Duration::from_secs(3), request).await;
        assert!(given_up.is_none());
    }

    async fn answered_after(circuit: &CircuitBreaker, seconds: u64) {
        let request = async {
            runtime::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        };
        let answer = circuit.call(ready(()), request, answered);
        answer.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_waits_in_our_own_queue_opens_no_circuit() {
        let circuit = CircuitBreaker::default();

        let request = circuit.call(pending(), pending::<Result<(), ()>>(), answered);
        let given_up = runtime::timeout(Duration::from_secs(10), request).await;

        assert!(given_up.is_none());
        assert!(!circuit.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_closes_the_circuit_that_it_opened() {
        let circuit = CircuitBreaker::default();

        answered_after(&circuit, 3).await;

        assert!(!circuit.is_open());
    }

    /// Under load a request may wait at the provider while others are answered.
    #[tokio::test(start_paused = true)]
    async fn a_provider_that_answers_others_opens_no_circuit() {
        let circuit = CircuitBreaker::default();
        let others = async {
            for _ in 0..4 {
                answered_after(&circuit, 1).await;
            }
        };

        let queued = async {
            let queued = circuit.call(ready(()), pending::<Result<(), ()>>(), answered);
            let _ = runtime::timeout(Duration::from_millis(2_500), queued).await;
            assert!(!circuit.is_open());
        };

        tokio::join!(others, queued);
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_circuit_admits_sixteen_probes_at_a_time_until_one_is_answered() {
        let circuit = Arc::new(CircuitBreaker::default());
        assert!(matches!(circuit.admit(), ProbeAdmission::Closed));
        hang(&circuit).await;

        let mut probes: Vec<_> = (0..MAX_PROBES).map(|_| circuit.admit()).collect();
        assert!(
            probes
                .iter()
                .all(|it| matches!(it, ProbeAdmission::Probe(_)))
        );
        assert!(matches!(circuit.admit(), ProbeAdmission::Skipped));
        probes.pop();
        assert!(matches!(circuit.admit(), ProbeAdmission::Probe(_)));
        answered_after(&circuit, 1).await;

        assert!(matches!(circuit.admit(), ProbeAdmission::Closed));
    }
}
