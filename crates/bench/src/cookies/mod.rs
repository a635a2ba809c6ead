//! `cookies`: what a request costs beyond one to the same handler without a layer.

pub(crate) mod requests;

use serde_json::Value;

use self::requests::Variant;
use crate::arguments::Arguments;
use crate::fixture::{self, Fixture};
use crate::measure::{Operation, allocations, instructions, time};
use crate::table::{Table, rounded};

/// The command under which this program runs itself to count instructions.
pub(crate) const REPEAT: &str = "repeat-request";

/// What one kind of request costs.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub(crate) request: String,
    pub(crate) variant: Variant,
    pub(crate) lowest: f64,
    pub(crate) median: f64,
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
    pub(crate) instructions: Option<u64>,
}

impl Cost {
    /// Whether the layer answered, and neither another crate nor the handler alone.
    pub(crate) fn is_ours(&self) -> bool {
        requests::OURS.contains(&self.request.as_str())
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let fixture = session(arguments)?;
    let costs = measure(arguments, &fixture)?;
    Ok(if arguments.has("--json") {
        format!("{:#}\n", table(&costs).json())
    } else {
        table(&costs).markdown()
    })
}

/// The session of the file that is measured: the option `--session=NAME`, or `medium`, or the first.
pub(crate) fn session(arguments: &Arguments) -> Result<Fixture, String> {
    let fixtures = fixture::read(arguments.file()?)?;
    let named = |name: &str| fixtures.iter().find(|it| it.name == name);
    let found = match arguments.value("--session") {
        Some(name) => named(name),
        None => named("medium").or_else(|| fixtures.first()),
    };
    found
        .cloned()
        .ok_or_else(|| "the file has no such session".to_owned())
}

/// Measures all requests, or with `--quick` those with one secret and no foreign cookies.
pub(crate) fn measure(arguments: &Arguments, fixture: &Fixture) -> Result<Vec<Cost>, String> {
    let variants: Vec<_> = match arguments.has("--quick") {
        true => vec![Variant::PLAIN],
        false => Variant::ALL.to_vec(),
    };
    let prepared = variants.iter().flat_map(|&variant| {
        let operations = requests::all(fixture, variant);
        operations
            .into_iter()
            .map(move |operation| (variant, operation))
    });
    let (variants, mut operations): (Vec<_>, Vec<Operation>) = prepared.unzip();
    let times = time::interleaved(&mut operations);
    let counted = match arguments.has("--instructions") {
        true => Some(count_instructions(
            arguments,
            fixture,
            &variants,
            &operations,
        )?),
        false => None,
    };
    let costs = operations.iter_mut().enumerate().map(|(at, operation)| {
        let allocated = allocations::count(operation);
        Cost {
            request: operation.name.clone(),
            variant: variants[at],
            lowest: times[at].lowest(),
            median: times[at].median(),
            allocations: allocated.count_total,
            bytes: allocated.bytes_total,
            instructions: counted.as_ref().map(|counted| counted[at]),
        }
    });
    Ok(costs.collect())
}

fn count_instructions(
    arguments: &Arguments,
    fixture: &Fixture,
    variants: &[Variant],
    operations: &[Operation],
) -> Result<Vec<u64>, String> {
    let file = arguments.file()?.to_owned();
    let names: Vec<_> = operations.iter().map(|it| it.name.clone()).collect();
    instructions::count(names.len(), |at, repetitions| {
        let Variant { secrets, foreign } = variants[at];
        [
            REPEAT,
            &file,
            &format!("--session={}", fixture.name),
            &names[at],
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([secrets, foreign].map(|it| it.to_string()))
        .chain([repetitions.to_string()])
        .collect()
    })
}

/// Repeats one request, for the count of its instructions.
pub(crate) fn repeat(arguments: &Arguments) -> Result<String, String> {
    let fixture = session(arguments)?;
    let name = arguments.at(1)?;
    let number = |at: usize| -> Result<usize, String> {
        arguments
            .at(at)?
            .parse()
            .map_err(|_| "a number is missing".to_owned())
    };
    let variant = Variant {
        secrets: number(2)?,
        foreign: number(3)?,
    };
    let mut operations = requests::all(&fixture, variant);
    let operation = operations.iter_mut().find(|it| it.name == name);
    let operation = operation.ok_or_else(|| format!("there is no request {name:?}"))?;
    for _ in 0..number(4)? {
        operation.run();
    }
    Ok(String::new())
}

/// One row for each request. `beyond bare` is the difference to the same request without a layer.
pub(crate) fn table(costs: &[Cost]) -> Table {
    let mut table = Table::default();
    for cost in costs {
        let bare = costs
            .iter()
            .find(|it| it.request == requests::BARE && it.variant == cost.variant);
        let bare_instructions = bare.and_then(|it| it.instructions);
        let mut row: Vec<(&'static str, Value)> = vec![
            ("request", cost.request.as_str().into()),
            ("secrets", cost.variant.secrets.into()),
            ("foreign cookies", cost.variant.foreign.into()),
            ("ns, lowest", rounded(cost.lowest, 0)),
            ("ns, median", rounded(cost.median, 0)),
            ("allocations", cost.allocations.into()),
            ("allocated bytes", cost.bytes.into()),
        ];
        if let Some(instructions) = cost.instructions {
            row.push(("instructions", instructions.into()));
            let beyond = instructions as i64 - bare_instructions.unwrap_or_default() as i64;
            row.push(("beyond bare", beyond.into()));
        }
        table.push(row);
    }
    table
}
