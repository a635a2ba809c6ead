//! `check`: fails if a request needs more instructions or allocations, or a session more bytes, than the limits
//! in a file allow. Times are not compared: they depend on what else the computer does.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::cookies::{self, Cost};
use crate::measure::{instructions, processor_features};
use crate::{fixture, sizes};

/// What requests and sessions need.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Limits {
    /// What the file is, for its readers.
    note: String,
    /// How many percent more instructions than the limit are allowed: the seeds of hash tables, the C library and
    /// another version of the compiler change them a little. Allocations and bytes are exact.
    instructions_margin_percent: u64,
    /// The processor that valgrind showed when instructions were counted. They are not compared with those of
    /// another one, which takes other ways through the cryptography.
    processor: String,
    /// Beyond the same request without a layer, one cookie secret, no other cookies.
    instructions: BTreeMap<String, u64>,
    allocations: BTreeMap<String, u64>,
    /// Bytes of the cookies of a session.
    bytes: BTreeMap<String, u64>,
}

const NOTE: &str = "The largest numbers that .ci/check-performance allows; `.ci/check-performance --write` writes them \
    anew. Instructions and allocations are those of a request beyond the handler alone, bytes those of a session's \
    cookies. The processor is the one that valgrind shows, which has no SHA instructions.";

/// Compares with the file of `--limits=FILE`, or writes it with `--write`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let file = arguments.value("--limits");
    let file = file.ok_or("--limits=FILE is missing")?;
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let limits: Limits = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let margin = limits.instructions_margin_percent;
    let measured = measure(arguments, margin)?;
    if arguments.has("--write") {
        let text = format!("{:#}\n", serde_json::json!(measured));
        let written = fs::write(file, text);
        written.map_err(|error| format!("cannot write {file}: {error}"))?;
        return Ok(format!("{file} is written\n"));
    }
    let exceeded = compare(&measured, &limits);
    if !exceeded.is_empty() {
        return Err(format!(
            "more than {file} allows (if that is intended, run the command again with --write):\n{}",
            exceeded.join("\n")
        ));
    }
    let (theirs, ours) = (&limits.processor, &measured.processor);
    if theirs != ours {
        return Ok(format!(
            "allocations and bytes are within their limits; instructions are not compared, because the limits \
             are for {theirs}, and valgrind shows {ours} here\n"
        ));
    }
    Ok(format!(
        "every request and session is within its limits; of instructions, {margin} % more are allowed\n"
    ))
}

fn measure(arguments: &Arguments, margin: u64) -> Result<Limits, String> {
    let arguments = arguments.with(&["--quick", "--instructions"]);
    let costs = cookies::measure(&arguments)?;
    let beyond = |of: fn(&Cost) -> u64| -> Result<BTreeMap<String, u64>, String> {
        let ours = costs.iter().filter(|it| it.is_ours());
        let beyond = |it: &Cost| {
            let bare = it.bare(&costs).map(of);
            let beyond = bare.and_then(|bare| of(it).checked_sub(bare));
            let beyond =
                beyond.ok_or_else(|| format!("{:?} costs less than nothing", it.request))?;
            Ok((it.request.clone(), beyond))
        };
        ours.map(beyond).collect()
    };
    let mut bytes = BTreeMap::new();
    for file in arguments.files()? {
        for fixture in fixture::read(file)? {
            let size = sizes::measure(&fixture);
            bytes.insert(size.name, size.bytes as u64);
        }
    }
    Ok(Limits {
        note: NOTE.to_owned(),
        instructions_margin_percent: margin,
        processor: instructions::output(&[processor_features::COMMAND])?,
        instructions: beyond(|it| it.instructions.unwrap_or_default())?,
        allocations: beyond(|it| it.allocations)?,
        bytes,
    })
}

/// A line for each value over its limit or without one, and for each limit of something that is not measured.
fn compare(measured: &Limits, limits: &Limits) -> Vec<String> {
    let mut lines = Vec::new();
    if measured.processor == limits.processor {
        let margin = limits.instructions_margin_percent;
        let (ours, allowed) = (&measured.instructions, &limits.instructions);
        lines.extend(exceeded("instructions", ours, allowed, margin));
    }
    let (ours, allowed) = (&measured.allocations, &limits.allocations);
    lines.extend(exceeded("allocations", ours, allowed, 0));
    lines.extend(exceeded("bytes", &measured.bytes, &limits.bytes, 0));
    lines
}

fn exceeded(
    what: &str,
    measured: &BTreeMap<String, u64>,
    limits: &BTreeMap<String, u64>,
    margin: u64,
) -> Vec<String> {
    let over = measured
        .iter()
        .filter_map(|(name, &value)| match limits.get(name) {
            Some(&limit) if value * 100 <= limit * (100 + margin) => None,
            Some(limit) => Some(format!("  {name}: {value} {what}, the limit is {limit}")),
            None => Some(format!("  {name}: {value} {what}, there is no limit")),
        });
    let gone = limits.keys().filter(|name| !measured.contains_key(*name));
    let gone =
        gone.map(|name| format!("  {name}: there is a limit of {what}, but it is not measured"));
    over.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("sub".to_owned(), value)])
    }

    fn count(value: u64, limit: u64, margin: u64) -> usize {
        exceeded("bytes", &map(value), &map(limit), margin).len()
    }

    #[test]
    fn a_value_may_exceed_its_limit_by_the_margin_alone() {
        assert_eq!(count(100, 100, 0), 0);
        assert_eq!(count(101, 100, 0), 1);
        assert_eq!(count(106, 100, 6), 0);
        assert_eq!(count(107, 100, 6), 1);
    }

    #[test]
    fn a_value_without_a_limit_is_reported() {
        let lines = exceeded("bytes", &map(1), &BTreeMap::new(), 6);

        assert_eq!(lines, ["  sub: 1 bytes, there is no limit"]);
    }

    #[test]
    fn a_limit_of_something_that_is_not_measured_is_reported() {
        let lines = exceeded("bytes", &BTreeMap::new(), &map(1), 6);

        assert_eq!(
            lines,
            ["  sub: there is a limit of bytes, but it is not measured"]
        );
    }

    #[test]
    fn instructions_of_another_processor_are_not_compared() {
        let limits = |processor: &str, value| Limits {
            processor: processor.to_owned(),
            instructions: map(value),
            allocations: map(value),
            ..Limits::default()
        };
        let measured = limits("x86_64 with avx2", 2);

        assert_eq!(compare(&measured, &limits("x86_64 with avx2", 1)).len(), 2);
        assert_eq!(
            compare(&measured, &limits("x86_64", 1)),
            ["  sub: 2 allocations, the limit is 1"]
        );
    }
}
