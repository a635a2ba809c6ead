//! A service that is called without a server, and that waits for nothing.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{ACCEPT, COOKIE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Empty;
use tower::{Service, service_fn};

/// The body of all requests and responses: none.
pub(crate) type Body = Empty<Bytes>;

/// The fields of a browser that opens a page with these cookies.
pub(crate) fn fields(cookies: &str) -> HeaderMap {
    let mut fields = HeaderMap::new();
    fields.insert(HOST, HeaderValue::from_static("app.example"));
    fields.insert(ACCEPT, HeaderValue::from_static("text/html"));
    fields.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
    fields.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    if !cookies.is_empty() {
        fields.insert(COOKIE, cookies.parse().expect("cookies are ASCII"));
    }
    fields
}

/// A request with these fields.
pub(crate) fn request(fields: &HeaderMap) -> Request<Body> {
    let mut request = Request::new(Body::new());
    *request.headers_mut() = fields.clone();
    request
}

/// A handler: `look` reads what it wants of the request, and the response is empty.
pub(crate) fn handler<L, F>(
    look: L,
) -> impl Service<
    Request<Body>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
> + Clone
+ Send
+ 'static
where
    L: Fn(Request<Body>) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    service_fn(move |request| {
        let looked = look(request);
        async move {
            looked.await;
            Ok(Response::new(Body::new()))
        }
    })
}

/// Calls the service and returns its response. It must be ready at once: nothing here waits for a network.
pub(crate) fn call<S>(service: &mut S, request: Request<Body>) -> S::Response
where
    S: Service<Request<Body>>,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(service.call(request));
    match future.as_mut().poll(&mut context) {
        Poll::Ready(Ok(response)) => response,
        _ => panic!("the service waits or fails"),
    }
}
