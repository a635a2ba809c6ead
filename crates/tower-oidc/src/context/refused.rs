//! How a request is refused: what an error says and logs.

use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::context::{AuthContext, AuthState};
use crate::log_limit::limited;
use crate::refresh::Failure;

impl AuthContext {
    /// How a guard refuses a request without a signed-in user.
    pub(crate) fn refusal(&self) -> AuthErrorKind {
        match self.state() {
            AuthState::Anonymous if self.is_from_foreign_page() => AuthErrorKind::ForeignOrigin,
            AuthState::Anonymous => AuthErrorKind::SignInRequired,
            // Signed in, but with claims that this version cannot read: signing in would not help.
            AuthState::Unavailable | AuthState::Authenticated => AuthErrorKind::Unavailable,
        }
    }

    pub(crate) fn refused(&self) -> AuthError {
        AuthError::new(self.refusal(), self.clone())
    }

    pub(crate) fn failed(&self, failure: Failure) -> AuthError {
        match failure {
            Failure::Later { retry_after, .. } => {
                AuthError::new(AuthErrorKind::Unavailable, self.clone()).retry_after(retry_after)
            }
            Failure::SignInRequired | Failure::Blocked | Failure::Ended => {
                AuthError::new(AuthErrorKind::SignInRequired, self.clone())
            }
            Failure::InteractionRequired => {
                AuthError::new(AuthErrorKind::InteractionRequired, self.clone())
            }
            Failure::Denied => AuthError::new(AuthErrorKind::Denied, self.clone()),
        }
    }

    pub(crate) fn misconfigured(&self, what: String) -> AuthError {
        let shared = self.components();
        limited!(error, shared, ("token", "misconfigured"), "{what}");
        self.misconfigured_as_logged(what)
    }

    /// The same for what a log line says already.
    pub(crate) fn misconfigured_as_logged(&self, what: String) -> AuthError {
        AuthError::new(AuthErrorKind::Misconfigured, self.clone()).because(what)
    }
}
