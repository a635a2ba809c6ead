//! What an operation allocates. The second program counts it, in which every allocation takes longer.

use std::env;
use std::fmt::Debug;
use std::process::Command;

/// Counts what an operation allocates.
pub type Counter = fn(&mut dyn FnMut()) -> Allocated;

/// What an operation allocated.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Allocated {
    /// The number of allocations.
    pub count: u64,
    /// The bytes of all of them.
    pub bytes: u64,
    /// The bytes that were not freed. Less than zero if more was freed than allocated.
    pub kept: i64,
}

impl Allocated {
    /// Number of allocations, bytes of all of them, and bytes that are kept.
    #[must_use]
    pub const fn new(count: u64, bytes: u64, kept: i64) -> Self {
        Self { count, bytes, kept }
    }
}

/// The name of the second program, which stands beside the first one.
const PROGRAM: &str = "tower-oidc-bench-allocations";

/// The counter of this program, for the commands of the second one.
pub(crate) fn own(counter: Option<Counter>) -> Result<Counter, String> {
    counter.ok_or_else(|| format!("this is a command of {PROGRAM}"))
}

/// The numbers that the second program prints for these arguments.
pub(crate) fn counted<const N: usize>(arguments: &[String]) -> Result<[i64; N], String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let program = program.with_file_name(PROGRAM);
    let output = Command::new(&program).args(arguments).output();
    let output = output.map_err(|error| {
        let program = program.display();
        format!("cannot start {program}, is it built? `cargo run` does not: {error}")
    })?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    numbers(&String::from_utf8_lossy(&output.stdout))
}

/// As the second program prints them.
pub(crate) fn printed<T: Debug + ToString>(numbers: &[T]) -> String {
    let numbers: Vec<_> = numbers.iter().map(T::to_string).collect();
    numbers.join(" ")
}

fn numbers<const N: usize>(text: &str) -> Result<[i64; N], String> {
    let numbers = text.split_whitespace().map(str::parse);
    let numbers: Result<Vec<_>, _> = numbers.collect();
    let numbers = numbers.ok().and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("{PROGRAM} printed {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_printed() {
        assert_eq!(numbers::<2>(&printed(&[12, -3])), Ok([12, -3]));
        assert!(numbers::<3>("1 2").is_err());
    }
}
