//! The provider as a program: `PORT=4000 oidc-dev-provider`.

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
    let provider = DevProvider::builder().port(port).start().await?;
    println!("An OpenID Provider for development only: anyone can sign in as anyone.");
    println!("issuer         {}", provider.issuer());
    println!("client id      {DEV_CLIENT_ID}");
    println!("client secret  {DEV_CLIENT_SECRET}");
    println!("users          alice, bob, carol");
    std::future::pending().await
}
