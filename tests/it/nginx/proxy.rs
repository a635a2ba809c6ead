//! An nginx in its own process, configured as Debian's package except for what a test sets.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};

/// Passes requests on to a server; it is killed when dropped.
#[derive(Debug)]
pub(super) struct Nginx {
    http1: Port,
    http2: Port,
    directory: PathBuf,
    _process: Child,
}

impl Nginx {
    /// Starts it with further settings, which apply to its one server.
    ///
    /// # Panics
    ///
    /// Panics if nginx is not installed, or refuses the settings.
    pub(super) async fn start(upstream: SocketAddr, settings: &str) -> Self {
        let (http1, http2) = (Port::reserve(), Port::reserve());
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("nginx-{}", http1.address().port()));
        fs::create_dir_all(&directory).expect("a writable directory");
        let configuration = directory.join("nginx.conf");
        let text = configuration_text(http1.address(), http2.address(), upstream, settings);
        fs::write(&configuration, text).expect("a writable directory");

        let mut process = Command::new("nginx")
            .arg("-p")
            .arg(&directory)
            .arg("-c")
            .arg(&configuration)
            .args(["-e", "stderr"])
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("nginx cannot be started: {error}"));
        let stderr = process.stderr.take().expect("a piped output");
        let mut lines = BufReader::new(stderr).lines();
        let mut said = String::new();
        // It logs its event method as soon as it listens.
        while !said.contains("using the \"") {
            let line = lines.next_line().await.expect("text");
            said += &line.unwrap_or_else(|| panic!("nginx ends: {said}"));
        }
        // It would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            http1,
            http2,
            directory,
            _process: process,
        }
    }

    /// The address for HTTP/1.1.
    pub(super) fn http1(&self) -> SocketAddr {
        self.http1.address()
    }

    /// The address for HTTP/2 with prior knowledge.
    pub(super) fn http2(&self) -> SocketAddr {
        self.http2.address()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Leftover files are in cargo's directory for temporary files.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// One process instead of a master and workers, which would survive the end of the master.
fn configuration_text(
    http1: SocketAddr,
    http2: SocketAddr,
    upstream: SocketAddr,
    settings: &str,
) -> String {
    format!(
        "daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr notice;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            server {{
                listen {http1} reuseport;
                listen {http2} http2 reuseport;
                {settings}
                location / {{
                    proxy_pass http://{upstream};
                    proxy_set_header Host $host;
                }}
            }}
        }}"
    )
}

/// A free port of 127.0.0.1 that only a process of the same user can take, and only if it asks to
/// share it: this socket never listens.
#[derive(Debug)]
struct Port(TcpSocket);

impl Port {
    fn reserve() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseport(true).expect("an option of Linux");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any).expect("a free loopback port");
        Self(socket)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("a bound address")
    }
}
