//! Vite's development server, in its own process, in front of an application.
//!
//! It needs node and the packages of `providers/vite` (`npm ci`), so its tests are behind the
//! feature `interop`.

use std::net::SocketAddr;

use crate::provider_process::ProviderProcess;

/// A running server; stops when dropped.
///
/// It serves one page, which shows who is signed in and opens two WebSockets: one through the
/// proxy, one directly to the application. `providers/vite/vite.config.js` says what is proxied.
#[derive(Debug)]
pub struct Vite {
    origin: String,
    _process: ProviderProcess,
}

impl Vite {
    /// Starts it on a free port, in front of an application that listens at `backend`.
    ///
    /// # Panics
    /// If node or the packages are missing.
    pub async fn start(backend: SocketAddr) -> Self {
        // A host name, as in a browser's address bar, because cookies belong to it.
        let backend = format!("localhost:{}", backend.port());
        let process = ProviderProcess::start("vite", &[("VITE_BACKEND", &backend)]).await;
        Self {
            origin: process.listening("origin"),
            _process: process,
        }
    }

    /// The origin that a browser shows.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}
