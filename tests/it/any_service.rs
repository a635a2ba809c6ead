//! The layer and the guard around any Tower service, with any body.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::COOKIE;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use tokio::task::JoinSet;
use tower::ServiceExt;
use tower::limit::ConcurrencyLimit;
use tower_layer::Layer;
use tower_oidc::{Auth, AuthLayer, Provider, RequireAuth};
use tower_oidc_tests::App;
use tower_oidc_tests::callback::session;
use tower_oidc_tests::visits::EXPIRY;
use tower_service::Service;

/// H-11: a clone of the service is never called without its own readiness, and a request that waits
/// for the provider keeps its place.
#[tokio::test]
async fn a_limit_of_one_request_behind_the_layer_holds_and_blocks_nobody() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let inner = tower::service_fn(move |_: Request<String>| {
        let (running, seen) = (Arc::clone(&running), Arc::clone(&seen));
        async move {
            seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Infallible>(Response::new(String::new()))
        }
    });
    let guard = RequireAuth::layer().revalidate_every(Duration::from_secs(600));
    let service = app.auth.layer(guard.layer(ConcurrencyLimit::new(inner, 1)));

    for _ in 0..3 {
        app.clock.advance(EXPIRY);
        let mut requests = JoinSet::new();
        for _ in 0..8 {
            let request = Request::get("/").header(COOKIE, &cookie);
            requests.spawn(
                service
                    .clone()
                    .oneshot(request.body(String::new()).unwrap()),
            );
        }
        for response in requests.join_all().await {
            assert_eq!(response.unwrap().status(), 200);
        }
    }

    assert_eq!(most.load(Ordering::SeqCst), 1);
}

fn layer() -> AuthLayer {
    AuthLayer::builder()
        .provider(Provider::new("https://id.example", "client-id"))
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .build()
        .unwrap()
}

/// A service with a future of a known size.
#[derive(Clone)]
struct Large;

struct LargeFuture(#[expect(dead_code, reason = "its size is what counts")] [u8; 4096]);

impl<ReqBody> Service<Request<ReqBody>> for Large {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = LargeFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<ReqBody>) -> LargeFuture {
        LargeFuture([0; 4096])
    }
}

impl Future for LargeFuture {
    type Output = Result<Response<String>, Infallible>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::new("large".to_owned())))
    }
}

/// H-11: the future of the application's service is part of the layer's, in no box.
#[tokio::test]
async fn the_future_of_the_inner_service_is_not_boxed() {
    let mut service = layer().layer(RequireAuth::layer().layer(Large));

    let future = service.call(Request::new(String::new()));
    let guarded = size_of_val(&future);
    drop(future);
    let open = size_of_val(&layer().layer(Large).call(Request::new(String::new())));

    assert!((4096..4096 + 512).contains(&open), "{open} bytes");
    assert!((4096..4096 + 1024).contains(&guarded), "{guarded} bytes");
}

#[derive(Clone)]
struct Echo;

impl<ReqBody> Service<Request<ReqBody>> for Echo {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<ReqBody>) -> Self::Future {
        ready(Ok(Response::new(Full::from("echo"))))
    }
}

/// The callback may read the request's body, so the layer asks for a body that can be read in another task.
/// The bodies of these frameworks can.
#[tokio::test]
async fn the_request_bodies_of_the_frameworks_fit() {
    fn fits<ReqBody>(_: &Auth<Echo>)
    where
        Auth<Echo>: Service<Request<ReqBody>, Error = Infallible>,
    {
    }
    let service = layer().layer(Echo);
    fits::<axum::body::Body>(&service);
    fits::<hyper::body::Incoming>(&service);
    fits::<tonic::body::Body>(&service);
    fits::<lambda_http::Body>(&service);
    fits::<Full<Bytes>>(&service);
    fits::<Empty<Bytes>>(&service);
    fits::<String>(&service);

    let response = service.oneshot(Request::new(String::new())).await.unwrap();

    assert_eq!(response.status(), 200);
}

/// A task of a server may be moved between threads while it waits.
#[test]
fn futures_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: T) {}
    is_send(layer().layer(Echo).call(Request::new(String::new())));
    let mut guarded = RequireAuth::layer().layer(Echo);
    is_send(guarded.call(Request::new(String::new())));
}
