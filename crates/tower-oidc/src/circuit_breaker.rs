//! A circuit breaker: a server that hangs must not delay requests that can continue without it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::runtime::{self, Instant};

/// When a circuit opens, and which calls are made while it is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CircuitRules {
    /// A call that takes longer than this without an answer hangs.
    pub(crate) slow_after: Duration,
    /// How many calls have to hang, with no answer to another one in between.
    pub(crate) opens_after: u32,
    /// How many probes may be in flight while the circuit is open.
    pub(crate) max_probes: usize,
    /// How long after the opening, and after the beginning of each probe that had an outcome, the next probe may begin.
    pub(crate) pause: Duration,
}

/// What happened to a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CircuitChange {
    Opened,
    Closed,
}

/// Whether the calls of one server hang. All requests share this state, so an outage delays only a few of them.
pub(crate) struct CircuitBreaker {
    rules: CircuitRules,
    /// Writes the log.
    report: Box<dyn Fn(CircuitChange) + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    answered_at: Option<Instant>,
    is_open: bool,
    /// Calls that hung since the last answer, while the circuit is closed.
    hung: u32,
    probes: usize,
    next_probe_at: Option<Instant>,
}

/// What a failed call says about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// Our queue was full, or we had no credentials, which says nothing about the server.
    NotSent,
    /// The connection failed, or no response came in time.
    Unreachable,
    /// The server responded; an error counts too.
    Answered,
}

/// Whether an optional call may be made.
pub(crate) enum ProbeAdmission {
    /// The circuit is closed: any call may be made.
    Closed,
    /// The circuit is open, and this call tests whether the server responds again.
    Probe(Probe),
    /// The circuit is open, and it is not time for another probe; skip this call.
    Skipped,
}

/// A call counts as a probe until this is dropped.
pub(crate) struct Probe {
    circuit: Arc<CircuitBreaker>,
    has_outcome: bool,
}

impl Probe {
    /// The call showed whether the server responds. Otherwise the next call is a probe at once: callers that leave
    /// must not keep the circuit open.
    pub(crate) const fn has_outcome(&mut self) {
        self.has_outcome = true;
    }
}

impl CircuitBreaker {
    /// A closed circuit. `report` is called at each change, without a lock.
    pub(crate) fn new(
        rules: CircuitRules,
        report: impl Fn(CircuitChange) + Send + Sync + 'static,
    ) -> Self {
        Self {
            rules,
            report: Box::new(report),
            state: Mutex::default(),
        }
    }

    /// Waits until a call ends. If it takes too long while the server responds to no other
    /// one, it hangs. The next response to any call closes the circuit.
    ///
    /// The time starts when `sent` completes: time in our queue is not the server's fault.
    pub(crate) async fn call<T, E>(
        &self,
        sent: impl Future<Output = ()>,
        request: impl Future<Output = Result<T, E>>,
        outcome: impl Fn(&E) -> CallOutcome,
    ) -> Result<T, E> {
        let began = Instant::now();
        let is_slow = async {
            sent.await;
            runtime::sleep(self.rules.slow_after).await;
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
            Ok(_) => self.answered(),
        }
        answer
    }

    /// Records that a call failed that started at `began`, or something that it needs.
    pub(crate) fn failed(&self, outcome: CallOutcome, began: Instant) {
        match outcome {
            CallOutcome::NotSent => {}
            CallOutcome::Answered => self.answered(),
            CallOutcome::Unreachable if self.is_slow(began) => self.trip(),
            CallOutcome::Unreachable => {}
        }
    }

    /// Whether a call that began then hangs if it has no answer yet.
    pub(crate) fn is_slow(&self, began: Instant) -> bool {
        began.elapsed() >= self.rules.slow_after
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Returns whether an optional call may be made. While the circuit is open, a limited number may, as
    /// probes.
    pub(crate) fn admit(self: &Arc<Self>) -> ProbeAdmission {
        let now = Instant::now();
        let mut state = self.state();
        if !state.is_open {
            return ProbeAdmission::Closed;
        }
        let is_early = state.next_probe_at.is_some_and(|at| now < at);
        if is_early || state.probes >= self.rules.max_probes {
            return ProbeAdmission::Skipped;
        }
        state.probes = state.probes.saturating_add(1);
        state.next_probe_at = now.checked_add(self.rules.pause);
        ProbeAdmission::Probe(Probe {
            circuit: Arc::clone(self),
            has_outcome: false,
        })
    }

    /// Opens the circuit if enough calls hang, unless the server answered another one a moment ago.
    fn trip(&self) {
        let now = Instant::now();
        let mut state = self.state();
        let is_busy = state
            .answered_at
            .is_some_and(|answered_at| now.duration_since(answered_at) < self.rules.slow_after);
        if is_busy || state.is_open {
            return;
        }
        state.hung = state.hung.saturating_add(1);
        if state.hung < self.rules.opens_after {
            return;
        }
        state.is_open = true;
        state.next_probe_at = now.checked_add(self.rules.pause);
        drop(state);
        (self.report)(CircuitChange::Opened);
    }

    /// Records that the server answered a call, and closes the circuit.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.answered_at = Some(Instant::now());
        state.hung = 0;
        let was_open = std::mem::take(&mut state.is_open);
        drop(state);
        if was_open {
            (self.report)(CircuitChange::Closed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let mut state = self.circuit.state();
        state.probes = state.probes.saturating_sub(1);
        if !self.has_outcome {
            state.next_probe_at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const RULES: CircuitRules = CircuitRules {
        slow_after: Duration::from_secs(2),
        opens_after: 1,
        max_probes: 16,
        pause: Duration::ZERO,
    };

    fn circuit(rules: CircuitRules) -> Arc<CircuitBreaker> {
        Arc::new(CircuitBreaker::new(rules, |_| {}))
    }

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
        let circuit = circuit(RULES);

        let request = circuit.call(pending(), pending::<Result<(), ()>>(), answered);
        let given_up = runtime::timeout(Duration::from_secs(10), request).await;

        assert!(given_up.is_none());
        assert!(!circuit.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_closes_the_circuit_that_it_opened() {
        let circuit = circuit(RULES);

        answered_after(&circuit, 3).await;

        assert!(!circuit.is_open());
    }

    /// Under load a request may wait at the provider while others are answered.
    #[tokio::test(start_paused = true)]
    async fn a_provider_that_answers_others_opens_no_circuit() {
        let circuit = circuit(RULES);
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
        let circuit = circuit(RULES);
        assert!(matches!(circuit.admit(), ProbeAdmission::Closed));
        hang(&circuit).await;

        let mut probes: Vec<_> = (0..RULES.max_probes).map(|_| circuit.admit()).collect();
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

    #[tokio::test(start_paused = true)]
    async fn with_a_pause_one_probe_at_a_time_begins_and_never_before_the_pause_is_over() {
        let pause = Duration::from_secs(5);
        let circuit = circuit(CircuitRules {
            max_probes: 1,
            pause,
            ..RULES
        });
        hang(&circuit).await;
        assert!(circuit.is_open());
        let almost = Duration::from_millis(1);

        // It opened one second ago.
        runtime::sleep(pause - Duration::from_secs(1) - almost).await;
        assert!(matches!(circuit.admit(), ProbeAdmission::Skipped));
        runtime::sleep(almost).await;
        let probe = circuit.admit();
        assert!(matches!(probe, ProbeAdmission::Probe(_)));
        runtime::sleep(pause).await;
        assert!(matches!(circuit.admit(), ProbeAdmission::Skipped));
        // Its caller left, so nobody knows whether the server answers.
        drop(probe);
        let ProbeAdmission::Probe(mut probe) = circuit.admit() else {
            panic!("the next call is a probe");
        };
        probe.has_outcome();
        drop(probe);
        assert!(matches!(circuit.admit(), ProbeAdmission::Skipped));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_hang_open_the_circuit_only_if_none_between_them_is_answered() {
        let changes = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&changes);
        let rules = CircuitRules {
            opens_after: 2,
            ..RULES
        };
        let circuit = CircuitBreaker::new(rules, move |change| seen.lock().unwrap().push(change));

        hang(&circuit).await;
        answered_after(&circuit, 1).await;
        hang(&circuit).await;
        assert!(!circuit.is_open());
        hang(&circuit).await;
        assert!(circuit.is_open());
        answered_after(&circuit, 1).await;

        let expected = [CircuitChange::Opened, CircuitChange::Closed];
        assert_eq!(*changes.lock().unwrap(), expected);
    }
}
