//! `check`: fails if a request needs more instructions or allocations, or a session more bytes, than the limits
//! in a file allow. Times are not compared: they depend on what else the computer does.

mod limits;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};

use self::limits::{Environment, Limits};
use crate::arguments::Arguments;
use crate::cookies::requests::Variant;
use crate::cookies::{self, Case, Cost, Selected};
use crate::measure::{instructions, processor_features};
use crate::{fixture, sizes};

/// The requests that are also made with cookies of other applications.
const WITH_FOREIGN_COOKIES: [&str; 3] = ["anonymous", "not looked at", "sub"];

/// Compares with the file of `--limits=FILE`, or writes it with `--write`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let file = arguments.value("--limits");
    let file = file.ok_or("--limits=FILE is missing")?;
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let limits: Limits = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let environment = Environment {
        compiler: env!("BENCH_COMPILER").to_owned(),
        processor: instructions::output(&[processor_features::COMMAND])?,
    };
    let [instructions, allocations] = requests(arguments)?;
    let measured = limits.measured(
        environment.clone(),
        instructions,
        allocations,
        bytes(arguments)?,
    );
    if arguments.has("--write") {
        let text = format!("{:#}\n", serde_json::json!(measured));
        let written = fs::write(file, text);
        written.map_err(|error| format!("cannot write {file}: {error}"))?;
        return Ok(format!("{file} is written\n"));
    }
    let difference = limits.difference(&environment);
    if let Some(difference) = &difference {
        // A log of both streams, or of either, shows it.
        let _ = writeln!(io::stderr(), "tower-oidc-bench: {difference}");
    }
    let exceeded = limits.exceeded_by(&measured);
    if !exceeded.is_empty() {
        return Err(format!(
            "more than {file} allows (if that is intended, run the command again with --write):\n{}",
            exceeded.join("\n")
        ));
    }
    Ok(match (difference, limits.margin(&environment)) {
        (Some(difference), _) => format!("what was compared is within its limits; {difference}\n"),
        (None, margin) => format!(
            "every request and session is within its limits; of instructions, {} % more are allowed\n",
            margin.unwrap_or_default()
        ),
    })
}

/// Instructions and allocations of each request beyond those of the handler alone.
fn requests(arguments: &Arguments) -> Result<[BTreeMap<String, u64>; 2], String> {
    let arguments = arguments.with(&["--instructions"]);
    let session = Selected::by(&arguments)?;
    let mut all = [BTreeMap::new(), BTreeMap::new()];
    for variant in [Variant::PLAIN, Variant::FOREIGN] {
        let case = Case {
            session: session.clone(),
            variant,
        };
        let is_chosen = |name: &str| {
            let is_ours = cookies::requests::OURS.contains(&name);
            let is_shown = variant == Variant::PLAIN || WITH_FOREIGN_COOKIES.contains(&name);
            cookies::requests::is_bare(name) || (is_ours && is_shown)
        };
        let costs = cookies::measure_cases(&arguments, &[case], is_chosen, |_| true)?.concat();
        for cost in costs.iter().filter(|it| it.is_ours()) {
            let name = name(cost);
            let instructions = beyond(cost, &costs, |it| it.instructions.unwrap_or_default())?;
            all[0].insert(name.clone(), instructions);
            all[1].insert(name, beyond(cost, &costs, |it| it.allocations)?);
        }
    }
    Ok(all)
}

/// How the file of limits names this request.
fn name(cost: &Cost) -> String {
    match cost.variant.foreign {
        0 => cost.request.clone(),
        count => format!("{}, {count} foreign cookies", cost.request),
    }
}

fn beyond(cost: &Cost, costs: &[Cost], of: fn(&Cost) -> u64) -> Result<u64, String> {
    let bare = cost.bare(costs).map(of);
    let beyond = bare.and_then(|bare| of(cost).checked_sub(bare));
    beyond.ok_or_else(|| format!("{:?} costs less than nothing", cost.request))
}

/// The bytes of each session's cookies.
fn bytes(arguments: &Arguments) -> Result<BTreeMap<String, u64>, String> {
    let mut bytes = BTreeMap::new();
    for file in arguments.files()? {
        for fixture in fixture::read(file)? {
            let size = sizes::measure(&fixture);
            bytes.insert(size.name, size.bytes as u64);
        }
    }
    Ok(bytes)
}
