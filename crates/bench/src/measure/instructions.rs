//! Instructions, counted by valgrind's callgrind: this program runs again under it for each operation. Counted is
//! what [`counted_requests`] does, and nothing before it.
//!
//! Valgrind shows the program a processor that it can imitate: with instructions for AES, carry-less
//! multiplication and AVX2, if the real one has them, and never with those for SHA-256, vectors of AES or AVX-512.
//! So the numbers are the same on all newer processors. A real one that has SHA instructions needs less for the
//! derivation of keys.

use std::env;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use super::Operation;

/// How often an operation is repeated. The seeds of hash tables are not the same in each.
pub(crate) const REPETITIONS: u64 = 100;

/// Repeats an operation. Its name is what callgrind looks for.
#[inline(never)]
pub(crate) fn counted_requests(operation: &mut Operation, repetitions: usize) {
    for _ in 0..repetitions {
        operation.run();
    }
}

/// Instructions of one repetition of each operation. `arguments` makes the program's arguments for the
/// operation of that number.
pub(crate) fn count(
    operations: usize,
    arguments: impl Fn(usize) -> Vec<String> + Sync,
) -> Result<Vec<u64>, String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let part = operations.div_ceil(threads).max(1);
    let numbers: Vec<_> = (0..operations).collect();
    thread::scope(|scope| {
        let counted: Vec<_> = numbers
            .chunks(part)
            .map(|part| {
                let arguments = &arguments;
                scope.spawn(move || {
                    let one = |&at: &usize| Ok(collected(&arguments(at))? / REPETITIONS);
                    part.iter().map(one).collect::<Result<Vec<_>, String>>()
                })
            })
            .collect();
        let parts = counted.into_iter().map(|it| it.join().expect("no panic"));
        Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
    })
}

/// The instructions of one run of this program.
fn collected(arguments: &[String]) -> Result<u64, String> {
    let output = run(arguments)?;
    sum(&output).ok_or_else(|| {
        let text = String::from_utf8_lossy(&output.stderr);
        format!("valgrind did not count {arguments:?}: {text}")
    })
}

/// What this program prints when valgrind runs it.
pub(crate) fn output(arguments: &[&str]) -> Result<String, String> {
    let output = run(&arguments
        .iter()
        .map(|&it| it.to_owned())
        .collect::<Vec<_>>())?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// Writes callgrind's profile of a run of this program to a file.
pub(crate) fn profile(arguments: &[String], file: &Path) -> Result<(), String> {
    let output = run_to(arguments, file)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn run(arguments: &[String]) -> Result<Output, String> {
    run_to(arguments, Path::new("/dev/null"))
}

fn run_to(arguments: &[String], file: &Path) -> Result<Output, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg("--toggle-collect=*counted_requests*")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot start valgrind, is it installed? {error}"))
}

/// What callgrind says: `Collected : 1234`.
fn sum(output: &Output) -> Option<u64> {
    if !output.status.success() {
        return None;
    }
    counted(&String::from_utf8_lossy(&output.stderr))
}

fn counted(text: &str) -> Option<u64> {
    let (_, number) = text.rsplit_once("Collected :")?;
    let number = number.split_whitespace().next()?.parse().ok()?;
    // Nothing is collected if the function is not found by its name.
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn the_number_is_what_callgrind_collected() {
        let text = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";

        assert_eq!(counted(text), Some(1_234_567));
        assert_eq!(counted("==7== Events    : Ir\n"), None);
        assert_eq!(counted("==7== Collected : 0\n"), None);
    }
}
