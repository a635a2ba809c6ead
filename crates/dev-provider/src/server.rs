//! The HTTP server.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, task::JoinSet};

/// Serves until it is dropped, which closes the listener and every connection with it: a provider
/// that is gone must not go on answering on connections that a client kept.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let service = TowerToHyperService::new(router);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that failed before it was accepted is its client's affair.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()),
                );
            }
            // Finished ones are let go of, so that they do not pile up.
            Some(_) = connections.join_next() => {}
        }
    }
}
