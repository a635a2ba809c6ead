//! A PostgreSQL server in its own process, reached by a socket in a temporary folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::task::spawn_blocking;
use tower_sessions_sqlx_store::sqlx::postgres::PgConnectOptions;

/// The user and group `nobody` of Debian: the server refuses to run as root.
const NOBODY: u32 = 65_534;

/// The running server; stopped when dropped.
pub(super) struct PostgresServer {
    folder: PathBuf,
    process: Option<Child>,
}

impl PostgresServer {
    /// Makes a new database and starts the server.
    pub(super) async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Not in the target folder: `nobody` may be unable to enter it, and the path of a socket is short.
        let folder = format!("tower-oidc-postgres-{}-{number}", std::process::id());
        let mut server = Self {
            folder: std::env::temp_dir().join(folder),
            process: None,
        };
        fs::create_dir(&server.folder).expect("a writable folder");
        if is_root() {
            chown(&server.folder, Some(NOBODY), Some(NOBODY)).expect("root");
        }
        server.initialize().await;
        server.restart().await;
        server
    }

    async fn initialize(&self) {
        let mut initdb = self.program("initdb");
        initdb.args([
            "--username=app",
            "--auth=trust",
            "--locale=C",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        let output = spawn_blocking(move || initdb.output())
            .await
            .expect("no panic");
        let output = output.unwrap_or_else(|error| panic!("initdb cannot be started: {error}"));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts the server again after [`stop`](Self::stop).
    pub(super) async fn restart(&mut self) {
        let mut postgres = self.program("postgres");
        postgres.arg("-k").arg(&self.folder);
        postgres
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stderr(Stdio::piped());
        let mut process = postgres.spawn().expect("initdb ran");
        let stderr = process.stderr.take().expect("a piped output");
        self.process = Some(process);
        let said = spawn_blocking(move || said_until_ready(BufReader::new(stderr)))
            .await
            .expect("no panic");
        assert!(
            said.contains("is ready to accept connections"),
            "postgres ends: {said}"
        );
    }

    /// Stops the server without warning its clients; what it has confirmed is kept.
    pub(super) fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let id = process.id().to_string();
        let quit = Command::new("kill").args(["-s", "QUIT", &id]).status();
        assert!(quit.expect("kill is a standard command").success());
        process.wait().expect("our own child process");
    }

    /// How a client reaches it. Any password is accepted.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username("app")
            .password("canary")
            .database("postgres")
    }

    /// A program of PostgreSQL for this database, run by a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let path = newest_version().map_or_else(|| name.into(), |bin| bin.join(name));
        let mut command = if is_root() {
            let mut setpriv = Command::new("setpriv");
            let nobody = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
            setpriv.args(nobody).arg("--clear-groups").arg(path);
            setpriv
        } else {
            Command::new(path)
        };
        command
            .arg("-D")
            .arg(self.folder.join("data"))
            .current_dir(&self.folder);
        command
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
        // Leftover files are in the system's folder for temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("Linux").uid() == 0
}

/// Where Debian's package has the programs of the newest version that is installed.
fn newest_version() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|version| {
        let path = version.ok()?.path();
        let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
        let bin = path.join("bin");
        Path::is_dir(&bin).then_some((number, bin))
    });
    Some(versions.max()?.1)
}

/// What the server logs until it accepts connections, or ends.
fn said_until_ready(mut lines: impl BufRead + Send + 'static) -> String {
    let mut said = String::new();
    while !said.contains("is ready to accept connections") {
        if lines.read_line(&mut said).expect("text") == 0 {
            return said;
        }
    }
    // The server would stop at a full pipe.
    std::thread::spawn(move || {
        let mut sink = std::io::sink();
        let _ = std::io::copy(&mut lines, &mut sink);
    });
    said
}
