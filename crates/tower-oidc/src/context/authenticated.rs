//! `Authenticated`: a signed-in user, for handlers that need one.

use std::fmt;

use relying_party::Claims;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::sign_in::SignIn;
use crate::context::sign_out::SignOut;
use crate::session::public_tokens::{AccessToken, IdToken};

/// A signed-in user. It exists only for a request with a valid session, so a handler that has one
/// need not check again.
///
/// Its methods are those that handlers need most; [`context`](Self::context) has the others.
///
/// ```
/// use tower_oidc::{AuthContext, AuthError, Authenticated};
///
/// fn greeting(auth: &AuthContext) -> Result<String, AuthError> {
///     let user: Authenticated = auth.authenticated()?;
///     Ok(format!("Hello {}", user.claims().sub()))
/// }
/// ```
///
/// With the feature `axum` it is an extractor: a handler that takes it is for signed-in users alone.
#[derive(Clone)]
pub struct Authenticated {
    context: AuthContext,
    claims: Claims,
}

impl AuthContext {
    /// The signed-in user, whose claims and tokens are available without further checks.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::SignInRequired`](crate::AuthErrorKind::SignInRequired) if no user is signed in;
    /// [`AuthErrorKind::ForeignOrigin`](crate::AuthErrorKind::ForeignOrigin) if a page of another origin
    /// requests a WebSocket; [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if the layer
    /// is misconfigured. The error becomes a redirect to the sign-in, or a 401, 403 or 503.
    pub fn authenticated(&self) -> Result<Authenticated, AuthError> {
        match self.claims() {
            Some(claims) => Ok(Authenticated::new(self.clone(), claims)),
            None => Err(self.refused()),
        }
    }
}

impl Authenticated {
    pub(crate) const fn new(context: AuthContext, claims: Claims) -> Self {
        Self { context, claims }
    }

    /// The verified claims of the ID token.
    ///
    /// Authorize on `iss` and `sub`: an email address can change hands.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The request's context, for everything that has no method here, such as
    /// [`refresh`](AuthContext::refresh) or [`data`](AuthContext::data).
    #[must_use]
    pub const fn context(&self) -> &AuthContext {
        &self.context
    }

    /// The access token of the sign-in, refreshed if that is due; the same as
    /// [`AuthContext::access_token`].
    ///
    /// # Errors
    ///
    /// Those of [`AuthContext::access_token`].
    pub async fn access_token(&self) -> Result<AccessToken, AuthError> {
        self.context.access_token().await
    }

    /// An access token for a resource (RFC 8707); the same as [`AuthContext::access_token_for`].
    ///
    /// # Errors
    ///
    /// Those of [`AuthContext::access_token_for`].
    pub async fn access_token_for(&self, resource: &str) -> Result<AccessToken, AuthError> {
        self.context.access_token_for(resource).await
    }

    /// What the UserInfo endpoint says about this user; the same as [`AuthContext::user_info`].
    ///
    /// # Errors
    ///
    /// Those of [`AuthContext::user_info`].
    pub async fn user_info(&self) -> Result<Claims, AuthError> {
        self.context.user_info().await
    }

    /// The newest ID token, if the session keeps it; the same as [`AuthContext::id_token`].
    #[must_use]
    pub fn id_token(&self) -> Option<IdToken> {
        self.context.id_token()
    }

    /// A response that signs this user out, here and at the provider; the same as
    /// [`AuthContext::sign_out`].
    pub fn sign_out(&self) -> SignOut {
        self.context.sign_out()
    }

    /// An error that says that this user may not do this; the same as [`AuthContext::forbidden`].
    pub fn forbidden(&self) -> AuthError {
        self.context.forbidden()
    }

    /// A response that asks this user to sign in once more and returns to this page: to confirm who is
    /// present before an important action, with [`max_age`](crate::SignIn::max_age) or
    /// [`acr_values`](crate::SignIn::acr_values). A sign-in of another user is refused, and the session is
    /// unchanged.
    pub fn sign_in_again(&self) -> SignIn {
        self.context.sign_in().for_user(&self.claims)
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}

/// The access token of a refresh, and what else the refresh brought; made by
/// [`AuthContext::refresh`].
///
/// ```
/// use tower_oidc::{AuthContext, AuthError};
///
/// async fn bearer(auth: &AuthContext) -> Result<String, AuthError> {
///     let refreshed = auth.refresh().await?;
///     Ok(format!("Bearer {}", refreshed.access_token().as_str()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Refreshed {
    access_token: AccessToken,
    claims_renewed: bool,
}

impl Refreshed {
    pub(crate) const fn new(access_token: AccessToken, claims_renewed: bool) -> Self {
        Self {
            access_token,
            claims_renewed,
        }
    }

    /// Whether a new ID token came, so that [`claims`](AuthContext::claims), roles among them, are what
    /// the provider says now. `false` if they are still those of the sign-in or an earlier refresh: a
    /// provider need not send an ID token (OpenID Connect Core 1.0 section 12.2), and some send one only
    /// with [`Provider::scope_at_refresh`](crate::Provider::scope_at_refresh).
    #[must_use]
    pub const fn claims_renewed(&self) -> bool {
        self.claims_renewed
    }

    /// The access token of the refresh.
    #[must_use]
    pub const fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The access token of the refresh, by value.
    #[must_use]
    pub fn into_access_token(self) -> AccessToken {
        self.access_token
    }
}
