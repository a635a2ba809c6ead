//! The provider as a program.
//!
//! `PORT` is the port on 127.0.0.1, 4000 unless given; `FAULTS` are names of faults to start with,
//! separated by commas.

use std::{error::Error, io};

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};

#[tokio::main(flavor = "current_thread")]
#[expect(
    clippy::print_stdout,
    reason = "a program that a person starts tells them how to use it"
)]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let port = match std::env::var("PORT") {
        Ok(port) => port
            .parse()
            .map_err(|_| "PORT must be a number from 0 to 65535")?,
        Err(_) => 4000,
    };
    let mut builder = DevProvider::builder().port(port);
    let faults = std::env::var("FAULTS").unwrap_or_default();
    for name in faults.split(',').filter(|name| !name.is_empty()) {
        builder = builder.fault(name.parse()?);
    }
    let provider = builder.start().await?;
    println!("An OpenID Provider for development only: anyone can sign in as anyone.");
    println!("issuer         {}", provider.issuer());
    println!("client id      {DEV_CLIENT_ID}");
    println!("client secret  {DEV_CLIENT_SECRET}");
    println!("users          alice, bob, carol");
    std::future::pending().await
}
