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
    version: Version,
    origins: Origins,
    client: Mutex<Client<Connector, Full<Bytes>>>,
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
        let client = client(self.version, self.origins.clone());
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// One field on HTTP/1, one per cookie on HTTP/2 (RFC 9113 section 8.2.3).
    pub(super) fn cookie_fields(&self, pairs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        if self.version == Version::HTTP_2 || pairs.is_empty() {
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
        *message.version_mut() = self.version;
        *message.headers_mut() = headers;

        let client = self
            .client
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let response = client.request(message).await;
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
        let client = Mutex::new(client(version, origins.clone()));
        Self {
            version,
            origins,
            client,
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
