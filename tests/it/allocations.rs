//! What the layer allocates for a request whose handler does not look.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderValue, Request, Response};
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

/// The name of the session's cookie.
const NAME: &str = "__Host-Http-auth";

/// A request with these cookies. A server cuts the fields out of one buffer that they share, so a copy of a field
/// needs no memory; here a clone makes the bytes shared.
fn request(cookies: &str) -> Request<Body> {
    let field = HeaderValue::from_str(cookies).unwrap();
    let mut request = Request::new(Empty::new());
    request.headers_mut().insert(COOKIE, field.clone());
    drop(field);
    request
}

fn with_foreign_cookies(cookie: &str) -> String {
    let foreign: String = (0..20)
        .map(|number| format!("foreign_{number}=GA1.1.{number:040}; "))
        .collect();
    format!("{foreign}{cookie}; {foreign}")
}

/// H-11: no box of a future, no copy of the session, and nothing is opened. The figures are exact, because anything that is
/// added here is added to every request.
#[test]
fn a_request_whose_handler_does_not_look_costs_a_context_and_its_extension() {
    let layer = layer();
    assert_eq!(layer.cookie_name(), NAME);
    let session = format!("{NAME}={}", "A".repeat(1_500));
    // The first request fills what is made once.
    allocations(&layer, Request::new(Empty::new()));

    let anonymous = allocations(&layer, Request::new(Empty::new()));
    let with_session = allocations(&layer, request(&session));
    let foreign = allocations(&layer, request(&with_foreign_cookies("a=b")));
    let both = allocations(&layer, request(&with_foreign_cookies(&session)));

    // The context; the request's extensions: their map, its table, and the box of the context.
    assert_eq!(anonymous, 4);
    assert_eq!(with_session, 4);
    assert_eq!([foreign, both], [anonymous, with_session]);
}
