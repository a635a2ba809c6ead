//! Questions to a store: while it hangs, most of them fail at once.

use std::sync::Arc;
use std::time::Duration;

use relying_party::BoxFuture;

use super::StoreError;
use super::call::call;
use crate::circuit_breaker::{
    CallOutcome, CircuitBreaker, CircuitChange, CircuitRules, Probe, ProbeAdmission,
};
use crate::log_limit::{LogLimiter, limited};
use crate::runtime::Instant;

/// A failure that took longer than this part of the time limit is slow. One that came sooner did not delay its request
/// much, and may be an answer: of a store far away that found a damaged record, for example.
const SLOW_PART: u32 = 4;

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
            slow_after: timeout.checked_div(SLOW_PART).unwrap_or(timeout),
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
        let probe = match self.circuit.admit() {
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
            circuit: &self.circuit,
            began: Instant::now(),
            probe,
            has_ended: false,
        };
        let answer = call(self.timeout, question).await;
        waiting.end();
        match &answer {
            Ok(_) => self.circuit.answered(),
            Err(_) => self.circuit.failed(CallOutcome::Unreachable, waiting.began),
        }
        answer
    }
}

/// A question in flight. If its caller leaves late, it counts as a slow failure: where all callers wait for less than
/// the time limit, nothing else shows that the store hangs.
struct Waiting<'a> {
    circuit: &'a CircuitBreaker,
    began: Instant,
    probe: Option<Probe>,
    has_ended: bool,
}

impl Waiting<'_> {
    const fn end(&mut self) {
        self.has_ended = true;
        if let Some(probe) = &mut self.probe {
            probe.has_outcome();
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.has_ended && self.circuit.is_slow(self.began) {
            self.circuit.failed(CallOutcome::Unreachable, self.began);
            self.end();
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

    /// The same for a question that fails after this time.
    async fn fail(questions: &Questions, after: Duration) -> (Duration, bool) {
        let failure = async move {
            sleep(after).await;
            Err(StoreError::new("failed"))
        };
        asked(questions, Box::pin(failure)).await
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
        for (patience, is_asked_again) in [(TIMEOUT / 4, false), (TIMEOUT / 5, true)] {
            let questions = questions();
            for _ in 0..3 {
                let left = crate::runtime::timeout(patience, hang(&questions)).await;
                assert_eq!(left, None);
            }

            assert_eq!(hang(&questions).await.1, is_asked_again, "{patience:?}");
        }
    }

    /// Anyone with a session can send requests and leave at once.
    #[tokio::test(start_paused = true)]
    async fn callers_that_leave_at_once_do_not_use_up_the_probes() {
        let questions = questions();
        for _ in 0..3 {
            hang(&questions).await;
        }
        sleep(PAUSE).await;
        for _ in 0..10 {
            let moment = Duration::from_millis(1);
            let left = crate::runtime::timeout(moment, hang(&questions)).await;
            assert_eq!(left, None);
        }

        let answer = Box::pin(ready(Ok(())));
        assert_eq!(asked(&questions, answer).await, (Duration::ZERO, true));
        assert!(!questions.circuit.is_open());
    }

    /// One record may be damaged, in a store that is far away.
    #[tokio::test(start_paused = true)]
    async fn a_store_that_refuses_within_a_moment_is_always_asked() {
        let questions = questions();
        let moment = Duration::from_millis(400);

        for _ in 0..10 {
            assert_eq!(fail(&questions, moment).await, (moment, true));
        }
    }

    /// A client of a store may have a shorter time limit than `store_timeout`.
    #[tokio::test(start_paused = true)]
    async fn a_failure_after_a_second_counts_as_no_answer() {
        let questions = questions();
        let second = Duration::from_secs(1);

        for _ in 0..3 {
            assert_eq!(fail(&questions, second).await, (second, true));
        }

        assert_eq!(hang(&questions).await, (Duration::ZERO, false));
    }
}
