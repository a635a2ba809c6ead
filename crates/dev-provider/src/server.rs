//! The HTTP server, for HTTP/1 and for HTTP/2 with prior knowledge.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
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
                let service = service.clone();
                connections.spawn(async move {
                    auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                });
            }
            // Finished ones are let go of, so that they do not pile up.
            Some(_) = connections.join_next() => {}
        }
    }
}
