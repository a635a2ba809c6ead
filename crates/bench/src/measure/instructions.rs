//! Instructions, counted by valgrind's callgrind: this program runs again under it, twice for each operation,
//! with a different number of repetitions. The difference is free of what happens once.
//!
//! The processor that valgrind shows has instructions for AES and carry-less multiplication, and none for
//! SHA-256: a real one that has them needs less for the derivation of keys.

use std::env;
use std::process::{Command, Output};
use std::thread;

/// The two numbers of repetitions.
const FEW: u64 = 40;
const MANY: u64 = 240;

/// Instructions of one repetition of each operation. `arguments` makes the program's arguments for the
/// operation of that number and a number of repetitions.
pub(crate) fn count(
    operations: usize,
    arguments: impl Fn(usize, u64) -> Vec<String> + Sync,
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
                    let one = |&at: &usize| {
                        let few = collected(&arguments(at, FEW))?;
                        let many = collected(&arguments(at, MANY))?;
                        Ok(many.saturating_sub(few) / (MANY - FEW))
                    };
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
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot start valgrind, is it installed? {error}"))?;
    sum(&output).ok_or_else(|| {
        let text = String::from_utf8_lossy(&output.stderr);
        format!("valgrind did not count {arguments:?}: {text}")
    })
}

/// What callgrind says: `Collected : 1234`.
fn sum(output: &Output) -> Option<u64> {
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let (_, number) = text.rsplit_once("Collected :")?;
    number.split_whitespace().next()?.parse().ok()
}
