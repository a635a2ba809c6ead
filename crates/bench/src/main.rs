//! The program that measures time and instructions.

use std::process::ExitCode;

fn main() -> ExitCode {
    tower_oidc_bench::main(None)
}
