//! The development provider in a thread for itself, so that its work is not counted as the layer's.

use std::sync::mpsc;
use std::thread;

use oidc_dev_provider::{Client, DevProvider};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

pub(super) const CLIENT_ID: &str = "bench";
pub(super) const CLIENT_SECRET: &str = "bench-secret-bench-secret-bench-s";
pub(super) const USER: &str = "alice";

/// A running provider, which stops when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) issuer: String,
    _stop: oneshot::Sender<()>,
}

/// Starts a provider for the application at this origin.
pub(super) fn start(origin: &str) -> Result<Running, String> {
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(format!("{origin}/auth/callback"));
    let (started, start) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let provider = DevProvider::builder().client(client).start().await;
            let provider = provider.expect("a port");
            let issuer = provider.issuer().to_owned();
            started.send(issuer).expect("the start is waited for");
            // An error says that the sender is gone, which is how it stops.
            let _ = stopped.await;
        });
    });
    Ok(Running {
        issuer: start.recv().map_err(|error| error.to_string())?,
        _stop: stop,
    })
}
