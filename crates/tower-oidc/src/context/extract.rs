//! Extractors and responses for axum (feature `axum`).

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::context::AuthContext;
use crate::context::authenticated::Authenticated;
use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::context::missing_layer;
use crate::context::sign_in::SignIn;
use crate::context::sign_out::SignOut;
use crate::context::typed_user::User;

/// There is no [`AuthLayer`](crate::AuthLayer) around the route; answered with 500.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MissingLayer;

impl std::fmt::Display for MissingLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(missing_layer::MESSAGE)
    }
}

impl std::error::Error for MissingLayer {}

impl MissingLayer {
    /// Returns the status code used for this rejection: 500.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// Returns the response body text used for this rejection.
    #[must_use]
    pub fn body_text(&self) -> String {
        missing_layer::MESSAGE.to_owned()
    }
}

impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        missing_layer::log();
        (self.status(), self.body_text()).into_response()
    }
}

/// Why an [`AuthContext`] or an [`Authenticated`] cannot be extracted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthRejection {
    /// There is no layer around the route.
    MissingLayer(MissingLayer),
    /// Nobody is signed in, or it cannot be said who is.
    Refused(AuthError),
}

impl std::fmt::Display for AuthRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MissingLayer(error) => error.fmt(f),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AuthRejection {}

impl AuthRejection {
    /// Returns the status code used for this rejection.
    ///
    /// A navigation that needs a sign-in gets 303 instead of 401: the layer replaces the response of an
    /// [`AuthError`] with what the request's kind gets.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingLayer(error) => error.status(),
            Self::Refused(error) => error.kind().status(),
        }
    }

    /// Returns the response body text used for this rejection, unless the layer replaces it.
    #[must_use]
    pub fn body_text(&self) -> String {
        match self {
            Self::MissingLayer(error) => error.body_text(),
            Self::Refused(error) => error.body_text(),
        }
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        match self {
            Self::MissingLayer(error) => error.into_response(),
            Self::Refused(error) => error.into_response(),
        }
    }
}

/// The request's context; refused with 503 if it can say nothing. Extracting it is no look at the
/// session yet.
impl<S: Sync> FromRequestParts<S> for AuthContext {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let context = context(parts)?;
        if context.request_session().is_known_unavailable() {
            let error = AuthError::new(AuthErrorKind::Unavailable, context);
            return Err(AuthRejection::Refused(error));
        }
        Ok(context)
    }
}

/// The signed-in user; strangers are redirected to the sign-in, or refused with 401. WebSockets of
/// pages of another origin are refused with 403.
impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let context = context(parts)?;
        context.authenticated().map_err(AuthRejection::Refused)
    }
}

/// The signed-in user, if there is one; refused with 503 if that cannot be said. For a WebSocket of a
/// page of another origin it is `None`, because such a request may see what anybody sees.
impl<S: Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        let context = context(parts)?;
        match context.authenticated() {
            Ok(authenticated) => Ok(Some(authenticated)),
            Err(error) if error.kind().is_anonymous() => Ok(None),
            Err(error) => Err(AuthRejection::Refused(error)),
        }
    }
}

/// The signed-in user with the claims as a type of the application; others are refused as by [`Authenticated`], and with 403
/// if the claims do not fit the type.
impl<S: Sync, C: DeserializeOwned> FromRequestParts<S> for User<C> {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let context = context(parts)?;
        context.user().map_err(AuthRejection::Refused)
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        self.respond()
    }
}

impl IntoResponse for SignIn {
    fn into_response(self) -> Response {
        self.respond()
    }
}

impl IntoResponse for SignOut {
    fn into_response(self) -> Response {
        self.respond()
    }
}

pub(crate) fn context(parts: &Parts) -> Result<AuthContext, AuthRejection> {
    let context = parts.extensions.get().cloned();
    context.ok_or(AuthRejection::MissingLayer(MissingLayer))
}
