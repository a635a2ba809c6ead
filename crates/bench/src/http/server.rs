//! A server in a thread with a runtime for itself, whose processor time the kernel counts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime;

use crate::measure::processor::Thread;

/// The body of every response, by whose end the load generator recognizes a whole one.
pub(super) const BODY: &str = "<p>Good morning</p>";

/// A running server. It runs until the program ends.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    thread: Thread,
}

impl Server {
    pub(super) fn start(application: Router) -> Result<Self, String> {
        let (started, start) = mpsc::channel();
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                    .await
                    .expect("a port");
                let address = listener.local_addr().expect("an address");
                let thread = Thread::current().expect("Linux");
                started
                    .send((address, thread))
                    .expect("the start is waited for");
                axum::serve(listener, application)
                    .await
                    .expect("the server runs");
            });
        });
        let (address, thread) = start.recv().map_err(|error| error.to_string())?;
        Ok(Self { address, thread })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nanoseconds for which the thread has run so far.
    pub(super) fn processor_time(&self) -> Result<u64, String> {
        self.thread.time()
    }
}
