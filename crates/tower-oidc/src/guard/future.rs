//! The future of a guarded request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::context::error::AuthError;
use crate::web::body::ResponseBody;

/// The check or refresh for which a request waits.
type Check = Pin<Box<dyn Future<Output = Result<(), AuthError>> + Send>>;

pin_project! {
    /// The future that [`RequireAuth`](crate::RequireAuth) returns.
    pub struct RequireAuthFuture<S, ReqBody, B>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        state: State<S, ReqBody, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[project_replace = ReplacedState]
    enum State<S, ReqBody, B>
    where
        S: Service<Request<ReqBody>>,
    {
        // The check is in a box. Only a request that waits for the provider pays for that.
        Checking { check: Check, inner: S, request: Request<ReqBody> },
        Inner { #[pin] future: S::Future },
        Refused { response: Response<ResponseBody<B>> },
        Finished,
    }
}

impl<S, ReqBody, B> RequireAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>>,
{
    /// Calls `inner` if the check succeeds. Its `poll_ready` must have returned ready.
    pub(super) fn checking(check: Check, inner: S, request: Request<ReqBody>) -> Self {
        let state = State::Checking {
            check,
            inner,
            request,
        };
        Self { state }
    }

    pub(super) fn inner(future: S::Future) -> Self {
        let state = State::Inner { future };
        Self { state }
    }

    pub(super) fn refused(response: Response<ResponseBody<B>>) -> Self {
        let state = State::Refused { response };
        Self { state }
    }
}

impl<S, ReqBody, B> Future for RequireAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    #[expect(
        clippy::panic,
        reason = "polling a future after it completed, or after it panicked, is a mistake of the \
                  caller"
    )]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let StateProjection::Checking { check, .. } = state.as_mut().project() {
            let checked = ready!(check.as_mut().poll(cx));
            let checking = state.as_mut().project_replace(State::Finished);
            if let ReplacedState::Checking {
                mut inner, request, ..
            } = checking
            {
                if let Err(error) = checked {
                    return Poll::Ready(Ok(error.into_own_response()));
                }
                let future = inner.call(request);
                state.set(State::Inner { future });
            }
        }
        if let StateProjection::Inner { future } = state.as_mut().project() {
            let response = ready!(future.poll(cx));
            return Poll::Ready(response.map(|response| response.map(ResponseBody::inner)));
        }
        match state.project_replace(State::Finished) {
            ReplacedState::Refused { response } => Poll::Ready(Ok(response)),
            _ => panic!("polled after completion"),
        }
    }
}

impl<S, ReqBody, B> fmt::Debug for RequireAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireAuthFuture").finish_non_exhaustive()
    }
}
