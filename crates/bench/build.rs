//! Records the compiler: the number of instructions of a request depends on it.
#![allow(
    clippy::print_stdout,
    reason = "Cargo reads what a build script prints"
)]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-V").output();
    let version = output.ok().and_then(|it| String::from_utf8(it.stdout).ok());
    let version = version.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BENCH_COMPILER={}", version.trim());
}
