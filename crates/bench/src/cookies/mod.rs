//! `cookies`: what a request costs beyond one to the same handler without a layer.

pub(crate) mod goals;
mod guards;
pub(crate) mod requests;
mod selected;

use std::collections::HashMap;

use serde_json::{Value, json};

use self::requests::Variant;
pub(crate) use self::selected::Selected;
use crate::arguments::Arguments;
use crate::measure::allocations::Counter;
use crate::measure::{Operation, allocations, instructions, time};
use crate::table::{Table, rounded};

/// The command under which this program runs itself to count instructions.
pub(crate) const REPEAT: &str = "repeat-request";

/// The command under which the second program counts allocations.
pub(crate) const ALLOCATIONS: &str = "allocations-of-request";

/// How often a request is made before it is counted.
const WARM_UP: usize = 3;

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

    /// The cost of the same request to the handler alone.
    pub(crate) fn bare<'a>(&self, costs: &'a [Self]) -> Option<&'a Self> {
        let bare = requests::bare_of(&self.request);
        costs
            .iter()
            .find(|it| it.request == bare && it.variant == self.variant)
    }
}

/// A session, and the circumstances in which its requests are measured.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) session: Selected,
    pub(crate) variant: Variant,
}

pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let costs = measure(arguments)?;
    let (table, goals) = (table(&costs), goals::table(&costs));
    Ok(if arguments.has("--json") {
        let both = json!({ "requests": table.json(), "goals": goals.json() });
        format!("{both:#}\n")
    } else {
        format!("{}\n{}", table.markdown(), goals.markdown())
    })
}

/// Measures all requests, or with `--quick` those with one secret and no foreign cookies.
pub(crate) fn measure(arguments: &Arguments) -> Result<Vec<Cost>, String> {
    let session = Selected::by(arguments)?;
    let variants: &[Variant] = match arguments.has("--quick") {
        true => &[Variant::PLAIN],
        false => &Variant::ALL,
    };
    let case = |&variant| Case {
        session: session.clone(),
        variant,
    };
    let cases: Vec<_> = variants.iter().map(case).collect();
    let costs = measure_cases(arguments, &cases, |_| true, |_| true)?;
    Ok(costs.concat())
}

/// The costs of the chosen requests in each case, all measured in the same rounds; with `--instructions` also the
/// instructions of some.
pub(crate) fn measure_cases(
    arguments: &Arguments,
    cases: &[Case],
    is_chosen: impl Fn(&str) -> bool,
    counts: impl Fn(&str) -> bool,
) -> Result<Vec<Vec<Cost>>, String> {
    let mut operations = Vec::new();
    let mut case_of = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let all = requests::all(&case.session.fixture, case.variant);
        let chosen = all.into_iter().filter(|it| is_chosen(&it.name));
        for operation in chosen {
            operations.push(operation);
            case_of.push(at);
        }
    }
    let times = time::interleaved(&mut operations);
    let names: Vec<_> = operations.iter().map(|it| it.name.clone()).collect();
    let is_counted = |name: &String| arguments.has("--instructions") && counts(name);
    let counted: Vec<_> = (0..names.len())
        .filter(|&at| is_counted(&names[at]))
        .collect();
    let instructions = instructions::count(counted.len(), |at| {
        let (case, name) = (&cases[case_of[counted[at]]], &names[counted[at]]);
        case.repeat(arguments, name)
    })?;
    let instructions: HashMap<_, _> = counted.into_iter().zip(instructions).collect();
    let mut costs = vec![Vec::new(); cases.len()];
    for (at, name) in names.iter().enumerate() {
        let case = &cases[case_of[at]];
        let once = case.program(ALLOCATIONS, arguments, name);
        let [allocations, bytes] = allocations::counted(&once)?;
        costs[case_of[at]].push(Cost {
            request: name.clone(),
            variant: case.variant,
            lowest: times[at].lowest(),
            median: times[at].median(),
            allocations: allocations.unsigned_abs(),
            bytes: bytes.unsigned_abs(),
            instructions: instructions.get(&at).copied(),
        });
    }
    Ok(costs)
}

impl Case {
    /// The arguments with which this program repeats one request.
    pub(crate) fn repeat(&self, arguments: &Arguments, request: &str) -> Vec<String> {
        self.program(REPEAT, arguments, request)
    }

    fn program(&self, command: &str, arguments: &Arguments, request: &str) -> Vec<String> {
        let Variant { secrets, foreign } = self.variant;
        let file = arguments.file().unwrap_or_default();
        let texts = [command, file, &self.session.option(), request].map(str::to_owned);
        let numbers = [secrets, foreign].map(|it| it.to_string());
        texts.into_iter().chain(numbers).collect()
    }
}

/// Repeats one request, for the count of its instructions.
pub(crate) fn repeat(arguments: &Arguments) -> Result<String, String> {
    let mut operation = named(arguments)?;
    for _ in 0..WARM_UP {
        operation.run();
    }
    instructions::counted_requests(&mut operation, instructions::REPETITIONS as usize);
    Ok(String::new())
}

/// Allocations of one request after the first ones, and their bytes.
pub(crate) fn allocations(arguments: &Arguments, count: Counter) -> Result<String, String> {
    let mut operation = named(arguments)?;
    for _ in 0..WARM_UP {
        operation.run();
    }
    let allocated = count(&mut || operation.run());
    Ok(allocations::printed(&[allocated.count, allocated.bytes]))
}

/// The request that [`Case::program`] names.
fn named(arguments: &Arguments) -> Result<Operation, String> {
    let session = Selected::by(arguments)?;
    let name = arguments.at(1)?;
    let number = |at: usize| -> Result<usize, String> {
        let number = arguments.at(at)?.parse();
        number.map_err(|_| "a number is missing".to_owned())
    };
    let variant = Variant {
        secrets: number(2)?,
        foreign: number(3)?,
    };
    let mut operations = requests::all(&session.fixture, variant).into_iter();
    let operation = operations.find(|it| it.name == name);
    operation.ok_or_else(|| format!("there is no request {name:?}"))
}

/// One row for each request. `beyond bare` is the difference to the same request without a layer.
pub(crate) fn table(costs: &[Cost]) -> Table {
    let mut table = Table::default();
    for cost in costs {
        let bare_instructions = cost.bare(costs).and_then(|it| it.instructions);
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
