//! The provider as a program. The README of the crate describes its settings.

mod credentials;
mod settings;

use std::{env, fs, future, io, process::ExitCode};

use oidc_dev_provider::DevProvider;

use self::settings::ProgramSettings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the person who started the program reads the error"
)]
fn print_error(error: &str) {
    eprintln!("oidc-dev-provider: {error}");
}

#[expect(
    clippy::print_stdout,
    reason = "the person who started the program reads how to use it"
)]
async fn run() -> Result<(), String> {
    let file = env::args().nth(1);
    let variable = |name: &str| match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} must be UTF-8 text")),
    };
    let settings = ProgramSettings::read(file, &variable, |path| fs::read_to_string(path))?;
    let port = settings.port();
    let builder = settings.builder().map_err(|error| error.to_string())?;
    let provider: DevProvider = builder.start().await.map_err(|error| {
        format!("cannot listen on 127.0.0.1:{port}: {error}; set PORT to another number")
    })?;
    println!("An OpenID Provider for development only: everyone can sign in as any user.");
    println!("issuer         {}", provider.issuer());
    for (name, value) in settings.summary() {
        println!("{name:<14} {value}");
    }
    future::pending().await
}
