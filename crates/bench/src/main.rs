//! The program that measures the layer. `PERFORMANCE.md` of tower-oidc shows its results.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program that measures stops at the first surprise, and its input is the project's own"
)]

mod application;
mod arguments;
mod express;
mod fixture;
mod service;
mod sizes;
mod table;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::arguments::Arguments;

const USAGE: &str = "\
tower-oidc-bench COMMAND [--json]

  sizes FILE    bytes and cookies of each session of a file, a line for each, or a --table

FILE has the shape of tests/fixtures/sessions.json.";

fn main() -> ExitCode {
    let arguments = Arguments::parse(env::args().skip(1));
    match arguments.and_then(|arguments| run(&arguments)) {
        Ok(output) => match io::stdout().write_all(output.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            let _ = writeln!(io::stderr(), "tower-oidc-bench: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// What the command prints.
fn run(arguments: &Arguments) -> Result<String, String> {
    match arguments.command.as_str() {
        "sizes" => Ok(sizes::run(&fixture::read(arguments.file()?)?, arguments)),
        other => Err(format!("there is no command {other:?}")),
    }
}
