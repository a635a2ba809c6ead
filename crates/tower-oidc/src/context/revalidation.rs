//! Whether a request must wait for the provider before the application sees it.

use std::time::Duration;

use relying_party::BoxFuture;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::refresh::{RefreshMode, Revalidation};
use crate::session::access_token::Target;

/// For how many intervals requests pass although their check is not possible, unless configured. An
/// application with a short interval wants access to end quickly; one with a long interval can accept a
/// longer outage.
const REFUSE_AFTER_INTERVALS: u32 = 10;

/// For how long at most requests pass although their check is not possible, unless configured. Most outages
/// are shorter, and a disabled user keeps access for no longer than a typical access token is valid.
const MAX_DEFAULT_REFUSE_AFTER: Duration = Duration::from_secs(3600);

/// How often a guard checks at the provider that a user still has access, and for how long requests pass
/// while the provider is unreachable; for
/// [`RequireAuthLayer::revalidate`](crate::guard::RequireAuthLayer::revalidate).
///
/// ```
/// use std::time::Duration;
///
/// use tower_oidc::RequireAuth;
/// use tower_oidc::guard::RevalidationPolicy;
///
/// // An administrator's pages: closed when checks have not been possible for two minutes.
/// let policy = RevalidationPolicy::every(Duration::from_secs(60))
///     .or_refuse_after(Duration::from_secs(120));
/// let guard = RequireAuth::layer().revalidate(policy);
/// # let _ = guard;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a policy has no effect until a guard gets it"]
pub struct RevalidationPolicy {
    every: Duration,
    refuse_after: Option<Duration>,
}

impl RevalidationPolicy {
    /// A check that is due this long after the sign-in or the last refresh.
    pub const fn every(every: Duration) -> Self {
        Self {
            every,
            refuse_after: None,
        }
    }

    /// Sets for how long requests pass while a due check is not possible. The time starts when the check
    /// became due; after it, requests get 503. Default is ten times the interval, at most an hour.
    /// `Duration::ZERO` refuses at once.
    ///
    /// The time belongs to the session and not to the outage. If a session was not used for a long time, so
    /// that its check became due long ago, it is refused at once if the check is not possible.
    pub const fn or_refuse_after(mut self, limit: Duration) -> Self {
        self.refuse_after = Some(limit);
        self
    }

    /// How long a check that is due may fail to be made.
    fn limit(&self) -> Duration {
        self.refuse_after.unwrap_or_else(|| {
            self.every
                .saturating_mul(REFUSE_AFTER_INTERVALS)
                .min(MAX_DEFAULT_REFUSE_AFTER)
        })
    }
}

/// When to refresh a session before the application sees the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RefreshBeforehand {
    pub(crate) revalidation: Option<RevalidationPolicy>,
    pub(crate) refresh_ahead: Option<Duration>,
}

impl AuthContext {
    /// The refresh that this request has to wait for. `None` if there is nothing to wait for.
    ///
    /// The future returns an error if the request must be refused.
    pub(crate) fn refresh_beforehand(
        &self,
        when: &RefreshBeforehand,
    ) -> Option<BoxFuture<Result<(), AuthError>>> {
        if when.revalidation.is_none() && when.refresh_ahead.is_none() {
            return None;
        }
        let session = self.session_with_token()?;
        let now = self.components().persistence.now();
        let confirmed_at = session
            .body
            .refreshed_at
            .unwrap_or(session.frame.created_at);
        let due_at = when
            .revalidation
            .map(|policy| confirmed_at.plus(policy.every));
        let is_due = due_at.is_some_and(|due_at| now >= due_at);
        let refused_from = when
            .revalidation
            .zip(due_at)
            .map(|(policy, due_at)| due_at.plus(policy.limit()));
        let token = session.body.access_token(&Target::DEFAULT);
        let expires_soon = when.refresh_ahead.is_some_and(|ahead| {
            session.body.refresh_token.is_some()
                && token.is_some_and(|token| !token.is_alive(now, ahead))
        });
        if !is_due && !expires_soon {
            return None;
        }
        let context = self.clone();
        Some(Box::pin(async move {
            let is_over = |now| refused_from.is_some_and(|from| now >= from);
            // Beyond the limit the request is refused without an answer, so it is worth waiting for.
            let mode = if is_due && is_over(now) {
                RefreshMode::Always
            } else {
                RefreshMode::IfPossible
            };
            let answer = context.token_of(&session, Target::DEFAULT, mode).await;
            let Err(failure) = answer else { return Ok(()) };
            if !is_due {
                return Ok(());
            }
            match failure.revalidation() {
                Revalidation::Refused => {
                    Err(AuthError::new(AuthErrorKind::SignInRequired, context))
                }
                // The limit may have passed while it waited.
                Revalidation::Unanswered if !is_over(context.components().persistence.now()) => {
                    Ok(())
                }
                Revalidation::Unanswered | Revalidation::Unavailable => {
                    let error = AuthError::new(AuthErrorKind::Unavailable, context);
                    Err(error.retry_after(failure.remembered_for()))
                }
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_ten_intervals_and_at_most_an_hour_unless_configured() {
        let limit = |every, refuse_after| {
            let policy = RevalidationPolicy {
                every: Duration::from_secs(every),
                refuse_after,
            };
            policy.limit().as_secs()
        };

        assert_eq!(limit(60, None), 600);
        assert_eq!(limit(3_000, None), 3_600);
        assert_eq!(limit(u64::MAX, None), 3_600);
        assert_eq!(limit(60, Some(Duration::ZERO)), 0);
        assert_eq!(limit(60, Some(Duration::from_secs(7_200))), 7_200);
    }
}
