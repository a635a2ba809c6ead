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
use crate::context::response_head::{self, Stored, Storing, Unanswered};
use crate::flow::{self, Flow};
use crate::web::body::ResponseBody;

pin_project! {
    /// The future that [`Auth`](crate::Auth) returns.
    pub struct ResponseFuture<S, ReqBody>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        state: State<S, S::Future, ReqBody, S::Response>,
    }
}

/// Asks the stores, and returns the context of the request.
type Asking = Pin<Box<dyn Future<Output = AuthContext> + Send>>;

pin_project! {
    #[project = StateProjection]
    enum State<S, F, ReqBody, R> {
        // The stores are asked about the session of the request, for which the service is ready.
        Asking { asking: Asking, call: Option<(S, Request<ReqBody>)> },
        // The application works on the request.
        Inner { #[pin] future: F, context: Unanswered },
        // The application has responded, and its store takes the session before the head is sent.
        Storing { storing: Storing, context: AuthContext, response: Option<R> },
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
            let next = match this.state.as_mut().project() {
                StateProjection::Asking { asking, call } => {
                    let context = ready!(asking.as_mut().poll(cx));
                    call.take().map(|call| called(call, context))
                }
                StateProjection::Inner { future, context } => {
                    let response = ready!(future.poll(cx));
                    let response = response.inspect_err(|_| context.request_session().close())?;
                    Some(answered(context, response))
                }
                StateProjection::Storing {
                    storing,
                    context,
                    response,
                } => {
                    let stored = ready!(storing.as_mut().poll(cx));
                    response.take().map(|it| stored_for(context, it, stored))
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
            match next {
                Some(Next::State(state)) => this.state.set(state),
                Some(Next::Response(response)) => return Poll::Ready(Ok(response)),
                // The state changes as soon as the request or the response is taken, so there always is one.
                None => return Poll::Pending,
            }
        }
    }
}

/// What follows from a state.
enum Next<S, F, ReqBody, B> {
    State(State<S, F, ReqBody, Response<B>>),
    Response(Response<ResponseBody<B>>),
}

/// Calls the service that was ready, after the stores were asked.
fn called<S, ReqBody, B>(
    (mut service, mut request): (S, Request<ReqBody>),
    context: AuthContext,
) -> Next<S, S::Future, ReqBody, B>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
{
    request.extensions_mut().insert(context.clone());
    Next::State(State::Inner {
        future: service.call(request),
        context: Unanswered::new(context),
    })
}

/// Continues with the response of the application.
fn answered<S, F, ReqBody, B>(
    context: &Unanswered,
    response: Response<B>,
) -> Next<S, F, ReqBody, B> {
    let (mut parts, body) = response.into_parts();
    if let Some(outcome) = context.take_outcome(&mut parts.extensions) {
        return Next::State(State::Flow {
            flow: flow::after((*context).clone(), outcome),
            answered: Some(parts),
        });
    }
    let storing = response_head::finish(context, &mut parts);
    let response = Response::from_parts(parts, body);
    match storing {
        None => Next::Response(response.map(ResponseBody::inner)),
        Some(storing) => Next::State(State::Storing {
            storing,
            context: (*context).clone(),
            response: Some(response),
        }),
    }
}

/// Continues with the response of the application after the store took the session, or did not.
fn stored_for<S, F, ReqBody, B>(
    context: &AuthContext,
    response: Response<B>,
    stored: Stored,
) -> Next<S, F, ReqBody, B> {
    let (mut parts, body) = response.into_parts();
    match stored {
        Stored::Cookies(cookies) => {
            response_head::set_cookies(context, cookies, &mut parts.headers);
        }
        Stored::InMemory => {}
        Stored::DataLost => {
            return Next::State(State::Flow {
                flow: flow::data_lost(context.clone()),
                answered: Some(parts),
            });
        }
    }
    let response = Response::from_parts(parts, body);
    Next::Response(response.map(ResponseBody::inner))
}

impl<S, ReqBody> fmt::Debug for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
