//! Whether a request must wait for the provider before the application sees it.

use std::time::Duration;

use relying_party::BoxFuture;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::refresh::{RefreshMode, Revalidation};
use crate::session::access_token::Target;

/// How many intervals a check that is due may fail to be made, unless configured: a short interval
/// asks for a quick end of access, and a long one can bear a longer outage.
const REFUSE_AFTER_INTERVALS: u32 = 10;

/// The longest time that a check may fail to be made, unless configured: most outages are shorter,
/// and a user who was disabled keeps access for no longer than a typical access token is valid.
const MAX_DEFAULT_REFUSE_AFTER: Duration = Duration::from_secs(3600);

/// When to refresh a session before the application sees the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RefreshBeforehand {
    pub(crate) revalidate_every: Option<Duration>,
    pub(crate) refuse_after: Option<Duration>,
    pub(crate) refresh_ahead: Option<Duration>,
}

impl RefreshBeforehand {
    /// How long a check that is due may fail to be made.
    fn limit(&self) -> Duration {
        self.refuse_after.unwrap_or_else(|| {
            let every = self.revalidate_every.unwrap_or_default();
            every
                .saturating_mul(REFUSE_AFTER_INTERVALS)
                .min(MAX_DEFAULT_REFUSE_AFTER)
        })
    }
}

impl AuthContext {
    /// The refresh that this request has to wait for. `None` if there is nothing to wait for.
    ///
    /// The future returns an error if the request must be refused.
    pub(crate) fn refresh_beforehand(
        &self,
        when: &RefreshBeforehand,
    ) -> Option<BoxFuture<Result<(), AuthError>>> {
        if when.revalidate_every.is_none() && when.refresh_ahead.is_none() {
            return None;
        }
        let session = self.session()?;
        let now = self.shared().persistence.now();
        let confirmed_at = session
            .body
            .refreshed_at
            .unwrap_or(session.frame.created_at);
        let due_at = when.revalidate_every.map(|every| confirmed_at.plus(every));
        let is_due = due_at.is_some_and(|due_at| now >= due_at);
        let refused_from = due_at.map(|due_at| due_at.plus(when.limit()));
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
                Revalidation::Unanswered if !is_over(context.shared().persistence.now()) => Ok(()),
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
            let when = RefreshBeforehand {
                revalidate_every: Some(Duration::from_secs(every)),
                refuse_after,
                refresh_ahead: None,
            };
            when.limit().as_secs()
        };

        assert_eq!(limit(60, None), 600);
        assert_eq!(limit(3_000, None), 3_600);
        assert_eq!(limit(u64::MAX, None), 3_600);
        assert_eq!(limit(60, Some(Duration::ZERO)), 0);
        assert_eq!(limit(60, Some(Duration::from_secs(7_200))), 7_200);
    }
}
