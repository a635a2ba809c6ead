//! `Auth`, the service that the layer makes.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::context::AuthContext;
use crate::flow::{self, Head};
use crate::future::ResponseFuture;
use crate::shared::Shared;

/// The service made by [`AuthLayer`](crate::AuthLayer).
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Auth<S> {
    pub(crate) const fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    fn context<B>(&self, request: &Request<B>) -> AuthContext {
        let shared = Arc::clone(&self.shared);
        let name = self.shared.session_cookie.name();
        let nested = request
            .extensions()
            .get::<AuthContext>()
            .is_some_and(|outer| outer.shared().session_cookie.name() == name);
        if nested {
            tracing::error!(
                cookie = name.as_str(),
                "two AuthLayers of one cookie name are nested; nobody counts as signed in: \
                 remove one, or give one another cookie_name"
            );
            AuthContext::unavailable(shared, request)
        } else {
            AuthContext::new(shared, request)
        }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for Auth<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    /// An error would close the connection without a response, so the layer makes none of its own.
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        if let Some(route) = self.shared.routes.route(request.uri().path()) {
            // The body of a request to our own paths is dropped unread (H-12).
            let (parts, _) = request.into_parts();
            let head = Head::new(parts);
            return ResponseFuture::flow(flow::run(Arc::clone(&self.shared), route, head));
        }
        let context = self.context(&request);
        request.extensions_mut().insert(context.clone());
        ResponseFuture::inner(self.inner.call(request), context)
    }
}

impl<S> fmt::Debug for Auth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
