//! What a failed refresh means: "sign in again" or "try later".

use std::sync::Arc;
use std::time::Duration;

use crate::session::Session;

/// The result of a token request; the same for all callers that waited for it.
pub(crate) type RefreshResult = Result<Arc<Session>, Failure>;

/// Why a refresh failed; the same for all callers that waited for one token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The network, the provider or the configuration is at fault. A later refresh may succeed.
    Later {
        /// How long to wait before the next try.
        retry_after: Duration,
        /// What the failure means for a check that is due.
        revalidation: Revalidation,
    },
    /// The provider no longer accepts the refresh token, or there is none.
    SignInRequired,
    /// For a long time this session only got responses that were not from a token endpoint, such as a
    /// firewall's page, while the provider served other sessions. If a token is needed, a new sign-in may
    /// help. Whether the provider would refuse the user is not known.
    Blocked,
    /// The user has to consent or to prove more, but only for this target.
    InteractionRequired,
    /// This client or this user may not have a token for this target.
    Denied,
    /// The session was signed out in the meantime.
    Ended,
}

/// What a guard does if a check that was due did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revalidation {
    /// The provider refuses the user: the request is treated as anonymous.
    Refused,
    /// The provider was unreachable, or gave no answer: the request passes within the guard's limit.
    Unanswered,
    /// The configuration, something between us and the provider, or a limit of this application is
    /// at fault: 503.
    Unavailable,
}

/// How long to wait after a failure of the provider, unless the provider says so.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The longest wait, even if the provider asks for more: users wait for it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// How long a refusal is remembered. A refused refresh token does not become valid again, but the user may
/// consent in the meantime.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);

impl Failure {
    /// A later refresh may succeed. `retry_after` is how long the provider asks to wait, if it does.
    pub(crate) fn later(retry_after: Option<Duration>, revalidation: Revalidation) -> Self {
        let retry_after = retry_after.unwrap_or(RETRY_AFTER);
        Self::Later {
            retry_after: retry_after.clamp(RETRY_AFTER, LONGEST_RETRY_AFTER),
            revalidation,
        }
    }

    /// The same, but not tried again sooner than after `pause`.
    pub(super) fn for_at_least(mut self, pause: Duration) -> Self {
        if let Self::Later { retry_after, .. } = &mut self {
            *retry_after = pause.max(*retry_after);
        }
        self
    }

    /// No result, for a reason in this instance: the caller stopped waiting, another instance holds the lock,
    /// or the circuit is open, for example.
    pub(crate) const fn internal() -> Self {
        Self::Later {
            retry_after: RETRY_AFTER,
            revalidation: Revalidation::Unanswered,
        }
    }

    /// Too many of our requests are in flight, so this one was not sent. That says nothing about the
    /// provider, so a request whose user it might refuse must not pass.
    pub(crate) const fn busy() -> Self {
        Self::Later {
            retry_after: RETRY_AFTER,
            revalidation: Revalidation::Unavailable,
        }
    }

    /// What the failure means for a check that is due.
    pub(crate) const fn revalidation(self) -> Revalidation {
        match self {
            Self::SignInRequired | Self::InteractionRequired | Self::Ended => Revalidation::Refused,
            Self::Blocked | Self::Denied => Revalidation::Unavailable,
            Self::Later { revalidation, .. } => revalidation,
        }
    }

    /// For how long the failure is remembered, and the provider not asked again.
    pub(crate) const fn remembered_for(self) -> Duration {
        match self {
            Self::Later { retry_after, .. } => retry_after,
            Self::SignInRequired
            | Self::Blocked
            | Self::InteractionRequired
            | Self::Denied
            | Self::Ended => REFUSAL_REMEMBERED,
        }
    }

    /// A stable code for logs.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Later { .. } => "later",
            Self::SignInRequired | Self::Blocked => "sign_in_required",
            Self::InteractionRequired => "interaction_required",
            Self::Denied => "denied",
            Self::Ended => "ended",
        }
    }
}
