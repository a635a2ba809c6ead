//! The HTTP server, for HTTP/1 and for HTTP/2 with prior knowledge.

use std::{io, mem, net::SocketAddr};

use axum::Router;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
};

use crate::runtime::{self, Task, TaskGroup};

/// How many connections may wait until they are accepted. This is Tokio's default.
const BACKLOG: u32 = 1024;

/// A server that can stop and start again at the same address.
pub(crate) struct Server {
    address: SocketAddr,
    router: Router,
    phase: Mutex<Phase>,
}

enum Phase {
    Up(Task),
    /// The socket is bound but does not listen: connections are refused, and no other program can
    /// take the port.
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
            Phase::Up(task) => task.stop().await,
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
            task.stop().await;
        }
    }
}

impl Phase {
    fn up(listener: TcpListener, router: Router) -> Self {
        Self::Up(Task::spawn(serve(listener, router)))
    }
}

fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections that were just closed still occupy the address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until the future is dropped. This closes the listener and every connection: a provider
/// that is stopped must not answer on connections that a client kept open.
async fn serve(listener: TcpListener, router: Router) {
    let service = TowerToHyperService::new(router);
    let mut connections = TaskGroup::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that failed before it was accepted matters to its client only.
                let Ok((stream, _)) = accepted else { continue };
                let service = service.clone();
                connections.spawn(async move {
                    // So does one that fails later.
                    let _ = auto::Builder::new(runtime::executor())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            // Otherwise the results of finished connections would accumulate.
            Some(()) = connections.remove_finished() => {}
        }
    }
}
