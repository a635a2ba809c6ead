//! `RequireAuth`: a guard in front of routes that are for signed-in users.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::future::RequireAuthFuture;
use crate::context::AuthContext;
use crate::context::checks::{Checked, Checks};
use crate::context::missing_layer;
use crate::context::revalidation::RevalidationPolicy;
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
/// [`revalidate_every`](RequireAuthLayer::revalidate_every) also asks the provider from time to time
/// whether the user still has access.
///
/// A guard can demand more than a user who is signed in: a [`scope`](RequireAuthLayer::scope), a
/// [stronger](RequireAuthLayer::acr) or [more recent](RequireAuthLayer::max_age) sign-in, an
/// [`organization`](RequireAuthLayer::organization), a [`role`](RequireAuthLayer::role), or what a
/// [function](RequireAuthLayer::when) says.
///
/// ```
/// use tower_oidc::RequireAuth;
///
/// let guard = RequireAuth::layer();
/// # let _ = guard;
/// ```
#[derive(Clone)]
pub struct RequireAuth<S> {
    inner: S,
    checks: Checks,
}

impl RequireAuth<()> {
    /// Returns the layer that puts the guard in front of a service.
    ///
    /// ```
    /// # #[cfg(feature = "axum")] fn example() {
    /// use axum::{Router, routing::get};
    /// use tower_oidc::RequireAuth;
    ///
    /// let app: Router = Router::new()
    ///     .route("/account", get(|| async { "for signed-in users" }).layer(RequireAuth::layer()))
    ///     .route("/", get(|| async { "for everyone" }));
    /// # let _ = app; }
    /// ```
    pub fn layer() -> RequireAuthLayer {
        RequireAuthLayer {
            checks: Checks::default(),
        }
    }
}

/// The layer that makes [`RequireAuth`].
#[derive(Clone, Debug)]
#[must_use = "a guard protects nothing unless it is put in front of a service"]
pub struct RequireAuthLayer {
    pub(super) checks: Checks,
}

impl RequireAuthLayer {
    /// Refreshes the session before a request that comes this long after the sign-in or the last
    /// refresh. A user whom the provider has disabled is then refused, and roles are current. Default
    /// is never.
    ///
    /// - If the provider refuses the user, for whatever reason, the request is treated as an anonymous
    ///   one (a redirect to the sign-in, or 401), even if the access token is still valid. The session
    ///   stays.
    /// - If the provider's response says nothing about the user, because it does not accept this client
    ///   or a firewall answered, the response is 503.
    /// - If the provider is unreachable, or does not answer, the request passes, but only for a
    ///   limited time: until ten times `every`, and at most an hour, after the check became due.
    ///   [`revalidate`](Self::revalidate) sets this limit. After it, the response is 503 with
    ///   `Retry-After` until a check succeeds.
    /// - If a limit of this layer prevents the check, such as too many refreshes of this session at once,
    ///   the response is 503 at once. Otherwise a user could prevent the check.
    ///
    /// Within the limit, a request waits for its check for
    /// [`refresh_wait`](crate::AuthLayerBuilder::refresh_wait), or for 2 seconds while the provider answers
    /// no refresh of any session. Of the requests whose check starts in such an outage, 16 wait at a
    /// time, and the others pass at once.
    ///
    /// A session without a refresh token cannot be checked, so each due check redirects to the sign-in. If
    /// the user has just come back from one, the response is an error page; see [`AuthError`](crate::AuthError).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().revalidate_every(Duration::from_secs(600));
    /// # let _ = guard;
    /// ```
    pub const fn revalidate_every(self, every: Duration) -> Self {
        self.revalidate(RevalidationPolicy::every(every))
    }

    /// Does what [`revalidate_every`](Self::revalidate_every) does, and can also set for how long
    /// requests pass although their check is not possible. Default is no check.
    pub const fn revalidate(mut self, policy: RevalidationPolicy) -> Self {
        self.checks.refresh.revalidation = Some(policy);
        self
    }

    /// Refreshes the access token of the sign-in if it expires within this time, so that the handler
    /// need not wait for it. A refresh that fails here is not an error: the handler gets the error
    /// when it asks for the token. For a token with a shorter life than twice this time, the refresh
    /// is due when half of its life has passed. Default is never.
    pub const fn refresh_ahead(mut self, ahead: Duration) -> Self {
        self.checks.refresh.refresh_ahead = Some(ahead);
        self
    }
}

impl<S> Layer<S> for RequireAuthLayer {
    type Service = RequireAuth<S>;

    fn layer(&self, inner: S) -> RequireAuth<S> {
        RequireAuth {
            inner,
            checks: self.checks.clone(),
        }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for RequireAuth<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>> + Clone,
    B: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = RequireAuthFuture<S, ReqBody, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(context) = request.extensions().get::<AuthContext>() else {
            return RequireAuthFuture::refused(no_layer());
        };
        match context.check(&self.checks) {
            Checked::Done(Ok(())) => RequireAuthFuture::inner(self.inner.call(request)),
            Checked::Done(Err(error)) => RequireAuthFuture::refused(error.into_own_response()),
            Checked::Waiting(check) => {
                // `poll_ready` was called on this service, so the request must not go to its clone.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                RequireAuthFuture::checking(check, ready, request)
            }
        }
    }
}

fn no_layer<B>() -> Response<ResponseBody<B>> {
    missing_layer::log();
    let body = Bytes::from_static(missing_layer::MESSAGE.as_bytes());
    let mut response = Response::new(ResponseBody::own(body));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl<S> fmt::Debug for RequireAuth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireAuth")
            .field("checks", &self.checks)
            .finish_non_exhaustive()
    }
}
