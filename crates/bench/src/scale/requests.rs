//! Requests by the size of the session, by cookies of other applications, and by the number of secrets. Each table
//! has one row for each size, with the lowest time of some requests, and their instructions beyond those of the
//! handler alone.

use serde_json::Value;

use crate::arguments::Arguments;
use crate::content;
use crate::cookies::requests::{BARE, BARE_ANONYMOUS, Variant};
use crate::cookies::{Case, Cost, Selected, measure_cases};
use crate::sizes;
use crate::table::{Table, rounded};

/// Bytes of content.
const SIZES: [usize; 6] = [content::MIN, 1_024, 2_048, 4_096, 8_192, 14_000];
const FOREIGN: [usize; 5] = [0, 10, 20, 50, 100];
const SECRETS: [usize; 4] = [1, 2, 4, 8];

type Row = Vec<(&'static str, Value)>;

pub(super) fn by_size(arguments: &Arguments) -> Result<Table, String> {
    let case = |bytes| Case {
        session: Selected::with_content(bytes),
        variant: Variant::PLAIN,
    };
    let cases = SIZES.map(case);
    let size = |case: &Case| {
        let size = sizes::measure(&case.session.fixture);
        let content = content::length(&case.session.fixture);
        vec![
            ("content", content.into()),
            ("bytes of cookies", size.bytes.into()),
            ("cookies", size.cookies.into()),
        ]
    };
    let columns = [
        Column::time("not looked at, ns", "not looked at"),
        Column::time("sub, ns", "sub"),
        Column::instructions("sub, instructions", "sub"),
        Column::time("all claims, ns", "all claims"),
        Column::time("renewal, ns", "with renewal"),
    ];
    table(arguments, &cases, size, &columns)
}

pub(super) fn by_foreign_cookies(arguments: &Arguments) -> Result<Table, String> {
    let session = Selected::by(arguments)?;
    let case = |foreign| Case {
        session: session.clone(),
        variant: Variant {
            foreign,
            ..Variant::PLAIN
        },
    };
    let cases = FOREIGN.map(case);
    let foreign = |case: &Case| vec![("foreign cookies", case.variant.foreign.into())];
    let columns = [
        Column::time("anonymous, ns", "anonymous"),
        Column::instructions("anonymous, instructions", "anonymous"),
        Column::time("sub, ns", "sub"),
        Column::instructions("sub, instructions", "sub"),
    ];
    table(arguments, &cases, foreign, &columns)
}

pub(super) fn by_secrets(arguments: &Arguments) -> Result<Table, String> {
    let session = Selected::by(arguments)?;
    let case = |secrets| Case {
        session: session.clone(),
        variant: Variant {
            secrets,
            ..Variant::PLAIN
        },
    };
    let cases = SECRETS.map(case);
    let secrets = |case: &Case| vec![("secrets", case.variant.secrets.into())];
    let columns = [
        Column::time("sub, ns", "sub"),
        Column::instructions("sub, instructions", "sub"),
        Column::time("forged, ns", "forged"),
        Column::time("unknown secret, ns", "unknown secret"),
        Column::instructions("unknown secret, instructions", "unknown secret"),
        Column::time(
            "oldest secret, sealed anew, ns",
            "sealed with the oldest secret",
        ),
    ];
    table(arguments, &cases, secrets, &columns)
}

/// A column of a table: what is shown of one request.
#[derive(Clone, Copy, Debug)]
struct Column {
    name: &'static str,
    request: &'static str,
    is_time: bool,
}

impl Column {
    const fn time(name: &'static str, request: &'static str) -> Self {
        Self {
            name,
            request,
            is_time: true,
        }
    }

    const fn instructions(name: &'static str, request: &'static str) -> Self {
        Self {
            name,
            request,
            is_time: false,
        }
    }

    fn value(self, costs: &[Cost]) -> Value {
        let of = |request: &str| costs.iter().find(|it| it.request == request);
        let Some(cost) = of(self.request) else {
            return Value::Null;
        };
        if self.is_time {
            return rounded(cost.lowest, 0);
        }
        let bare = cost.bare(costs).and_then(|it| it.instructions);
        match (cost.instructions, bare) {
            (Some(instructions), Some(bare)) => instructions.saturating_sub(bare).into(),
            _ => Value::Null,
        }
    }
}

fn is_bare(request: &str) -> bool {
    request == BARE || request == BARE_ANONYMOUS
}

/// A row for each case, which begins with what the case is. Columns of instructions are there only if they are
/// counted.
fn table(
    arguments: &Arguments,
    cases: &[Case],
    begin: impl Fn(&Case) -> Row,
    columns: &[Column],
) -> Result<Table, String> {
    let are_counted = arguments.has("--instructions");
    let is_shown = |it: &&Column| it.is_time || are_counted;
    let is_chosen = |request: &str| {
        (are_counted && is_bare(request)) || columns.iter().any(|it| it.request == request)
    };
    let is_counted = |request: &str| {
        let mut columns = columns.iter().filter(|it| !it.is_time);
        is_bare(request) || columns.any(|it| it.request == request)
    };
    let costs = measure_cases(arguments, cases, is_chosen, is_counted)?;
    let mut table = Table::default();
    for (case, costs) in cases.iter().zip(costs) {
        let mut row = begin(case);
        let shown = columns.iter().filter(is_shown);
        row.extend(shown.map(|column| (column.name, column.value(&costs))));
        table.push(row);
    }
    Ok(table)
}
