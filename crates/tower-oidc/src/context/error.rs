//! `AuthError`: why a handler cannot continue, and the response that says so.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response};

use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::context::missing_access::Missing;
use crate::context::returned_outcome::Outcome;
use crate::web::body::ResponseBody;
use crate::web::response::NO_STORE;

/// A handler needs a signed-in user or a token, and there is none.
///
/// It carries what it needs of the request, so it becomes the right response by itself when it is
/// returned: a redirect to the sign-in for a navigation, a page with 401 for a form that was posted (it says that
/// nothing was saved, and leads back to the form's page), 401 with JSON for a script, 503 if the layer
/// cannot say who is signed in; for a gRPC call (`application/grpc*`) 200 with `grpc-status` 16, 7, 14
/// or 13. With the feature `axum` it is an `IntoResponse`; elsewhere call
/// [`respond`](Self::respond).
///
/// A user who is signed in is redirected once. A provider that knows them signs them in without a
/// question, so one that refuses again what it refused before would be asked for ever: a refusal
/// within 20 seconds of the sign-in that a refusal asked for is a page with 403, which offers to sign
/// in again and to sign out, and a warning in the log, which says what to check. A script gets its 401
/// each time, and must not send the window to `loginUrl` without end.
///
/// ```
/// use http::Response;
/// use tower_oidc::{AuthContext, AuthErrorKind};
///
/// async fn orders(auth: &AuthContext) -> Response<String> {
///     match auth.access_token().await {
///         Ok(token) => Response::new(format!("{} characters", token.as_str().len())),
///         Err(error) if error.kind() == AuthErrorKind::Unavailable => {
///             Response::new("The orders are not available at the moment.".to_owned())
///         }
///         Err(error) => error.respond(),
///     }
/// }
/// ```
#[derive(Clone)]
#[must_use = "an error that is not returned as a response refuses nothing"]
pub struct AuthError {
    refusal: Refusal,
    /// What is wrong with the configuration.
    cause: Option<String>,
    context: AuthContext,
}

impl AuthError {
    pub(crate) fn new(kind: AuthErrorKind, context: AuthContext) -> Self {
        Self {
            refusal: Refusal::new(kind),
            cause: None,
            context,
        }
    }

    pub(crate) fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    /// What a guard demands and the session does not have.
    pub(crate) fn with_missing(mut self, missing: Vec<Missing>) -> Self {
        self.refusal.missing = missing.into();
        self
    }

    pub(crate) fn retry_after(mut self, retry_after: Duration) -> Self {
        self.refusal.retry_after = retry_after;
        self
    }

    pub(crate) fn because(mut self, cause: String) -> Self {
        self.cause = Some(cause);
        self
    }

    /// What to do about it.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.refusal.kind
    }

    /// The response, for services without a framework. Return it with its extensions: the
    /// [`AuthLayer`](crate::AuthLayer) replaces it with what this kind of request gets.
    ///
    /// Without the layer it is the status for a script (401, 403, 500 or 503) with the
    /// [code](AuthErrorKind::code) as JSON.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: From<String>>(self) -> Response<B> {
        self.into_response_of_text().map(B::from)
    }

    pub(crate) fn into_own_response<B>(self) -> Response<ResponseBody<B>> {
        self.into_response_of_text()
            .map(|text| ResponseBody::own(Bytes::from(text)))
    }

    /// The body of the response for a script.
    pub(crate) fn body_text(&self) -> String {
        format!(r#"{{"error":"{}"}}"#, self.refusal.kind.code())
    }

    fn into_response_of_text(self) -> Response<String> {
        let mut response = Response::new(self.body_text());
        *response.status_mut() = self.refusal.kind.status();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, NO_STORE);
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        if self.refusal.kind == AuthErrorKind::Unavailable {
            headers.insert(RETRY_AFTER, self.refusal.retry_after_seconds());
        }
        self.context
            .attach(Outcome::Refused(self.refusal), &mut response);
        response
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cause) = &self.cause {
            return f.write_str(cause);
        }
        f.write_str(match self.refusal.kind {
            AuthErrorKind::SignInRequired => "the user has to sign in",
            AuthErrorKind::InteractionRequired => "the user has to consent or to prove more",
            AuthErrorKind::StepUpRequired => {
                "the user has to sign in again, in a stronger way or anew"
            }
            AuthErrorKind::InsufficientScope => "a scope was not granted",
            AuthErrorKind::OrganizationRequired => {
                "the user has to sign in for another organization"
            }
            AuthErrorKind::Forbidden => "the user may not do this",
            AuthErrorKind::Denied => "the provider denies this token",
            AuthErrorKind::ForeignOrigin => "a page of another origin asks for an upgrade",
            AuthErrorKind::Unavailable => {
                "the user or a token cannot be determined at the moment; try later"
            }
            AuthErrorKind::Misconfigured => "the configuration lacks what is asked for",
        })
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthError")
            .field(&self.refusal.kind)
            .finish()
    }
}

impl std::error::Error for AuthError {}
