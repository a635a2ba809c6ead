//! `check`: fails if a request needs more instructions or allocations, or a session more bytes, than the limits
//! in a file allow. Times are not compared: they depend on what else the computer does.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::cookies::{self, Cost};
use crate::{fixture, sizes};

/// How many percent more instructions than the limit are allowed: the seeds of hash tables and another version
/// of the compiler change them a little. Allocations and bytes are exact.
const MARGIN: u64 = 6;

/// What requests and sessions need.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Limits {
    /// Beyond the same request without a layer, one cookie secret, no other cookies.
    instructions: BTreeMap<String, u64>,
    allocations: BTreeMap<String, u64>,
    /// Bytes of the cookies of a session.
    bytes: BTreeMap<String, u64>,
}

/// Compares with the file of `--limits=FILE`, or writes it with `--write`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let file = arguments.value("--limits");
    let file = file.ok_or("--limits=FILE is missing")?;
    let measured = measure(arguments)?;
    if arguments.has("--write") {
        let text = format!("{:#}\n", serde_json::json!(measured));
        let written = fs::write(file, text);
        written.map_err(|error| format!("cannot write {file}: {error}"))?;
        return Ok(format!("{file} is written\n"));
    }
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let limits: Limits = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let mut exceeded = Vec::new();
    compare(
        &mut exceeded,
        "instructions",
        &measured.instructions,
        &limits.instructions,
        MARGIN,
    );
    compare(
        &mut exceeded,
        "allocations",
        &measured.allocations,
        &limits.allocations,
        0,
    );
    compare(&mut exceeded, "bytes", &measured.bytes, &limits.bytes, 0);
    if exceeded.is_empty() {
        return Ok("every request and session is within its limits\n".to_owned());
    }
    Err(format!(
        "more than {file} allows (if that is intended, run the command again with --write):\n{}",
        exceeded.join("\n")
    ))
}

fn measure(arguments: &Arguments) -> Result<Limits, String> {
    let arguments = arguments.with(&["--quick", "--instructions"]);
    let costs = cookies::measure(&arguments, &cookies::session(&arguments)?)?;
    let bare = costs.first().ok_or("nothing was measured")?.clone();
    let beyond = |of: fn(&Cost) -> u64| -> BTreeMap<String, u64> {
        let ours = costs.iter().skip(1).filter(|it| it.is_ours());
        let beyond = |it: &Cost| (it.request.clone(), of(it).saturating_sub(of(&bare)));
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
        instructions: beyond(|it| it.instructions.unwrap_or_default()),
        allocations: beyond(|it| it.allocations),
        bytes,
    })
}

/// Adds a line for each value over its limit, or without one.
fn compare(
    exceeded: &mut Vec<String>,
    what: &str,
    measured: &BTreeMap<String, u64>,
    limits: &BTreeMap<String, u64>,
    margin: u64,
) {
    for (name, &value) in measured {
        match limits.get(name) {
            Some(&limit) if value * 100 <= limit * (100 + margin) => {}
            Some(limit) => exceeded.push(format!("  {name}: {value} {what}, the limit is {limit}")),
            None => exceeded.push(format!("  {name}: {value} {what}, there is no limit")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exceeded(value: u64, limit: u64, margin: u64) -> usize {
        let map = |value| BTreeMap::from([("sub".to_owned(), value)]);
        let mut lines = Vec::new();
        compare(&mut lines, "bytes", &map(value), &map(limit), margin);
        lines.len()
    }

    #[test]
    fn a_value_may_exceed_its_limit_by_the_margin_alone() {
        assert_eq!(exceeded(100, 100, 0), 0);
        assert_eq!(exceeded(101, 100, 0), 1);
        assert_eq!(exceeded(106, 100, 6), 0);
        assert_eq!(exceeded(107, 100, 6), 1);
    }

    #[test]
    fn a_value_without_a_limit_is_reported() {
        let measured = BTreeMap::from([("sub".to_owned(), 1)]);
        let mut lines = Vec::new();

        compare(&mut lines, "bytes", &measured, &BTreeMap::new(), 6);

        assert_eq!(lines, ["  sub: 1 bytes, there is no limit"]);
    }
}
