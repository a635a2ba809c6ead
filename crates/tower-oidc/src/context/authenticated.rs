//! What a signed-in user's session holds.

use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use bytes::Bytes;
use relying_party::Claims;
use relying_party::claims::{UnverifiedClaims, decode_jwt_unverified};
use zeroize::Zeroizing;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::outcome::SignOut;
use crate::context::sign_in::SignIn;
use crate::format::codec::utf8;
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::access_token::Target;

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

    /// A response that asks this user to sign in once more and comes back to this page: to confirm
    /// who sits there before something important, with
    /// [`max_age`](crate::SignIn::max_age) or [`acr_values`](crate::SignIn::acr_values). Another
    /// user's sign-in is refused, and the session stays as it is.
    pub fn sign_in_again(&self) -> SignIn {
        self.context.sign_in().of_user(&self.claims)
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}

/// A secret text; wiped when it is dropped, shown by no `Debug`.
macro_rules! token {
    ($(#[$docs:meta])* $name:ident { $($field:ident: $type:ty),* }) => {
        $(#[$docs])*
        #[derive(Clone)]
        pub struct $name {
            text: Zeroizing<String>,
            $($field: $type,)*
        }

        impl $name {
            /// The token's text, to be sent and never logged.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

/// The access token of a refresh, and what else the refresh brought; made by
/// [`AuthContext::refresh`].
///
/// It is an [`AccessToken`] with one thing more.
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

    /// The access token alone.
    #[must_use]
    pub fn into_access_token(self) -> AccessToken {
        self.access_token
    }
}

impl Deref for Refreshed {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        &self.access_token
    }
}

token! {
    /// The ID token of the sign-in: a signed JWT that was verified then.
    IdToken {}
}

token! {
    /// An access token, opaque to this application (OpenID Connect Core 1.0 section 3.1.3.3).
    AccessToken { expires_at: Option<UnixMillis>, scope: Option<Bytes>, persisted: bool }
}

impl IdToken {
    pub(crate) const fn new(text: Zeroizing<String>) -> Self {
        Self { text }
    }
}

impl AccessToken {
    /// Whether the user's next request brings this token. `false` for one that was refreshed after
    /// the response's head was sent, when no cookie can be written any more: this process then
    /// remembers it until a response carries it. `false` also for one that there is no room for in
    /// the cookies, and for one that was refreshed in a request for a WebSocket or another upgrade,
    /// whose response sets no cookie.
    #[must_use]
    pub const fn is_persisted(&self) -> bool {
        self.persisted
    }

    /// The scopes of this token: as the provider said, or else as the token itself says, if it is a
    /// JWT (RFC 9068 section 2.2.3), or else those that the sign-in asked for, which is what the
    /// provider's silence means (RFC 6749 section 5.1). `None` for a token of an organization that
    /// says none, and for one that an older version of this crate stored.
    #[must_use]
    pub fn scopes(&self) -> Option<Vec<String>> {
        match &self.scope {
            Some(scope) => Some(words(scope)),
            None => self.unverified_claims().map(|claims| claims.scopes()),
        }
    }

    /// What the token says if it is a JWT; `None` if it is opaque. Its signature is **not** checked:
    /// it is for the resource to read, and here for display and debugging alone.
    #[must_use]
    pub fn unverified_claims(&self) -> Option<UnverifiedClaims> {
        decode_jwt_unverified(&self.text)
    }

    /// When the provider said that the token expires, in whole seconds; `None` if it did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(UnixMillis::to_system_time)
    }
}

impl Session {
    /// The access token for a target, as the session has it.
    pub(crate) fn access_token(&self, target: &Target, persisted: bool) -> Option<AccessToken> {
        let stored = self.body.access_token(target)?;
        let scope = match target.is_default() {
            true => &self.body.scope,
            false => &stored.scope,
        };
        Some(AccessToken {
            text: stored.token.text(),
            expires_at: stored.expires_at,
            scope: scope.clone(),
            persisted,
        })
    }

    pub(crate) fn scopes(&self) -> Option<Vec<String>> {
        match &self.body.scope {
            Some(scope) => Some(words(scope)),
            None => self.access_token(&Target::DEFAULT, true)?.scopes(),
        }
    }
}

fn words(text: &Bytes) -> Vec<String> {
    let words = utf8(text).unwrap_or_default().split_ascii_whitespace();
    words.map(str::to_owned).collect()
}
