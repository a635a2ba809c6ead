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
mod check;
#[cfg(feature = "codecs")]
mod codecs;
mod cookies;
mod express;
mod fixture;
mod http;
mod measure;
#[cfg(feature = "peers")]
mod peers;
mod plot;
mod report;
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
  cookies FILE  the cost of a request to the layer, called without a server
                [--session=NAME] [--instructions] [--quick]
  http FILE     processor time of servers for a request [--session=NAME]
  codecs FILE…  LZ4, deflate and zstd on the compressible part of each session [--dictionary=FILE]
  check FILE…   fails if requests or sessions need more than --limits=FILE allows [--write]
  report FILE…  writes the tables of --page=FILE, and the plot beside it

FILE has the shape of tests/fixtures/sessions.json. Measure with `cargo run --release`; the features `peers` and
`codecs` bring the other crates.";

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
        #[cfg(feature = "codecs")]
        "codecs" => codecs::run(arguments),
        "cookies" => cookies::run(arguments),
        "check" => check::run(arguments),
        "report" => report::run(arguments),
        "http" => http::run(arguments),
        http::PINNED => http::run_pinned(arguments),
        cookies::REPEAT => cookies::repeat(arguments),
        other => Err(format!("there is no command {other:?}")),
    }
}
