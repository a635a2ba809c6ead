//! `RequireAuth`: a guard in front of routes that are for signed-in users.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::missing_layer;
use crate::web::body::ResponseBody;

/// Lets only signed-in users through to the inner service.
///
/// 1. A user is signed in: the inner service answers.
/// 2. A navigation: 303 to the sign-in, which comes back to the page. A form that was posted: a page
///    with 401, which says that nothing was saved and leads back to the form's page by the sign-in.
/// 3. Any other request: 401 with `{"error":"sign_in_required","loginUrl":…}`.
/// 4. The layer cannot say who is signed in: 503 with `Retry-After`.
/// 5. A page of another origin asks for a WebSocket or another upgrade: 403; see
///    [`allowed_origins`](crate::AuthLayerBuilder::allowed_origins).
/// 6. A gRPC call (`content-type: application/grpc*`) gets HTTP 200 instead of all these, with
///    `grpc-status` 16 (unauthenticated), 14 (unavailable) or 7 (permission denied), and never a redirect.
/// 7. There is no [`AuthLayer`](crate::AuthLayer) around it: 500, and an error in the log.
///
/// ```
/// # #[cfg(feature = "hyper-client")] fn example() {
/// use tower_oidc::RequireAuth;
///
/// let guard = RequireAuth::layer();
/// # let _ = guard; }
/// ```
#[derive(Clone)]
pub struct RequireAuth<S> {
    inner: S,
}

impl RequireAuth<()> {
    /// The layer that puts the guard in front of a service.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_oidc::RequireAuth;
    ///
    /// let app: Router = Router::new()
    ///     .route("/account", get(|| async { "for signed-in users" }).layer(RequireAuth::layer()))
    ///     .route("/", get(|| async { "for everyone" }));
    /// # let _ = app;
    /// ```
    #[must_use]
    pub const fn layer() -> RequireAuthLayer {
        RequireAuthLayer(())
    }
}

/// Makes [`RequireAuth`].
#[derive(Clone, Copy, Debug)]
pub struct RequireAuthLayer(());

impl<S> Layer<S> for RequireAuthLayer {
    type Service = RequireAuth<S>;

    fn layer(&self, inner: S) -> RequireAuth<S> {
        RequireAuth { inner }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for RequireAuth<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = RequireAuthFuture<S::Future, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let kind = match request.extensions().get::<AuthContext>() {
            Some(context) if context.is_authenticated() => Kind::Inner {
                future: self.inner.call(request),
            },
            Some(context) => {
                Kind::refused(AuthError::new(context.refusal(), context.clone()).respond())
            }
            None => {
                missing_layer::log();
                let mut response = Response::new(ResponseBody::own(Bytes::from_static(
                    missing_layer::MESSAGE.as_bytes(),
                )));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                Kind::refused(response)
            }
        };
        RequireAuthFuture { kind }
    }
}

impl<S> fmt::Debug for RequireAuth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireAuth").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future that [`RequireAuth`] returns.
    pub struct RequireAuthFuture<F, B> {
        #[pin]
        kind: Kind<F, B>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F, B> {
        Inner { #[pin] future: F },
        Refused { response: Option<Response<ResponseBody<B>>> },
    }
}

impl<F, B> Kind<F, B> {
    const fn refused(response: Response<ResponseBody<B>>) -> Self {
        Self::Refused {
            response: Some(response),
        }
    }
}

impl<F, B, E> Future for RequireAuthFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    #[expect(
        clippy::expect_used,
        reason = "polling a future after it completed is a fault of the caller's"
    )]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProjection::Inner { future } => future
                .poll(cx)
                .map_ok(|response| response.map(ResponseBody::inner)),
            KindProjection::Refused { response } => {
                Poll::Ready(Ok(response.take().expect("polled after completion")))
            }
        }
    }
}

impl<F, B> fmt::Debug for RequireAuthFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireAuthFuture").finish_non_exhaustive()
    }
}
