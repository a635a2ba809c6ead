//! Questions to a store: while it hangs, most of them fail at once.

use std::sync::Arc;
use std::time::Duration;

use relying_party::BoxFuture;

use super::StoreError;
use super::call::call;
use crate::circuit_breaker::{
    CallOutcome, CircuitBreaker, CircuitChange, CircuitRules, ProbeAdmission,
};
use crate::log_limit::{LogLimiter, limited};
use crate::runtime::Instant;

/// A store answers within a few milliseconds. A failure that took longer than this delayed its request, and one that
/// came sooner did not: then the store is asked again, so that the next request notices that it is back.
const SLOW_FAILURE: Duration = Duration::from_millis(100);

/// One slow answer may be an accident. Until so many questions in a row have failed slowly, each of them waits.
const SLOW_FAILURES: u32 = 3;

/// The time between two tries of a store that hangs. At the latest after this time, its return is noticed.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks one store of the application, whose `name` is that of its setting.
pub(crate) struct Questions {
    timeout: Duration,
    circuit: Arc<CircuitBreaker>,
}

struct Report {
    name: &'static str,
    timeout: Duration,
    log: Arc<LogLimiter>,
}

impl Questions {
    pub(crate) fn new(name: &'static str, timeout: Duration, log: Arc<LogLimiter>) -> Self {
        let report = Report { name, timeout, log };
        let rules = CircuitRules {
            slow_after: SLOW_FAILURE.min(timeout),
            opens_after: SLOW_FAILURES,
            max_probes: 1,
            pause: PAUSE,
        };
        let circuit = CircuitBreaker::new(rules, move |change| report.write(change));
        Self {
            timeout,
            circuit: Arc::new(circuit),
        }
    }

    /// What the store answers, for which the caller waits at most for the time limit, and not at all while the store
    /// hangs.
    pub(crate) async fn ask<T>(
        &self,
        question: impl FnOnce() -> BoxFuture<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let _probe = match self.circuit.admit() {
            ProbeAdmission::Closed => None,
            ProbeAdmission::Probe(probe) => Some(probe),
            ProbeAdmission::Skipped => {
                return Err(StoreError::new(format!(
                    "it is not asked, because it did not answer {SLOW_FAILURES} times in a row; one request in \
                     {PAUSE:?} tries it"
                )));
            }
        };
        let mut waiting = Waiting {
            questions: self,
            began: Instant::now(),
            has_ended: false,
        };
        let answer = call(self.timeout, question).await;
        waiting.has_ended = true;
        match &answer {
            Ok(_) => self.circuit.answered(),
            Err(_) => self.circuit.failed(CallOutcome::Unreachable, waiting.began),
        }
        answer
    }
}

/// A question in flight. If its caller leaves after half of the time limit, it counts as a slow failure: where all
/// callers wait for less than the time limit, nothing else shows that the store hangs.
struct Waiting<'a> {
    questions: &'a Questions,
    began: Instant,
    has_ended: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Questions { timeout, circuit } = self.questions;
        if !self.has_ended && self.began.elapsed().saturating_mul(2) >= *timeout {
            circuit.failed(CallOutcome::Unreachable, self.began);
        }
    }
}

impl Report {
    fn write(&self, change: CircuitChange) {
        let (store, store_timeout) = (self.name, self.timeout);
        match change {
            CircuitChange::Opened => limited!(
                warn,
                self,
                (self.name, "paused"),
                store,
                ?store_timeout,
                "a store did not answer {SLOW_FAILURES} times in a row: until it does, one request in {PAUSE:?} \
                 waits for it, at most for the store_timeout, and all others fail at once"
            ),
            CircuitChange::Closed => limited!(
                info,
                self,
                (self.name, "answers"),
                store,
                "the store answers again: all requests ask it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::format::time::UnixMillis;
    use crate::runtime::sleep;

    const TIMEOUT: Duration = Duration::from_secs(2);

    fn questions() -> Questions {
        let clock = Arc::new(ManualClock::at(UnixMillis(1_795_000_000_000)));
        let log = Arc::new(LogLimiter::new(clock));
        Questions::new("session_store", TIMEOUT, log)
    }

    /// How long a question took, and whether the store was asked.
    async fn asked(
        questions: &Questions,
        answer: BoxFuture<Result<(), StoreError>>,
    ) -> (Duration, bool) {
        let before = Instant::now();
        let mut is_asked = false;
        let _ = questions
            .ask(|| {
                is_asked = true;
                answer
            })
            .await;
        (before.elapsed(), is_asked)
    }

    async fn hang(questions: &Questions) -> (Duration, bool) {
        asked(questions, Box::pin(pending())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_asked_three_times_and_then_once_in_five_seconds() {
        let questions = questions();
        for _ in 0..3 {
            assert_eq!(hang(&questions).await, (TIMEOUT, true));
        }

        for _ in 0..3 {
            assert_eq!(hang(&questions).await, (Duration::ZERO, false));
            sleep(PAUSE).await;
            let (probe, other) = tokio::join!(hang(&questions), hang(&questions));
            assert_eq!(probe, (TIMEOUT, true));
            assert_eq!(other, (Duration::ZERO, false));
            // The pause began with the probe, so it lasts for another millisecond.
            sleep(Duration::from_millis(2_999)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_answers_the_probe_is_asked_by_all() {
        let questions = questions();
        for _ in 0..3 {
            hang(&questions).await;
        }
        sleep(PAUSE).await;

        for _ in 0..10 {
            let answer = Box::pin(ready(Ok(())));
            assert_eq!(asked(&questions, answer).await, (Duration::ZERO, true));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_refuses_at_once_is_always_asked() {
        let questions = questions();

        for _ in 0..10 {
            let refusal = Box::pin(ready(Err(StoreError::new("down"))));
            assert_eq!(asked(&questions, refusal).await, (Duration::ZERO, true));
        }
    }

    /// A proxy may wait for less than `store_timeout`.
    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_noticed_although_all_callers_leave_before_the_time_limit() {
        for (patience, is_asked_again) in [(TIMEOUT / 2, false), (TIMEOUT / 4, true)] {
            let questions = questions();
            for _ in 0..3 {
                let left = crate::runtime::timeout(patience, hang(&questions)).await;
                assert_eq!(left, None);
            }

            assert_eq!(hang(&questions).await.1, is_asked_again, "{patience:?}");
        }
    }

    /// A client of a store may have a shorter time limit than `store_timeout`.
    #[tokio::test(start_paused = true)]
    async fn a_failure_after_a_second_counts_as_no_answer() {
        let questions = questions();
        let second = Duration::from_secs(1);

        for _ in 0..3 {
            let refusal = Box::pin(async move {
                sleep(second).await;
                Err(StoreError::new("its client gave up"))
            });
            assert_eq!(asked(&questions, refusal).await, (second, true));
        }

        assert_eq!(hang(&questions).await, (Duration::ZERO, false));
    }
}
