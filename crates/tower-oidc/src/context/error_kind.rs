//! The kinds of `AuthError`, and what the layer needs to know to answer one.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};

use crate::context::missing_access::Missing;

/// What the layer writes for an error.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) kind: AuthErrorKind,
    pub(crate) retry_after: Duration,
    /// What a guard demands and the session does not have.
    pub(crate) missing: Arc<[Missing]>,
}

impl Refusal {
    pub(crate) fn new(kind: AuthErrorKind) -> Self {
        Self {
            kind,
            retry_after: DEFAULT_RETRY_AFTER,
            missing: Arc::default(),
        }
    }

    /// In whole seconds (RFC 9110 section 10.2.3).
    pub(crate) fn retry_after_seconds(&self) -> HeaderValue {
        HeaderValue::from(self.retry_after.as_secs().max(1))
    }
}

/// When to try again unless somebody knows better: the fault is a matter of configuration or of a
/// network, so sooner is no use.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(5);

/// What to do about an [`AuthError`](crate::AuthError).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The user has to sign in.
    SignInRequired,
    /// The user has to consent, or to prove more, before they can have this token. They are signed
    /// in.
    InteractionRequired,
    /// The user has to sign in again, in a stronger way or because the last time is too long ago: a guard
    /// demands an [`acr`](crate::guard::RequireAuthLayer::acr) or a
    /// [`max_age`](crate::guard::RequireAuthLayer::max_age).
    StepUpRequired,
    /// A guard demands a [`scope`](crate::guard::RequireAuthLayer::scope) that was not granted.
    InsufficientScope,
    /// A guard demands an [`organization`](crate::guard::RequireAuthLayer::organization) that the claims do not
    /// name.
    OrganizationRequired,
    /// The user may not do this, and signing in again would not help: a guard demands a
    /// [`role`](crate::guard::RequireAuthLayer::role) or [something else](crate::guard::RequireAuthLayer::when),
    /// or a handler says so.
    Forbidden,
    /// This user or this application may not have this token, whoever signs in.
    Denied,
    /// A page of another origin asks for a WebSocket or another upgrade, which must not act as the
    /// user; see [`allowed_origins`](crate::AuthLayerBuilder::allowed_origins). The answer is 403, a
    /// page for a navigation and JSON otherwise, and signing in would not help.
    ForeignOrigin,
    /// Try later: the layer cannot say who is signed in, or the provider is unreachable.
    Unavailable,
    /// The configuration lacks what the handler asks for; the error's text says what.
    Misconfigured,
}

impl AuthErrorKind {
    /// The status for callers that get no redirect.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::SignInRequired | Self::InteractionRequired | Self::StepUpRequired => {
                StatusCode::UNAUTHORIZED
            }
            Self::InsufficientScope
            | Self::OrganizationRequired
            | Self::Forbidden
            | Self::Denied
            | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether a sign-in may bring what is missing.
    pub(crate) const fn may_be_solved_by_sign_in(self) -> bool {
        matches!(self, Self::SignInRequired | Self::InteractionRequired) || self.is_of_guard()
    }

    /// Whether a guard demands more than the session of a signed-in user has, and a sign-in may bring it.
    pub(crate) const fn is_of_guard(self) -> bool {
        matches!(
            self,
            Self::StepUpRequired | Self::InsufficientScope | Self::OrganizationRequired
        )
    }

    /// Whether it is known that nobody is signed in for this request.
    #[cfg(feature = "axum")]
    pub(crate) const fn is_anonymous(self) -> bool {
        matches!(self, Self::SignInRequired | Self::ForeignOrigin)
    }

    /// A stable code for logs and JSON answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignInRequired => "sign_in_required",
            Self::InteractionRequired => "interaction_required",
            // RFC 9470 section 3.
            Self::StepUpRequired => "insufficient_user_authentication",
            // RFC 6750 section 3.1.
            Self::InsufficientScope => "insufficient_scope",
            Self::OrganizationRequired => "organization_required",
            Self::Forbidden => "forbidden",
            Self::Denied => "denied",
            Self::ForeignOrigin => "foreign_origin",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}
