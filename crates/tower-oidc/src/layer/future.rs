//! The future of a response: the application's without a box, or one of our flows.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response, response::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::context::AuthContext;
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
        state: State<S, S::Future, ReqBody>,
    }
}

/// Asks the stores, and returns the context of the request.
type Asking = Pin<Box<dyn Future<Output = AuthContext> + Send>>;

pin_project! {
    #[project = StateProjection]
    enum State<S, F, ReqBody> {
        // The stores are asked about the session of the request, for which the service is ready.
        Asking { asking: Asking, call: Option<(S, Request<ReqBody>)> },
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
    /// Asks the stores about the session of `context`, and then calls the service, which is ready.
    pub(crate) fn asking(service: S, request: Request<ReqBody>, context: AuthContext) -> Self {
        Self {
            state: State::Asking {
                asking: Box::pin(async move {
                    context.request_session().ask_stores().await;
                    context
                }),
                call: Some((service, request)),
            },
        }
    }

    pub(crate) const fn inner(future: S::Future, context: Unanswered) -> Self {
        Self {
            state: State::Inner { future, context },
        }
    }

    pub(crate) const fn flow(flow: Flow) -> Self {
        Self {
            state: State::Flow {
                flow,
                answered: None,
            },
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
                StateProjection::Asking { asking, call } => {
                    let context = ready!(asking.as_mut().poll(cx));
                    // The state changes as soon as the request is taken, so there always is one.
                    let Some((mut service, mut request)) = call.take() else {
                        return Poll::Pending;
                    };
                    request.extensions_mut().insert(context.clone());
                    let future = service.call(request);
                    this.state.set(State::Inner {
                        future,
                        context: Unanswered::new(context),
                    });
                    continue;
                }
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
