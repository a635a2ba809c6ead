//! `Auth`, the service that the layer makes.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::context::AuthContext;
use crate::context::response_head::Unanswered;
use crate::flow::{self, RequestHead};
use crate::layer::current_origins::CurrentOrigins;
use crate::layer::future::ResponseFuture;
use crate::layer::nesting;
use crate::layer::origins::Origins;
use crate::log_limit::limited;
use crate::session::not_signed_in::NotSignedIn;
use crate::web::body::ResponseBody;
use crate::web::pages;
use crate::web::request_body::UnreadBody;

/// The service made by [`AuthLayer`](crate::AuthLayer).
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    current: Arc<CurrentOrigins>,
}

impl<S> Auth<S> {
    pub(crate) const fn new(inner: S, current: Arc<CurrentOrigins>) -> Self {
        Self { inner, current }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for Auth<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>> + Clone,
    // A provider may post its answer to the callback.
    ReqBody: Body + Send + 'static,
    B: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    /// An error would close the connection without a response, so the layer itself never returns one.
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let origins = self.current.for_request();
        nesting::check(&origins.first, &request);
        if let Some(route) = origins.first.origin.routes.route(request.uri().path()) {
            let Some(shared) = origins.origin_for(&request) else {
                return ResponseFuture::flow(Box::pin(async { pages::misdirected() }));
            };
            if shared.origin.is_foreign_upgrade(&request) {
                return ResponseFuture::flow(Box::pin(async { pages::forbidden() }));
            }
            let client_network = origins.client_network(&request);
            let (parts, body) = request.into_parts();
            let head = RequestHead::new(parts, client_network);
            let body = UnreadBody::new(body);
            return ResponseFuture::flow(flow::run(shared, route, head, body));
        }
        let context = context(&origins, &request);
        let own = context.components();
        origins.strip_cookies(own, request.headers_mut());
        if context.request_session().asks_stores() {
            // The one that was ready is called, and a clone of it becomes ready for the next request.
            let clone = self.inner.clone();
            let ready = mem::replace(&mut self.inner, clone);
            return ResponseFuture::asking(ready, request, context);
        }
        request.extensions_mut().insert(context.clone());
        let unanswered = Unanswered::new(context);
        ResponseFuture::inner(self.inner.call(request), unanswered)
    }
}

impl<S> fmt::Debug for Auth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// The context of a request at one of these origins.
fn context<B>(origins: &Origins, request: &Request<B>) -> AuthContext {
    let Some(shared) = origins.origin_for(request) else {
        let first = Arc::clone(&origins.first);
        return AuthContext::closed(first, request, NotSignedIn::UnknownHost);
    };
    let name = shared.persistence.cookie.name();
    let is_nested = request
        .extensions()
        .get::<AuthContext>()
        .is_some_and(|outer| outer.components().persistence.cookie.name() == name);
    if is_nested {
        limited!(
            error,
            shared,
            ("nested_layers", ""),
            cookie = name.as_str(),
            "two AuthLayers of one cookie name are nested; nobody counts as signed in: \
             remove one, or give one another cookie_name"
        );
        AuthContext::closed(shared, request, NotSignedIn::Unavailable)
    } else {
        let network = origins.client_network(request);
        AuthContext::new(shared, request, network)
    }
}
