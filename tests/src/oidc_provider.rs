//! npm's `oidc-provider`, which is certified, in a process of its own.
//!
//! It needs node and the packages of `providers/oidc-provider` (`npm ci`), so the tests that
//! meet it are behind a feature: `cargo test -p tower-oidc-tests --features interop interop::`.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/providers/oidc-provider");

/// A running provider; stops when dropped.
///
/// Its clients and what else can be set are listed in `providers/oidc-provider/start.sh`.
/// It lives in real time: take [`TestClock::starting_now`](crate::TestClock::starting_now).
#[derive(Debug)]
pub struct OidcProvider {
    issuer: String,
    _process: Child,
}

impl OidcProvider {
    /// Starts it on a free port, for a relying party of this origin, with further settings.
    ///
    /// # Panics
    /// Where node or the packages are missing.
    pub async fn start(relying_party: &str, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new("./start.sh")
            .current_dir(DIRECTORY)
            .env("PORT", "0")
            .env("RP_BASE", relying_party)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs oidc-provider");
        let stdout = process.stdout.take().expect("a piped output");
        let mut lines = BufReader::new(stdout).lines();
        let issuer = loop {
            let line = lines.next_line().await.expect("text");
            let line = line.expect("oidc-provider listens; has `npm ci` been run?");
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["ev"] == "listening" {
                break event["issuer"].as_str().expect("an issuer").to_owned();
            }
        };
        // A full pipe would stop the provider.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            issuer,
            _process: process,
        }
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}
