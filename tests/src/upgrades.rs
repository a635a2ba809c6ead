//! A client that requests another protocol: by HTTP/1's `Upgrade`, or by HTTP/2's extended CONNECT.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::app::url;

/// How the client requests it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `Upgrade: websocket`.
    Http1,
    /// `:method CONNECT` with `:protocol websocket`.
    Http2,
}

/// The response of the server.
#[derive(Debug)]
pub struct Answer {
    /// 101 or 200 if it accepted.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The body, or everything that came through the tunnel.
    pub text: String,
}

/// Asks the server at `address` for a WebSocket at `path`, with these headers beside the usual ones,
/// and reads until the server closes the tunnel.
///
/// # Panics
/// If there is no connection, or the server breaks the protocol.
pub async fn ask(
    version: Version,
    address: SocketAddr,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Answer {
    let socket = TokioIo::new(TcpStream::connect(address).await.expect("a server"));
    let response = match version {
        Version::Http1 => {
            let (mut client, connection) = http1::handshake(socket).await.expect("HTTP/1");
            tokio::spawn(connection.with_upgrades());
            let request = Request::get(path)
                .header(header::HOST, "app.example")
                .header(header::CONNECTION, "Upgrade");
            let request = with(request, headers);
            client.send_request(request).await.expect("a response")
        }
        Version::Http2 => {
            let (mut client, connection) = http2::handshake(TokioExecutor::new(), socket)
                .await
                .expect("HTTP/2");
            tokio::spawn(connection);
            // The server's settings, which allow extended CONNECT, come before its first response.
            let first = with(Request::get(url("/")), &[]);
            client.send_request(first).await.expect("a response");
            let request = Request::builder()
                .method(Method::CONNECT)
                .uri(url(path))
                .extension(Protocol::from_static("websocket"));
            client
                .send_request(with(request, headers))
                .await
                .expect("a response")
        }
    };
    read(response, version).await
}

fn with(
    request: http::request::Builder,
    headers: &[(&'static str, &str)],
) -> Request<Empty<Bytes>> {
    let mut request = request.body(Empty::new()).expect("a request");
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a header");
        request.headers_mut().append(*name, value);
    }
    request
}

async fn read(response: Response<Incoming>, version: Version) -> Answer {
    let status = response.status();
    let headers = response.headers().clone();
    let is_tunnel = match version {
        Version::Http1 => status == StatusCode::SWITCHING_PROTOCOLS,
        Version::Http2 => status.is_success(),
    };
    let bytes = if is_tunnel {
        let upgraded = hyper::upgrade::on(response).await.expect("a tunnel");
        let mut bytes = Vec::new();
        TokioIo::new(upgraded)
            .read_to_end(&mut bytes)
            .await
            .expect("a tunnel that is closed");
        bytes
    } else {
        let body = response.into_body().collect().await.expect("a body");
        body.to_bytes().to_vec()
    };
    Answer {
        status,
        headers,
        text: String::from_utf8(bytes).expect("text"),
    }
}
