//! `RevalidateAuth`: a guard that asks the provider, now and then, whether the user is still one.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use relying_party::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::context::AuthContext;
use crate::error::{AuthError, AuthErrorKind};
use crate::refresh::Revalidation;
use crate::require::{RequireAuth, RequireAuthFuture, RequireAuthLayer};
use crate::session::access_token::Target;
use crate::tokens::Need;

/// Lets only signed-in users through whom the provider confirmed not long ago; made by
/// [`RequireAuthLayer::revalidate_every`] and [`RequireAuthLayer::refresh_ahead`].
///
/// What [`RequireAuth`] answers, this answers too.
#[derive(Clone)]
pub struct RevalidateAuth<S> {
    inner: RequireAuth<S>,
    when: When,
}

/// Makes [`RevalidateAuth`].
#[derive(Clone, Copy, Debug)]
pub struct RevalidateAuthLayer(When);

#[derive(Clone, Copy, Debug, Default)]
struct When {
    every: Option<Duration>,
    ahead: Option<Duration>,
}

impl RequireAuthLayer {
    /// Refreshes the session before a request that comes so long after the sign-in or the last
    /// refresh: a user whom the provider has disabled is refused then, and roles are those of now.
    ///
    /// A refusal of the provider's, in whatever words, sends the user to the sign-in, although the
    /// access token may still be valid; the session stays. An answer that says nothing of the user,
    /// because the provider does not accept this client or a firewall answered, is 503. A provider that
    /// cannot be asked disturbs nobody. For one that does not answer, those wait
    /// who come in the first two seconds, as long as the HTTP client does, and then one request in half
    /// a minute. A session without a refresh token is sent to the sign-in each time, unless that did
    /// not help just now; see [`AuthError`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().revalidate_every(Duration::from_secs(600));
    /// # let _ = guard;
    /// ```
    #[must_use]
    pub const fn revalidate_every(self, every: Duration) -> RevalidateAuthLayer {
        RevalidateAuthLayer(When {
            every: Some(every),
            ahead: None,
        })
    }

    /// Refreshes the access token of the sign-in if it expires within this time, so that the
    /// handler need not wait for it. A refresh that fails is for the handler to meet. Of a token that
    /// lives for less than twice this time, the second half of its life counts.
    #[must_use]
    pub const fn refresh_ahead(self, ahead: Duration) -> RevalidateAuthLayer {
        RevalidateAuthLayer(When {
            every: None,
            ahead: Some(ahead),
        })
    }
}

impl RevalidateAuthLayer {
    /// Both: see [`RequireAuthLayer::revalidate_every`].
    #[must_use]
    pub const fn revalidate_every(mut self, every: Duration) -> Self {
        self.0.every = Some(every);
        self
    }

    /// Both: see [`RequireAuthLayer::refresh_ahead`].
    #[must_use]
    pub const fn refresh_ahead(mut self, ahead: Duration) -> Self {
        self.0.ahead = Some(ahead);
        self
    }
}

impl<S> Layer<S> for RevalidateAuthLayer {
    type Service = RevalidateAuth<S>;

    fn layer(&self, inner: S) -> RevalidateAuth<S> {
        RevalidateAuth {
            inner: RequireAuth::layer().layer(inner),
            when: self.0,
        }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for RevalidateAuth<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>> + Clone,
    B: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = RevalidateAuthFuture<S, ReqBody, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Service::<Request<ReqBody>>::poll_ready(&mut self.inner, cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let check = request
            .extensions()
            .get::<AuthContext>()
            .and_then(|context| self.when.check(context));
        let state = match check {
            None => State::Answering {
                future: self.inner.call(request),
            },
            Some(check) => {
                // The one that is ready, not its clone.
                let clone = self.inner.clone();
                State::Checking {
                    check,
                    inner: mem::replace(&mut self.inner, clone),
                    request: Some(request),
                }
            }
        };
        RevalidateAuthFuture { state }
    }
}

impl When {
    /// What to ask the provider first, if anything.
    fn check(self, context: &AuthContext) -> Option<BoxFuture<Result<(), AuthError>>> {
        let session = context.session()?;
        let now = context.shared().now();
        let confirmed_at = session
            .body
            .refreshed_at
            .unwrap_or(session.frame.created_at);
        let is_due = self
            .every
            .is_some_and(|every| now.since(confirmed_at) >= every);
        let token = session.body.access_token(&Target::DEFAULT);
        let is_ending = self.ahead.is_some_and(|ahead| {
            session.body.refresh_token.is_some()
                && token.is_some_and(|token| !token.is_alive(now, ahead))
        });
        if !is_due && !is_ending {
            return None;
        }
        let context = context.clone();
        Some(Box::pin(async move {
            let token = context.token_of(&session, Target::DEFAULT, Need::NewerIfPossible);
            let Err(failure) = token.await else {
                return Ok(());
            };
            let refused = |kind| AuthError::new(kind, context.clone());
            match failure.revalidation() {
                _ if !is_due => Ok(()),
                Revalidation::Refused => Err(refused(AuthErrorKind::SignInRequired)),
                Revalidation::Unavailable => {
                    Err(refused(AuthErrorKind::Unavailable).retry_after(failure.remembered_for()))
                }
                Revalidation::Unanswered => Ok(()),
            }
        }))
    }
}

impl<S> fmt::Debug for RevalidateAuth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevalidateAuth")
            .field("when", &self.when)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future that [`RevalidateAuth`] returns.
    pub struct RevalidateAuthFuture<S, ReqBody, B>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        state: State<S, ReqBody, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, ReqBody, B>
    where
        S: Service<Request<ReqBody>>,
    {
        // A box, but only for a request that waits for the provider anyway.
        Checking {
            check: BoxFuture<Result<(), AuthError>>,
            inner: RequireAuth<S>,
            request: Option<Request<ReqBody>>,
        },
        Answering { #[pin] future: RequireAuthFuture<S::Future, B> },
    }
}

impl<S, ReqBody, B> Future for RevalidateAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                StateProjection::Answering { future } => return future.poll(cx),
                StateProjection::Checking {
                    check,
                    inner,
                    request,
                } => {
                    let checked = ready!(check.as_mut().poll(cx));
                    match (checked, request.take()) {
                        (Ok(()), Some(request)) => inner.call(request),
                        (Err(error), _) => return Poll::Ready(Ok(error.respond())),
                        // Taken in the same poll that leaves this state.
                        (Ok(()), None) => return Poll::Pending,
                    }
                }
            };
            this.state.set(State::Answering { future });
        }
    }
}

impl<S, ReqBody, B> fmt::Debug for RevalidateAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevalidateAuthFuture")
            .finish_non_exhaustive()
    }
}
