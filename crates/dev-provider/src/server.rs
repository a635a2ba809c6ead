//! The HTTP server, for HTTP/1 and for HTTP/2 with prior knowledge.

use std::{io, mem, net::SocketAddr};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
    task::{JoinHandle, JoinSet},
};

/// How many connections may wait to be accepted, as Tokio's own default.
const BACKLOG: u32 = 1024;

/// A server that can go down and come back at the same address.
pub(crate) struct Server {
    address: SocketAddr,
    router: Router,
    phase: Mutex<Phase>,
}

enum Phase {
    Up(JoinHandle<()>),
    /// The socket is bound and does not listen: connections are refused, and nobody else gets the
    /// port meanwhile.
    Down(TcpSocket),
    Stopped,
}

impl Server {
    pub(crate) fn start(listener: TcpListener, router: Router) -> io::Result<Self> {
        Ok(Self {
            address: listener.local_addr()?,
            phase: Mutex::new(Phase::up(listener, router.clone())),
            router,
        })
    }

    pub(crate) async fn go_down(&self) -> io::Result<()> {
        let mut phase = self.phase.lock().await;
        match mem::replace(&mut *phase, Phase::Stopped) {
            Phase::Up(task) => stop(task).await,
            Phase::Stopped => {}
            down @ Phase::Down(_) => {
                *phase = down;
                return Ok(());
            }
        }
        *phase = Phase::Down(reserve(self.address)?);
        Ok(())
    }

    pub(crate) async fn come_back(&self) -> io::Result<()> {
        let mut phase = self.phase.lock().await;
        let socket = match mem::replace(&mut *phase, Phase::Stopped) {
            Phase::Down(socket) => socket,
            Phase::Stopped => reserve(self.address)?,
            up @ Phase::Up(_) => {
                *phase = up;
                return Ok(());
            }
        };
        *phase = Phase::up(socket.listen(BACKLOG)?, self.router.clone());
        Ok(())
    }

    pub(crate) async fn shutdown(&mut self) {
        if let Phase::Up(task) = mem::replace(self.phase.get_mut(), Phase::Stopped) {
            stop(task).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Phase::Up(task) = self.phase.get_mut() {
            task.abort();
        }
    }
}

impl Phase {
    fn up(listener: TcpListener, router: Router) -> Self {
        Self::Up(tokio::spawn(serve(listener, router)))
    }
}

async fn stop(task: JoinHandle<()>) {
    task.abort();
    // It ends by the cancellation alone, which is what was asked for.
    let _ = task.await;
}

fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections that were just cut off still occupy the address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until it is dropped, which closes the listener and every connection with it: a provider
/// that is gone must not go on answering on connections that a client kept.
async fn serve(listener: TcpListener, router: Router) {
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
