//! Serves a Tower service on a free loopback port, over HTTP/1 and HTTP/2 as the client asks, with
//! upgrades (RFC 9110 section 7.8, RFC 8441).

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tower_service::Service;

/// A bound port that serves nothing yet.
///
/// An application needs its own URL for its base URL, so it is built between
/// [`bind`](Self::bind) and [`serve`](Self::serve).
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds a free port of 127.0.0.1.
    pub async fn bind() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        Self { listener, address }
    }

    /// The address that a browser's origin map points to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin under `host`: `origin("localhost")` is `http://localhost:49152`.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    /// Serves until the returned value is dropped.
    pub fn serve<S, B>(self, service: S) -> TestServer
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Self { listener, address } = self;
        let service = TowerToHyperService::new(service);
        let task = tokio::spawn(async move {
            // Dropped with this task, which ends every open connection.
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http2().enable_connect_protocol();
                    // A client that disconnects is no fault of the test.
                    let _ = server
                        .serve_connection_with_upgrades(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        TestServer { address, task }
    }
}

/// A running server; stops, with its connections, when dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl TestServer {
    /// Serves on a free port, for services that need not know their own URL.
    pub async fn start<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Listener::bind().await.serve(service)
    }

    /// The address that a browser's origin map points to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin under `host`: `origin("localhost")` is `http://localhost:49152`.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
