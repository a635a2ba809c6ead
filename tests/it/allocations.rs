//! What the layer allocates for a request whose handler does not look.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use bytes::Bytes;
use http::header::COOKIE;
use http::{Request, Response};
use http_body_util::Empty;
use tower_layer::Layer;
use tower_oidc::{AuthLayer, Provider};
use tower_service::Service;

type Body = Empty<Bytes>;

/// A service that allocates nothing.
#[derive(Clone)]
struct Silent;

impl Service<Request<Body>> for Silent {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Empty::new())))
    }
}

fn layer() -> AuthLayer {
    AuthLayer::builder()
        .provider(Provider::new("https://id.example", "client-id"))
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .build()
        .unwrap()
}

/// How often the layer allocates for a request. There is no runtime, so it starts no task either.
fn allocations(layer: &AuthLayer, request: Request<Body>) -> u64 {
    let mut service = layer.layer(Silent);
    let mut context = Context::from_waker(Waker::noop());
    let mut request = Some(request);
    let counted = measure(|| {
        let mut future = pin!(service.call(request.take().unwrap()));
        let answered = future.as_mut().poll(&mut context).is_ready();
        assert!(answered, "nothing is waited for");
    });
    counted.count_total
}

/// H-11: no box of a future, no copy of the session, and nothing is opened.
#[test]
fn a_request_whose_handler_does_not_look_costs_a_context_and_its_extension() {
    let layer = layer();
    let anonymous = || Request::new(Empty::new());
    let with_session = || {
        let cookie = format!("__Host-Http-auth={}", "A".repeat(1_500));
        Request::get("/")
            .header(COOKIE, cookie)
            .body(Empty::new())
            .unwrap()
    };
    // The first request fills what is made once.
    allocations(&layer, anonymous());

    let anonymous = allocations(&layer, anonymous());
    let with_session = allocations(&layer, with_session());

    // The context; the request's extensions: their map, its table, and the box of the context.
    assert_eq!(anonymous, 4);
    // And the fields that hold the session's cookie, its places in them, and the counter by which the bytes of
    // such a field are shared and not copied.
    assert_eq!(with_session, 7);
}
