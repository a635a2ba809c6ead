//! A Redis server in its own process.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::provider_process::signal;

/// Below the ports that systems give to outgoing connections, one of which could take a server's port while it is
/// stopped.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// How many other programs may take a port just before the server does.
const ATTEMPTS: usize = 20;

/// The settings with which a crash loses nothing.
const DURABLE: [(&str, &str); 3] = [
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("maxmemory-policy", "noeviction"),
];

/// The running server; it is killed, and its folder removed, when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    port: u16,
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl RedisServer {
    /// With the settings that tower-oidc-redis needs.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings besides, or instead.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let settings = [&DURABLE, settings].concat();
        Self::with_nothing_but(&settings).await
    }

    /// A Sentinel, which monitors nothing yet.
    pub async fn sentinel() -> Self {
        Self::with_nothing_but(&[("sentinel", "yes")]).await
    }

    /// With the settings of Debian's package, apart from these.
    ///
    /// # Panics
    ///
    /// If the package `redis-server` is not installed, or it refuses the settings.
    pub async fn with_nothing_but(settings: &[(&str, &str)]) -> Self {
        let settings: Vec<_> = settings
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let folder = std::env::temp_dir().join(format!("tower-oidc-redis-{port}"));
            fs::create_dir_all(&folder).expect("a writable directory");
            match run(port, &folder, &settings).await {
                Ok(process) => {
                    return Self {
                        process,
                        port,
                        folder,
                        settings,
                    };
                }
                Err(text) if text.contains("Address already in use") => {}
                Err(text) => panic!("redis-server ends: {text}"),
            }
        }
        panic!("no port is free")
    }

    /// The port on 127.0.0.1; the one with TLS, if that is set.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL without TLS.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The folder with its data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills it as a crash does, and returns when its port is closed.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("our own child process");
    }

    /// Starts it again at the same port, with the same settings and the data of its folder.
    pub async fn restart(&mut self) {
        self.process = run(self.port, &self.folder, &self.settings)
            .await
            .unwrap_or_else(|text| panic!("redis-server ends: {text}"));
    }

    /// Freezes it: its port accepts connections, and nothing is answered.
    pub async fn freeze(&self) {
        signal(&self.process, "STOP").await;
    }

    /// Lets it continue.
    pub async fn thaw(&self) {
        signal(&self.process, "CONT").await;
    }

    /// The answer to a command, as redis-cli shows it.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub async fn command(&self, arguments: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        let output = cli.args(arguments).output().await.expect("redis-cli");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim_end().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A frozen process ends too. Its leftover files are in the system's folder for temporary files.
        let _ = self.process.start_kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that no program uses now.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at the same time start at different ports.
    let process = std::process::id().wrapping_mul(97) % u32::from(PORTS);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let ports = || {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        let offset = (process + u32::from(next)) % u32::from(PORTS);
        FIRST_PORT + u16::try_from(offset).expect("less than PORTS")
    };
    std::iter::repeat_with(ports)
        .take(usize::from(PORTS))
        .find(is_free)
        .expect("a free port")
}

/// Starts the server, and waits until it has loaded its data and listens.
async fn run(port: u16, folder: &Path, settings: &[(String, String)]) -> Result<Child, String> {
    let port_setting = if settings.iter().any(|(name, _)| name == "tls-cert-file") {
        "--tls-port"
    } else {
        "--port"
    };
    let mut command = Command::new("redis-server");
    let is_sentinel = settings.iter().any(|(name, _)| name == "sentinel");
    if is_sentinel {
        // It writes to its configuration what it learns.
        let configuration = folder.join("sentinel.conf");
        fs::write(&configuration, "").expect("a writable directory");
        command.arg(configuration).arg("--sentinel");
    }
    command
        .args(["--bind", "127.0.0.1", "--port", "0"])
        .args([port_setting, &port.to_string()])
        .arg("--dir")
        .arg(folder);
    for (name, value) in settings.iter().filter(|_| !is_sentinel) {
        command.arg(format!("--{name}")).arg(value);
    }
    let mut process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("redis-server cannot be started: {error}"));
    let stdout = process.stdout.take().expect("a piped output");
    let mut lines = BufReader::new(stdout).lines();
    let mut said = String::new();
    while !(said.contains("Ready to accept connections") || said.contains("Sentinel ID is")) {
        match lines.next_line().await.expect("text") {
            Some(line) => said += &line,
            None => return Err(said),
        }
    }
    // It would stop at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(process)
}
