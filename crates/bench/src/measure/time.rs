//! Time, in rounds: each round repeats every operation for some milliseconds, so that a slower phase of the
//! computer meets all of them alike. The lowest round is the time without disturbance, the median the usual
//! one.

use std::time::{Duration, Instant};

use super::Operation;

/// How many rounds.
pub(crate) const ROUNDS: usize = 15;

/// How long a round repeats one operation.
const SLICE: Duration = Duration::from_millis(6);

/// Nanoseconds of one repetition.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    /// Of each round, in ascending order.
    sorted: Vec<f64>,
}

impl Times {
    pub(crate) fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        Self { sorted: rounds }
    }

    pub(crate) fn lowest(&self) -> f64 {
        self.sorted[0]
    }

    pub(crate) fn median(&self) -> f64 {
        self.sorted[self.sorted.len() / 2]
    }

    pub(crate) fn quartiles(&self) -> (f64, f64) {
        let quarter = self.sorted.len() / 4;
        (
            self.sorted[quarter],
            self.sorted[self.sorted.len() - 1 - quarter],
        )
    }
}

/// The times of these operations, in their order.
pub(crate) fn interleaved(operations: &mut [Operation]) -> Vec<Times> {
    let repetitions: Vec<_> = operations.iter_mut().map(repetitions).collect();
    let mut rounds = vec![Vec::new(); operations.len()];
    for _ in 0..ROUNDS {
        for (at, operation) in operations.iter_mut().enumerate() {
            rounds[at].push(time(operation, repetitions[at]));
        }
    }
    rounds.into_iter().map(Times::of).collect()
}

/// How often an operation fits into a round. Finding out warms it up.
fn repetitions(operation: &mut Operation) -> u32 {
    let mut repetitions = 16;
    loop {
        let spent = time(operation, repetitions) * f64::from(repetitions);
        if spent * 4.0 >= SLICE.as_nanos() as f64 {
            let share = SLICE.as_nanos() as f64 / spent;
            return (f64::from(repetitions) * share).ceil().max(1.0) as u32;
        }
        repetitions *= 2;
    }
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn time(operation: &mut Operation, repetitions: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..repetitions {
        operation.run();
    }
    start.elapsed().as_nanos() as f64 / f64::from(repetitions)
}
