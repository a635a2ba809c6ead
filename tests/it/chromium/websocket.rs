//! A WebSocket that reports who is signed in, and the script of a page that opens it.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64_simd::STANDARD;
use http::{StatusCode, header};
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::io::AsyncWriteExt;
use tower_oidc::AuthContext;

use super::browser::Chromium;

/// RFC 6455 section 1.3.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A final text message, and a close frame with status 1000 (RFC 6455 section 5.2).
const TEXT: u8 = 0x81;
const CLOSE: [u8; 4] = [0x88, 2, 0x03, 0xe8];

/// Accepts the WebSocket, sends the user's name or why there is none, and closes.
pub(super) async fn greet(mut request: Request) -> Response {
    let auth = request
        .extensions()
        .get::<AuthContext>()
        .expect("the layer");
    let name = match auth.claims() {
        Some(claims) => claims.sub().to_owned(),
        None => auth.not_signed_in_reason().expect("a reason").to_string(),
    };
    let key = request.headers()["sec-websocket-key"]
        .to_str()
        .expect("text");
    let accept = digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        format!("{key}{KEY_SUFFIX}").as_bytes(),
    );
    let headers = [
        (header::CONNECTION, "upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (
            header::SEC_WEBSOCKET_ACCEPT,
            STANDARD.encode_to_string(accept.as_ref()),
        ),
    ];
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut socket = TokioIo::new(upgrade.await.expect("an upgrade"));
        let length = u8::try_from(name.len()).expect("a short name");
        let frames = [&[TEXT, length], name.as_bytes(), &CLOSE].concat();
        socket.write_all(&frames).await.expect("an open socket");
        socket.shutdown().await.expect("an open socket");
    });
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// The message that the page receives through a WebSocket at `url`, or "refused".
pub(super) async fn message(browser: &Chromium, url: &str) -> String {
    let script = format!(
        "const done = arguments[0];
         const socket = new WebSocket('{url}');
         socket.onmessage = event => done(event.data);
         socket.onerror = () => done('refused');"
    );
    let message = browser.run(&script).await;
    message.as_str().expect("text").to_owned()
}
