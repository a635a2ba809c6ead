//! An instance of the application in a separate process.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Browser;
use crate::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET};

/// The running process; killed when dropped.
#[derive(Debug)]
pub struct InstanceProcess {
    process: Child,
    address: SocketAddr,
}

impl InstanceProcess {
    /// Runs `program`, the binary `instance` of this package, with this provider, this Redis server, and these
    /// variables of the environment.
    ///
    /// # Panics
    /// If it cannot be started, or ends before it listens.
    pub async fn start(
        program: &str,
        issuer: &str,
        store: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut process = Command::new(program)
            .envs([
                ("AUTH_ISSUER", issuer),
                ("AUTH_CLIENT_ID", CLIENT_ID),
                ("AUTH_CLIENT_SECRET", CLIENT_SECRET),
                ("AUTH_BASE_URL", ORIGIN),
                ("AUTH_COOKIE_SECRET", SECRET),
                ("STORE", store),
            ])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary was built with the tests");
        let stdout = process.stdout.take().expect("a piped output");
        let line = BufReader::new(stdout).lines().next_line().await;
        let address = line.expect("text").expect("it listens");
        Self {
            process,
            address: address.parse().expect("an address"),
        }
    }

    /// Routes the browser to this instance from now on.
    pub fn serve(&self, browser: &Browser) {
        browser.map(ORIGIN, self.address);
    }

    /// Kills it, and returns when it has ended.
    ///
    /// # Panics
    /// If it has ended before.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("it runs");
    }

    /// Stops it where it is: it holds its locks and connections, and does nothing.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// Lets it continue.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let mut kill = Command::new("kill");
        let status = kill.args(["-s", signal, &id]).status().await;
        assert!(status.expect("kill is a standard command").success());
    }
}
