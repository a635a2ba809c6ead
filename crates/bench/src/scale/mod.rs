//! `scale`: how the cost grows with the size of the session, with cookies of other applications, with the number
//! of secrets and with sign-ins at once; and the memory that users need.

mod kept_bytes;
mod provider;
mod requests;
mod sign_ins;

use serde_json::{Map, Value};

pub(crate) use self::kept_bytes::{COMMAND as KEPT_BYTES, count as kept_bytes};

use crate::arguments::Arguments;
use crate::table::Table;

/// The tables, by name: how `--table=NAME` and the markers of the page call them.
const TABLES: [(&str, Measure); 5] = [
    ("scale-size", requests::by_size),
    ("scale-foreign", requests::by_foreign_cookies),
    ("scale-secrets", requests::by_secrets),
    ("scale-sign-ins", sign_ins::table),
    ("scale-memory", kept_bytes::table),
];

type Measure = fn(&Arguments) -> Result<Table, String>;

/// Prints all tables, or the one of `--table=NAME`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let chosen = arguments.value("--table");
    let is_chosen = |name: &str| chosen.is_none_or(|it| it == name);
    let tables = measure(arguments, is_chosen)?;
    if tables.is_empty() {
        let names = TABLES.map(|(name, _)| name).join(", ");
        return Err(format!("the tables are {names}"));
    }
    if arguments.has("--json") {
        let members = tables
            .into_iter()
            .map(|(name, table)| (name.to_owned(), table.json()));
        return Ok(format!(
            "{:#}\n",
            Value::Object(members.collect::<Map<_, _>>())
        ));
    }
    let text = |(name, table): (&str, Table)| format!("{name}\n\n{}", table.markdown());
    Ok(tables.into_iter().map(text).collect::<Vec<_>>().join("\n"))
}

/// The chosen tables with their names.
pub(crate) fn measure(
    arguments: &Arguments,
    is_chosen: impl Fn(&str) -> bool,
) -> Result<Vec<(&'static str, Table)>, String> {
    let chosen = TABLES.into_iter().filter(|(name, _)| is_chosen(name));
    chosen
        .map(|(name, measure)| Ok((name, measure(arguments)?)))
        .collect()
}
