//! Why a token could not be had: "sign in again" or "try later".

use std::time::Duration;

use crate::session::access_token::Target;

/// Shared by all who waited for one token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The network, the provider or the configuration is at fault: later it may work.
    Later {
        /// When to ask again.
        retry_after: Duration,
    },
    /// The provider takes the refresh token no longer, or there is none.
    SignInRequired,
    /// The user has to consent or to prove more, for this target alone.
    InteractionRequired,
    /// This client or this user may not have a token for this target.
    Denied,
    /// The session was signed out meanwhile.
    Ended,
}

/// How soon a provider that failed is asked again, unless it says itself.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A provider that asks for more time than this is asked sooner.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A refused refresh token does not become good again, but a user may consent meanwhile.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);

impl Failure {
    pub(crate) fn of(error: &relying_party::Error, target: &Target) -> Self {
        let refused = if target.is_default() {
            Self::SignInRequired
        } else {
            Self::InteractionRequired
        };
        match error.code() {
            // Its words prove nothing when its status says that it failed.
            _ if error.is_transient() => Self::later(error),
            // Whether it is meant for the target alone or for the whole grant cannot be told apart.
            "token.invalid_grant"
            | "token.interaction_required"
            | "token.consent_required"
            | "token.login_required"
            | "token.account_selection_required"
            | "token.unmet_authentication_requirements" => refused,
            "token.access_denied"
            | "token.invalid_target"
            | "token.invalid_scope"
            | "token.unauthorized_client" => Self::Denied,
            _ => Self::later(error),
        }
    }

    fn later(error: &relying_party::Error) -> Self {
        let retry_after = error.retry_after().unwrap_or(RETRY_AFTER);
        Self::Later {
            retry_after: retry_after.clamp(RETRY_AFTER, LONGEST_RETRY_AFTER),
        }
    }

    /// A fault of our own.
    pub(crate) const fn internal() -> Self {
        Self::Later {
            retry_after: RETRY_AFTER,
        }
    }

    /// How long the provider is not asked again.
    pub(crate) const fn remembered_for(self) -> Duration {
        match self {
            Self::Later { retry_after } => retry_after,
            Self::SignInRequired | Self::InteractionRequired | Self::Denied | Self::Ended => {
                REFUSAL_REMEMBERED
            }
        }
    }

    /// A stable code for logs and events.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Later { .. } => "later",
            Self::SignInRequired => "sign_in_required",
            Self::InteractionRequired => "interaction_required",
            Self::Denied => "denied",
            Self::Ended => "ended",
        }
    }
}
