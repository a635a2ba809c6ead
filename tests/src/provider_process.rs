//! A provider in its own process.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The running process; killed when dropped.
#[derive(Debug)]
pub(crate) struct ProviderProcess {
    process: Child,
    listening: Value,
}

impl ProviderProcess {
    /// Runs `start.sh` in `providers/{name}` until it prints its line of JSON that contains
    /// "listening".
    pub(crate) async fn start(name: &str, settings: &[(&str, &str)]) -> Self {
        let directory = format!("{}/providers/{name}", env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new("./start.sh")
            .current_dir(directory)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stdout = process.stdout.take().expect("a piped output");
        let mut lines = BufReader::new(stdout).lines();
        let listening = loop {
            let line = lines.next_line().await.expect("text");
            let line = line.unwrap_or_else(|| panic!("{name} ends; has it been installed?"));
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["ev"] == "listening" {
                break event;
            }
        };
        // The provider would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, listening }
    }

    /// What it reports about itself.
    pub(crate) fn listening(&self, field: &str) -> String {
        let value = self.listening[field].as_str();
        value
            .unwrap_or_else(|| panic!("{field} in {}", self.listening))
            .to_owned()
    }

    /// Kills it, and returns when its ports are closed.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.expect("our own child process");
    }

    /// Freezes it: its ports accept connections, and nothing is answered.
    pub(crate) async fn freeze(&self) {
        signal(&self.process, "STOP").await;
    }

    /// Lets it continue.
    pub(crate) async fn thaw(&self) {
        signal(&self.process, "CONT").await;
    }
}

/// Sends a signal to a process that runs.
pub(crate) async fn signal(process: &Child, signal: &str) {
    let id = process.id().expect("it runs").to_string();
    let mut kill = Command::new("kill");
    let status = kill.args(["-s", signal, &id]).status().await;
    assert!(status.expect("kill is a standard command").success());
}
