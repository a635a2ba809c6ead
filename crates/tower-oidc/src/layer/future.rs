//! The future of a response: the application's without a box, or one of our flows.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response, response::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::context::response_head::{self, Unanswered};
use crate::flow::{self, Flow};
use crate::web::body::ResponseBody;

pin_project! {
    /// The future that [`Auth`](crate::Auth) returns.
    pub struct ResponseFuture<S, ReqBody>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        state: State<S::Future>,
        // A layer that has to wait before it calls the inner service keeps both here. The future is only
        // `Send` if both are, so that this does not change then.
        before: PhantomData<(S, Request<ReqBody>)>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        // The application works on the request.
        Inner { #[pin] future: F, context: Unanswered },
        // One of our flows works on the response. If the application has responded before, the headers
        // of its response that are not about the body are kept.
        Flow { flow: Flow, answered: Option<Parts> },
    }
}

impl<S, ReqBody> ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    pub(crate) const fn inner(future: S::Future, context: Unanswered) -> Self {
        Self {
            state: State::Inner { future, context },
            before: PhantomData,
        }
    }

    pub(crate) const fn flow(flow: Flow) -> Self {
        Self {
            state: State::Flow {
                flow,
                answered: None,
            },
            before: PhantomData,
        }
    }
}

impl<S, ReqBody, B> Future for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let (flow, parts) = match this.state.as_mut().project() {
                StateProjection::Inner { future, context } => {
                    let response = ready!(future.poll(cx));
                    let (mut parts, body) = response
                        .inspect_err(|_| {
                            context.request_session().close();
                        })?
                        .into_parts();
                    let Some(outcome) = context.take_outcome(&mut parts.extensions) else {
                        response_head::finish(context, &mut parts);
                        return Poll::Ready(Ok(Response::from_parts(
                            parts,
                            ResponseBody::inner(body),
                        )));
                    };
                    (flow::after((*context).clone(), outcome), parts)
                }
                StateProjection::Flow { flow, answered } => {
                    let own = ready!(flow.as_mut().poll(cx));
                    let response = match answered.take() {
                        Some(parts) => response_head::replace(parts, own),
                        None => own,
                    };
                    return Poll::Ready(Ok(response.map(ResponseBody::own)));
                }
            };
            this.state.set(State::Flow {
                flow,
                answered: Some(parts),
            });
        }
    }
}

impl<S, ReqBody> fmt::Debug for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
