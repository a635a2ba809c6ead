//! A service that is called without a server, and that waits for nothing.

use std::convert::Infallible;
use std::fmt::Debug;
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

/// Calls the service and returns its response.
pub(crate) fn call<S, B>(service: &mut S, request: Request<B>) -> S::Response
where
    S: Service<Request<B>, Error: Debug>,
{
    immediate(service.call(request)).expect("the service answers")
}

/// The output of a future that is ready at once: nothing here waits for a network.
pub(crate) fn immediate<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the service waits"),
    }
}
