//! The program that measures the layer. `PERFORMANCE.md` of tower-oidc shows its results.
//!
//! There are two programs, because counting allocations takes time and instructions with each of them. The first
//! one measures these, and starts the second one, which has the same code and another allocator, to count.
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
mod content;
mod cookies;
mod express;
mod fixture;
mod http;
mod limit;
mod measure;
#[cfg(feature = "peers")]
mod peers;
mod plot;
mod profile;
mod report;
#[cfg(feature = "scale")]
mod scale;
mod service;
mod sizes;
mod table;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::arguments::Arguments;
pub use self::measure::allocations::{Allocated, Counter};
use self::measure::{allocations, processor_features};

const USAGE: &str = "\
tower-oidc-bench COMMAND [--json]

  sizes FILE    bytes and cookies of each session of a file, a line for each, or a --table
  cookies FILE  the cost of a request to the layer, called without a server
                [--session=NAME | --content=BYTES] [--instructions] [--quick]
  http FILE     processor time of servers for a request [--session=NAME] [--quick]
  scale FILE    cost by size of the session, foreign cookies, secrets and sign-ins at once; memory
                [--table=NAME] [--instructions]
  profile FILE  where the instructions of a request go [--session=NAME]
  codecs FILE…  LZ4, deflate and zstd on the compressible part of each session [--dictionary=FILE]
  check FILE…   fails if requests or sessions need more than --limits=FILE allows [--write]
  report FILE…  writes the tables of --page=FILE, and the plot beside it [--only=NAME,NAME]

FILE has the shape of tests/fixtures/sessions.json. Build with `cargo build --release -p tower-oidc-bench`, which
builds the second program, too; `--all-features` brings the other crates.";

/// Runs the command of the program's arguments. `counter` is there in the program that counts allocations.
#[must_use]
pub fn main(counter: Option<Counter>) -> ExitCode {
    let arguments = Arguments::parse(env::args().skip(1));
    match arguments.and_then(|arguments| run(&arguments, counter)) {
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
fn run(arguments: &Arguments, counter: Option<Counter>) -> Result<String, String> {
    match arguments.command.as_str() {
        "sizes" => Ok(sizes::run(&fixture::read(arguments.file()?)?, arguments)),
        #[cfg(feature = "codecs")]
        "codecs" => codecs::run(arguments),
        "cookies" => cookies::run(arguments),
        "profile" => profile::run(arguments),
        "check" => check::run(arguments),
        "report" => report::run(arguments),
        "http" => http::run(arguments),
        #[cfg(feature = "scale")]
        "scale" => scale::run(arguments),
        http::PINNED => http::run_pinned(arguments),
        processor_features::COMMAND => Ok(processor_features::text()),
        cookies::REPEAT => cookies::repeat(arguments),
        cookies::ALLOCATIONS => cookies::allocations(arguments, allocations::own(counter)?),
        #[cfg(feature = "scale")]
        scale::KEPT_BYTES => scale::kept_bytes(arguments, allocations::own(counter)?),
        other => Err(format!("there is no command {other:?}")),
    }
}
