//! Sockets: every host name is loopback, and every connection is plain text.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response, Uri, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower_service::Service;
use url::{Origin, Url};

use super::request::Request;

/// Chrome's limit for a response head.
const MAX_RESPONSE_HEAD: u32 = 256 * 1024;

#[derive(Debug)]
pub(super) struct Transport {
    /// The version for https. Browsers speak HTTP/1 to origins without TLS.
    version: Version,
    origins: Origins,
    clients: Mutex<Clients>,
}

/// A client for https, and one for http.
#[derive(Clone, Debug)]
struct Clients {
    https: Client<Connector, Full<Bytes>>,
    http: Client<Connector, Full<Bytes>>,
}

type Origins = Arc<Mutex<HashMap<Origin, SocketAddr>>>;

impl Transport {
    pub(super) fn new(version: Version) -> Self {
        Self::with(version, Origins::default())
    }

    /// A copy of the map with separate connections.
    pub(super) fn renewed(&self) -> Self {
        let origins = self
            .origins
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Self::with(self.version, Arc::new(Mutex::new(origins)))
    }

    pub(super) fn map(&self, origin: &Url, address: SocketAddr) {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.insert(origin.origin(), address);
        drop(origins);
        // Open connections lead to the former server of the origin.
        self.close_connections();
    }

    pub(super) fn close_connections(&self) {
        let clients = Clients::new(self.version, &self.origins);
        *self.clients.lock().unwrap_or_else(PoisonError::into_inner) = clients;
    }

    /// One field on HTTP/1, one per cookie on HTTP/2 (RFC 9113 section 8.2.3).
    pub(super) fn cookie_fields(&self, url: &Url, pairs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        if self.version_for(url) == Version::HTTP_2 || pairs.is_empty() {
            return pairs;
        }
        vec![pairs.join(&b"; "[..])]
    }

    pub(super) async fn send(&self, request: &Request, headers: HeaderMap) -> Response<Bytes> {
        let url = request.url();
        let mut target = url.clone();
        target.set_fragment(None);
        let mut message = http::Request::new(Full::new(request.http_body()));
        *message.method_mut() = request.http_method().clone();
        *message.uri_mut() = Uri::try_from(target.as_str()).expect("a URL that HTTP can carry");
        *message.version_mut() = self.version_for(url);
        *message.headers_mut() = headers;

        let response = self.client_for(url).request(message).await;
        let (head, body) = response
            .unwrap_or_else(|error| panic!("{url}: {error:?}"))
            .into_parts();
        let body = body
            .collect()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        Response::from_parts(head, body.to_bytes())
    }

    fn with(version: Version, origins: Origins) -> Self {
        Self {
            version,
            clients: Mutex::new(Clients::new(version, &origins)),
            origins,
        }
    }

    fn client_for(&self, url: &Url) -> Client<Connector, Full<Bytes>> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        match url.scheme() {
            "https" => clients.https.clone(),
            _ => clients.http.clone(),
        }
    }

    fn version_for(&self, url: &Url) -> Version {
        match url.scheme() {
            "https" => self.version,
            _ => Version::HTTP_11,
        }
    }
}

impl Clients {
    fn new(version: Version, origins: &Origins) -> Self {
        Self {
            https: client(version, origins.clone()),
            http: client(Version::HTTP_11, origins.clone()),
        }
    }
}

fn client(version: Version, origins: Origins) -> Client<Connector, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .http2_only(version == Version::HTTP_2)
        .http2_max_header_list_size(MAX_RESPONSE_HEAD)
        .build(Connector { origins })
}

#[derive(Clone, Debug)]
struct Connector {
    origins: Origins,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let addresses = self.addresses(&uri);
        Box::pin(async move {
            let socket = TcpStream::connect(addresses.as_slice()).await?;
            socket.set_nodelay(true)?;
            Ok(TokioIo::new(socket))
        })
    }
}

impl Connector {
    fn addresses(&self, uri: &Uri) -> Vec<SocketAddr> {
        let url = Url::parse(&uri.to_string()).expect("the URI of a URL");
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = origins.get(&url.origin()) {
            return vec![*address];
        }
        assert_eq!(
            url.scheme(),
            "http",
            "no server is mapped to {}",
            url.origin().ascii_serialization()
        );
        let port = url.port_or_known_default().expect("http has a port");
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        match url.host() {
            Some(url::Host::Ipv4(_)) => vec![v4],
            Some(url::Host::Ipv6(_)) => vec![v6],
            // Servers of these tests listen on 127.0.0.1; ::1 may belong to another one.
            _ => vec![v4, v6],
        }
    }
}
