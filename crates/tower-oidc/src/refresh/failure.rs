//! What a refresh that failed means: "sign in again" or "try later".

use std::time::Duration;

use crate::event::AuthEventReason;
use crate::session::access_token::Target;

/// Components by all who waited for one token request.
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

/// What the answer of the token endpoint to a refresh says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The refresh token is not accepted any more, in whatever words.
    Refused,
    /// The provider has to ask the user something first.
    Interaction,
    /// This client or this user may not have what was asked for.
    Denied,
    /// The provider does not accept this client, which only its operator can change.
    ClientRefused(Revalidation),
    /// An answer that a token endpoint does not give.
    Blocked,
    /// Nothing that lasts.
    Later(Revalidation),
}

/// How soon a provider that failed is asked again, unless it says itself.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A provider that asks for more time than this is asked sooner.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A refused refresh token does not become good again, but a user may consent meanwhile.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);

impl Verdict {
    /// What an error of [`RelyingParty::refresh`](relying_party::RelyingParty::refresh) says.
    ///
    /// Providers report a dead refresh token and a blocked user in many words: `invalid_request`, a
    /// sentence in the place of a code, a code of their own, an empty body. So every refusal counts
    /// as one of the refresh token, except those that are named here. A wrong guess costs one
    /// redirect: no cookie is deleted, and redirects end after one round.
    pub(super) fn of(error: &relying_party::Error, target: &Target) -> Self {
        let is_default = target.is_default();
        match error.code() {
            // Nothing was sent, which says nothing about the provider, and lets nobody pass unchecked.
            _ if error.is_overloaded() => Self::Later(Revalidation::Unavailable),
            // Its words prove nothing when its status says that it failed.
            _ if error.is_transient() => Self::Later(Revalidation::Unanswered),
            "token.invalid_client" | "token.unsupported_grant_type" | "token.client_challenge" => {
                Self::ClientRefused(Revalidation::Unavailable)
            }
            // Some providers deny blocked users so.
            "token.unauthorized_client" if is_default => Self::ClientRefused(Revalidation::Refused),
            "token.invalid_scope" => Self::Denied,
            // The target is what is refused, and the rest of the grant may be good.
            "token.access_denied" | "token.invalid_target" | "token.unauthorized_client"
                if !is_default =>
            {
                Self::Denied
            }
            "token.interaction_required"
            | "token.consent_required"
            | "token.login_required"
            | "token.account_selection_required"
            | "token.unmet_authentication_requirements" => Self::Interaction,
            "token.bad_request" | "token.unauthorized" | "token.other" => Self::Refused,
            // By the settings of this application: another sign-in is the only way on.
            "refresh.not_accepted" => Self::Refused,
            _ if error.oauth_error_code().is_some() => Self::Refused,
            // A page with status 200 and a redirect to one are as good as one with 403.
            "token.status" | "token.redirect" | "token.malformed" => Self::Blocked,
            _ => Self::Later(Revalidation::Unanswered),
        }
    }
}

impl Failure {
    /// Something may work later that failed with `error`.
    pub(crate) fn later(error: &relying_party::Error) -> Self {
        Self::after(error, Revalidation::Unanswered)
    }

    /// The same, with what it means for a check that is due.
    pub(super) fn after(error: &relying_party::Error, revalidation: Revalidation) -> Self {
        let retry_after = error.retry_after().unwrap_or(RETRY_AFTER);
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

    /// Why a refresh failed, as the application hears it.
    pub(crate) const fn reason(self) -> AuthEventReason {
        match self {
            Self::Later { .. } => AuthEventReason::Later,
            Self::SignInRequired | Self::Blocked => AuthEventReason::SignInRequired,
            Self::InteractionRequired => AuthEventReason::InteractionRequired,
            Self::Denied => AuthEventReason::Denied,
            Self::Ended => AuthEventReason::SessionEnded,
        }
    }

    /// A stable code for logs.
    pub(crate) const fn code(self) -> &'static str {
        self.reason().code()
    }
}
