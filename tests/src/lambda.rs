//! An instance of an AWS Lambda function, under an emulator of Lambda's Runtime API and of an API
//! Gateway. It needs Python.
//!
//! The emulator freezes the function as soon as it has responded, so a test that has received a
//! response knows that nothing more happens in the instance until its next request.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Browser;
use crate::app::ORIGIN;

/// How long a line of the log may take.
const LOG_TIMEOUT: Duration = Duration::from_secs(30);

/// One instance; it ends when this is dropped.
#[derive(Debug)]
pub struct LambdaInstance {
    gateway: SocketAddr,
    log: watch::Receiver<String>,
    /// The emulator, which ends itself and the function when its standard input is closed.
    _emulator: Child,
}

impl LambdaInstance {
    /// Starts the emulator for the program `function`, with further settings of both; the function starts
    /// at its first request.
    pub async fn start(function: &str, settings: &[(&str, &str)]) -> Self {
        let directory = format!("{}/providers/lambda", env!("CARGO_MANIFEST_DIR"));
        let mut emulator = Command::new("./start.sh")
            .current_dir(directory)
            .env("FUNCTION", function)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let log = collect(emulator.stderr.take().expect("a piped output"));
        let stdout = emulator.stdout.take().expect("a piped output");
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next_line().await.expect("text");
        let line = line.expect("the emulator needs python3");
        let listening: Value = serde_json::from_str(&line).expect("a line of JSON");
        let gateway = listening["gateway"].as_str().expect("its address");
        let gateway = gateway.parse().expect("an address");
        // The emulator would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            gateway,
            log,
            _emulator: emulator,
        }
    }

    /// Routes the browser to this instance at [`ORIGIN`] from now on.
    pub fn serve(&self, browser: &Browser) {
        browser.map(ORIGIN, self.gateway);
    }

    /// What the function has written to its log.
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Returns when the function's log contains `text`.
    ///
    /// # Panics
    /// If that takes more than half a minute.
    pub async fn logged(&self, text: &str) {
        let mut log = self.log.clone();
        let logged = timeout(LOG_TIMEOUT, log.wait_for(|log| log.contains(text))).await;
        let is_logged = matches!(logged, Ok(Ok(_)));
        assert!(is_logged, "no {text:?} in the log:\n{}", self.log());
    }
}

fn collect(stderr: ChildStderr) -> watch::Receiver<String> {
    let (sender, log) = watch::channel(String::new());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            sender.send_modify(|log| {
                log.push_str(&line);
                log.push('\n');
            });
        }
    });
    log
}
