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

use crate::context::AuthContext;
use crate::context::error::{AuthError, AuthErrorKind};
use crate::context::tokens::Need;
use crate::guard::require::{RequireAuth, RequireAuthFuture, RequireAuthLayer};
use crate::refresh::Revalidation;
use crate::session::access_token::Target;
use crate::web::body::ResponseBody;

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

/// A check that is due and cannot be made passes for so many times the interval, unless configured:
/// a short interval asks for a quick end of access, and a long one can bear a longer outage.
const REFUSED_AFTER_INTERVALS: u32 = 10;

/// And at most for this time unless configured: most outages are shorter, and a user who was
/// disabled keeps access for no longer than a typical access token lives.
const LONGEST_REFUSED_AFTER: Duration = Duration::from_secs(3600);

#[derive(Clone, Copy, Debug, Default)]
struct When {
    every: Option<Duration>,
    refuse_after: Option<Duration>,
    ahead: Option<Duration>,
}

impl RequireAuthLayer {
    /// Refreshes the session before a request that comes so long after the sign-in or the last
    /// refresh: a user whom the provider has disabled is refused then, and roles are current.
    ///
    /// - If the provider refuses the user, in whatever words, the request is treated as a stranger's (a
    ///   redirect to the sign-in, or 401), even if the access token is still valid. The session stays.
    /// - If the answer says nothing about the user, because the provider does not accept this client
    ///   or a firewall answered, the answer is 503.
    /// - If the provider cannot be asked, or does not answer, the request passes, but only for a
    ///   limited time: until ten times `every`, and at most an hour, after the check became due.
    ///   [`or_refuse_after`](RevalidateAuthLayer::or_refuse_after) sets this limit. After it, the
    ///   answer is 503 with `Retry-After` until the check succeeds.
    /// - If the check cannot be made because of a limit of our own, such as too many refreshes of
    ///   this session at once, the answer is 503 at once: otherwise a user could keep the check from
    ///   being made.
    ///
    /// Within the limit, a request waits for its check for
    /// [`refresh_wait`](crate::AuthLayerBuilder::refresh_wait), or for 2 seconds while no refresh of
    /// any session is answered; of requests whose check begins in such an outage, 16 wait at a time,
    /// and the others pass at once.
    ///
    /// A session without a refresh token is sent to the sign-in each time, unless that did not help
    /// just now; see [`AuthError`].
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
            refuse_after: None,
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
            refuse_after: None,
            ahead: Some(ahead),
        })
    }
}

impl RevalidateAuthLayer {
    /// How long a check that is due and cannot be made lets requests pass, counted from when it
    /// became due; then they get 503. Default is ten times the interval of
    /// [`revalidate_every`](Self::revalidate_every), at most an hour. `Duration::ZERO` refuses at
    /// once. It has no effect without `revalidate_every`.
    ///
    /// The time is that of the session and not of the outage: a session whose check became due while
    /// nobody used it has used up its limit when its user comes back.
    #[must_use]
    pub const fn or_refuse_after(mut self, limit: Duration) -> Self {
        self.0.refuse_after = Some(limit);
        self
    }

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
                    request,
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
        let due_at = self.every.map(|every| confirmed_at.plus(every));
        let is_due = due_at.is_some_and(|due_at| now >= due_at);
        let refused_from = due_at.map(|due_at| due_at.plus(self.limit()));
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
            let is_over = |now| refused_from.is_some_and(|from| now >= from);
            // Beyond the limit the answer is needed, so it is worth waiting for.
            let need = if is_due && is_over(now) {
                Need::Newer
            } else {
                Need::NewerIfPossible
            };
            let answer = context.token_of(&session, Target::DEFAULT, need).await;
            let Err(failure) = answer else { return Ok(()) };
            if !is_due {
                return Ok(());
            }
            match failure.revalidation() {
                Revalidation::Refused => {
                    Err(AuthError::new(AuthErrorKind::SignInRequired, context))
                }
                // The limit may have passed while it waited.
                Revalidation::Unanswered if !is_over(context.shared().now()) => Ok(()),
                Revalidation::Unanswered | Revalidation::Unavailable => {
                    let error = AuthError::new(AuthErrorKind::Unavailable, context);
                    Err(error.retry_after(failure.remembered_for()))
                }
            }
        }))
    }

    /// How long a check that is due may fail to be made.
    fn limit(self) -> Duration {
        self.refuse_after.unwrap_or_else(|| {
            let every = self.every.unwrap_or_default();
            every
                .saturating_mul(REFUSED_AFTER_INTERVALS)
                .min(LONGEST_REFUSED_AFTER)
        })
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
    #[project_replace = ReplacedState]
    enum State<S, ReqBody, B>
    where
        S: Service<Request<ReqBody>>,
    {
        // A box, but only for a request that waits for the provider anyway.
        Checking {
            check: BoxFuture<Result<(), AuthError>>,
            inner: RequireAuth<S>,
            request: Request<ReqBody>,
        },
        Answering { #[pin] future: RequireAuthFuture<S::Future, B> },
        Finished,
    }
}

impl<S, ReqBody, B> Future for RevalidateAuthFuture<S, ReqBody, B>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    #[expect(
        clippy::panic,
        reason = "polling a future after it completed, or after it panicked, is a fault of the \
                  caller's"
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
                    return Poll::Ready(Ok(error.respond()));
                }
                let future = inner.call(request);
                state.set(State::Answering { future });
            }
        }
        match state.project() {
            StateProjection::Answering { future } => future.poll(cx),
            StateProjection::Checking { .. } | StateProjection::Finished => {
                panic!("polled after completion")
            }
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
