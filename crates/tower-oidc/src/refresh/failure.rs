//! What a refresh that failed means: "sign in again" or "try later".

use std::sync::Arc;
use std::time::Duration;

use crate::session::Session;

/// The result of a token request; the same for all who waited for it.
pub(crate) type RefreshResult = Result<Arc<Session>, Failure>;

/// Why a refresh brought no session; the same for all who waited for one token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The network, the provider or the configuration is at fault: later it may work.
    Later {
        /// When to ask again.
        retry_after: Duration,
        /// What it means for a check that is due.
        revalidation: Revalidation,
    },
    /// The provider does not accept the refresh token any more, or there is none.
    SignInRequired,
    /// For a long time this session got nothing but answers that no token endpoint gives, such as a
    /// firewall's page, though the provider served others. A new sign-in may help where a token is
    /// needed. What the provider says of the user is still not known.
    Blocked,
    /// The user has to consent or to prove more, for this target alone.
    InteractionRequired,
    /// This client or this user may not have a token for this target.
    Denied,
    /// The session was signed out meanwhile.
    Ended,
}

/// What a guard does when a check that is due brought no confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revalidation {
    /// The provider refuses the user: the request is treated as a stranger's.
    Refused,
    /// The provider could not be asked, or gave no answer: the request passes within the guard's
    /// limit.
    Unanswered,
    /// The configuration, something between us and the provider, or a limit of this application is
    /// at fault: 503.
    Unavailable,
}

/// How soon a provider that failed is asked again, unless it says itself.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A provider that asks for more time than this is asked sooner.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A refused refresh token does not become good again, but a user may consent meanwhile.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);

impl Failure {
    /// It may work later: when the provider wants to be asked again, if it said so.
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

    /// A fault of our own.
    pub(crate) const fn internal() -> Self {
        Self::Later {
            retry_after: RETRY_AFTER,
            revalidation: Revalidation::Unanswered,
        }
    }

    /// Too many requests of our own are under way, so this one was not sent. That says nothing about
    /// the provider, and must not let a request pass whose user the provider would refuse.
    pub(crate) const fn busy() -> Self {
        Self::Later {
            retry_after: RETRY_AFTER,
            revalidation: Revalidation::Unavailable,
        }
    }

    /// What it means for a check that is due.
    pub(crate) const fn revalidation(self) -> Revalidation {
        match self {
            Self::SignInRequired | Self::InteractionRequired | Self::Ended => Revalidation::Refused,
            Self::Blocked | Self::Denied => Revalidation::Unavailable,
            Self::Later { revalidation, .. } => revalidation,
        }
    }

    /// How long the provider is not asked again.
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
