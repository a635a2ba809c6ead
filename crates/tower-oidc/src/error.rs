//! `AuthError`: why a handler cannot go on, and the response that says so.

use std::fmt;

use http::{Response, StatusCode};

use crate::context::AuthContext;
use crate::outcome::Outcome;

/// A handler needs a signed-in user, and there is none.
///
/// It carries what it needs of the request, so it becomes the right response by itself: a
/// redirect to the sign-in for a navigation, 401 with JSON for a script, 503 if the layer cannot
/// say who is signed in. With the feature `axum` it is an `IntoResponse`; elsewhere call
/// [`respond`](Self::respond).
#[derive(Clone)]
#[must_use = "an error that is not returned as a response refuses nothing"]
pub struct AuthError {
    kind: AuthErrorKind,
    context: AuthContext,
}

/// What to do about an [`AuthError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The user has to sign in.
    SignInRequired,
    /// Try later: the layer cannot say who is signed in.
    Unavailable,
}

impl AuthErrorKind {
    /// The status for callers that get no redirect.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::SignInRequired => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A stable code for logs and JSON answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignInRequired => "sign_in_required",
            Self::Unavailable => "unavailable",
        }
    }
}

impl AuthError {
    pub(crate) const fn new(kind: AuthErrorKind, context: AuthContext) -> Self {
        Self { kind, context }
    }

    /// What to do about it.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.kind
    }

    /// The response, for services without a framework. Its body is empty: the layer writes the
    /// answer on its way out.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: Default>(self) -> Response<B> {
        self.context.record(Outcome::Refused(self.kind));
        let mut response = Response::new(B::default());
        *response.status_mut() = self.kind.status();
        response
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            AuthErrorKind::SignInRequired => "the user has to sign in",
            AuthErrorKind::Unavailable => "it cannot be said now who is signed in; try later",
        })
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthError").field(&self.kind).finish()
    }
}

impl std::error::Error for AuthError {}
