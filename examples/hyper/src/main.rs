//! The layer around a plain hyper service, without a framework.
//!
//! 1. Start a provider in one terminal: `cargo run -p oidc-dev-provider`.
//! 2. Start this in another one:
//!
//!    ```text
//!    AUTH_ISSUER=http://127.0.0.1:4000 AUTH_CLIENT_ID=dev-client \
//!    AUTH_CLIENT_SECRET=dev-secret-dev-secret-dev-secret AUTH_BASE_URL=http://localhost:3000 \
//!    AUTH_COOKIE_SECRET="$(openssl rand -base64 48)" cargo run -p hyper-example
//!    ```
//!
//! 3. Visit <http://localhost:3000/private>.
//!
//! `PORT` is the port on 127.0.0.1, 3000 by default; `AUTH_BASE_URL` must name the same.

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;
use std::{env, io};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};
use tower_oidc::{AuthContext, AuthLayer, PeerAddress};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever started the program reads it")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let auth = AuthLayer::from_env()?;
    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://localhost:{port}");

    loop {
        let (socket, peer) = listener.accept().await?;
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                // When many sign-ins wait for the provider, those of different networks are served
                // in turn.
                request.extensions_mut().insert(PeerAddress(peer.ip()));
                request
            })
            .layer(auth.clone())
            .service(service_fn(answer));
        let service = TowerToHyperService::new(service);
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            if let Err(error) = server.serve_connection(TokioIo::new(socket), service).await {
                tracing::debug!(error, "a connection ended");
            }
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let Some(auth) = request.extensions().get::<AuthContext>() else {
        return Ok(text(StatusCode::INTERNAL_SERVER_ERROR, "No AuthLayer"));
    };
    Ok(match request.uri().path() {
        "/" => match auth.claims() {
            Some(claims) => text(StatusCode::OK, format!("Hello {}", claims.sub())),
            None => text(StatusCode::OK, "Hello stranger"),
        },
        "/private" => match auth.authenticated() {
            Ok(user) => text(StatusCode::OK, format!("For {}", user.claims().sub())),
            // A redirect to the sign-in, a 401 or a 503, depending on the request.
            Err(error) => error.respond(),
        },
        _ => text(StatusCode::NOT_FOUND, "Not found"),
    })
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response
}
