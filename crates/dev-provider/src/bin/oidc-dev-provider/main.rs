//! The provider as a program; its settings are described in this crate's README.

mod settings;

use std::{env, fs, future, io, process::ExitCode};

use oidc_dev_provider::DevProvider;

use self::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a person who started the program reads what is wrong"
)]
fn tell(error: &str) {
    eprintln!("oidc-dev-provider: {error}");
}

#[expect(
    clippy::print_stdout,
    reason = "a program that a person starts tells them how to use it"
)]
async fn run() -> Result<(), String> {
    let file = env::args().nth(1);
    let variable = |name: &str| match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    };
    let settings = Settings::read(file, &variable, |path| fs::read_to_string(path))?;
    let port = settings.port();
    let provider: DevProvider =
        settings.builder().start().await.map_err(|error| {
            format!("cannot listen on 127.0.0.1:{port}: {error}; set another PORT")
        })?;
    println!("An OpenID Provider for development only: anyone can sign in as anyone.");
    println!("issuer         {}", provider.issuer());
    for (name, value) in settings.summary() {
        println!("{name:<14} {value}");
    }
    future::pending().await
}
