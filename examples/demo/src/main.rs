//! An axum application whose users sign in with OpenID Connect.
//!
//! ```text
//! cargo run -p demo
//! ```
//!
//! 1. Listen on localhost: `listen.rs`.
//! 2. Say who signs the users in: `provider.rs`. Without settings it is a provider for
//!    development inside this program; with `AUTH_*` variables it is the one that they name. With
//!    `COMPANIES=1` it depends on the user's email address: `companies.rs`.
//! 3. Put the layer around the routes: `app.rs`. The routes' handlers, in `pages.rs`,
//!    `tokens.rs` and `api.rs`, take an `AuthContext` or an `Authenticated` and need to know nothing else.
//! 4. Serve.
//!
//! `PORT` (3000) is the application's port, `PROVIDER_PORT` (3100) that of the provider for
//! development, `RUST_LOG` (`info`) what is logged to standard error. `STORE` is the URL of a Redis server that
//! several instances share: `store.rs`.

mod api;
mod app;
mod claims;
mod companies;
mod cookie_secret;
mod listen;
mod pages;
mod provider;
mod sign_out;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use axum::serve;
use tokio::task::JoinSet;
use tower_oidc::AuthLayerBuilder;
use tracing_subscriber::EnvFilter;

use crate::app::EmbeddedProvider;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "whoever started the program reads it")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The demo cannot start: {error}.");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "whoever started the program reads it")]
async fn run() -> Result<(), Box<dyn Error>> {
    // 1. Listen.
    let listeners = listen::on_localhost(port("PORT", 3000)?).await?;
    let base_url = listeners.origin();

    // 2. Who signs the users in. The embedded providers stop when they are dropped.
    let mut embedded = EmbeddedProvider::default();
    let of_companies;
    let (settings, resources) = if provider::is_configured() {
        warn_if_elsewhere(&base_url);
        let settings = AuthLayerBuilder::from_env()?;
        (settings, provider::configured_resources())
    } else if companies::are_wanted() {
        of_companies = companies::start(port("PROVIDER_PORT", 3100)?).await?;
        println!("{}", companies::notice());
        let secret = cookie_secret::of_this_machine()?;
        let settings = companies::settings(&of_companies, &base_url, secret);
        (settings, Vec::new())
    } else {
        let provider = provider::start(port("PROVIDER_PORT", 3100)?).await?;
        println!("{}", provider::notice(&provider));
        provider::register_logout(&provider, &base_url);
        let secret = cookie_secret::of_this_machine()?;
        let settings = provider::settings(&provider, &base_url, secret);
        embedded.0 = Some(Arc::new(provider));
        (settings, provider::resources())
    };

    // 3. The layer around the routes.
    let auth = store::add_to(settings)?.build()?;
    let app = app::router(resources, embedded).layer(auth);

    // 4. Serve.
    println!("listening on {base_url}");
    let mut servers = JoinSet::new();
    for listener in listeners {
        let server = serve(listener, app.clone());
        servers.spawn(async { server.await });
    }
    while let Some(ended) = servers.join_next().await {
        ended??;
    }
    Ok(())
}

/// With the base URL of another port on this machine, the provider's response would not arrive
/// here.
fn warn_if_elsewhere(origin: &str) {
    if let Ok(base_url) = env::var("AUTH_BASE_URL")
        && base_url.starts_with("http://localhost")
        && base_url.trim_end_matches('/') != origin
    {
        tracing::warn!("AUTH_BASE_URL is {base_url}, but this program listens on {origin}");
    }
}

fn port(variable: &str, default: u16) -> Result<u16, String> {
    match env::var(variable) {
        Ok(port) => port
            .parse()
            .map_err(|_| format!("{variable} must be a number from 0 to 65535")),
        Err(_) => Ok(default),
    }
}
