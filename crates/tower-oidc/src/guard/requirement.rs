//! `Require`: a user who has what a type demands, for handlers.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "axum")]
use http::request::Parts;

use super::demands::SHORTEST_MAX_AGE;
use crate::context::AuthContext;
use crate::context::authenticated::Authenticated;
use crate::context::checks::{Checked, Checks};
use crate::context::demands::Demands;
use crate::context::error::AuthError;
#[cfg(feature = "axum")]
use crate::context::extract::{AuthRejection, context};

/// What [`Require`] demands of a user, as constants of a type; the same as the demands of
/// [`RequireAuthLayer`](crate::guard::RequireAuthLayer).
///
/// ```
/// use std::time::Duration;
///
/// use tower_oidc::Requirement;
///
/// /// Administrators who signed in within the last ten minutes.
/// struct Admin;
///
/// impl Requirement for Admin {
///     const ROLE: Option<&str> = Some("admin");
///     const MAX_AGE: Option<Duration> = Some(Duration::from_secs(600));
/// }
/// ```
pub trait Requirement {
    /// Scopes, separated by spaces; see [`scope`](crate::guard::RequireAuthLayer::scope). Default is none.
    const SCOPE: Option<&'static str> = None;

    /// Values of `acr`, separated by spaces, one of which suffices; see [`acr`](crate::guard::RequireAuthLayer::acr).
    /// Default is none.
    const ACR: Option<&'static str> = None;

    /// The greatest age of the sign-in, at least 30 seconds; see
    /// [`max_age`](crate::guard::RequireAuthLayer::max_age). Default is any.
    const MAX_AGE: Option<Duration> = None;

    /// An organization; see [`organization`](crate::guard::RequireAuthLayer::organization). Default is any.
    const ORGANIZATION: Option<&'static str> = None;

    /// A role; see [`role`](crate::guard::RequireAuthLayer::role). Default is none.
    const ROLE: Option<&'static str> = None;

    /// Whether the user is admitted, as far as the constants do not say; see
    /// [`when`](crate::guard::RequireAuthLayer::when). By default everybody is.
    #[must_use]
    fn admits(user: &Authenticated) -> bool {
        let _ = user;
        true
    }
}

/// A signed-in user who has what `R` demands. A handler that has one need not check again.
///
/// With the feature `axum` it is an extractor, which refuses like [`RequireAuth`](crate::RequireAuth); elsewhere call
/// [`AuthContext::require`].
///
/// ```
/// use tower_oidc::{Require, Requirement};
///
/// struct Admin;
///
/// impl Requirement for Admin {
///     const ROLE: Option<&str> = Some("admin");
/// }
///
/// async fn users(admin: Require<Admin>) -> String {
///     format!("for {} alone", admin.claims().sub())
/// }
/// # let _ = users;
/// ```
pub struct Require<R> {
    user: Authenticated,
    requirement: PhantomData<fn() -> R>,
}

impl<R> Require<R> {
    /// The user, without the type that says what was demanded.
    #[must_use]
    pub fn into_inner(self) -> Authenticated {
        self.user
    }
}

impl<R> Deref for Require<R> {
    type Target = Authenticated;

    fn deref(&self) -> &Authenticated {
        &self.user
    }
}

impl<R> Clone for Require<R> {
    fn clone(&self) -> Self {
        Self {
            user: self.user.clone(),
            requirement: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Require<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Require").finish_non_exhaustive()
    }
}

impl AuthContext {
    /// The signed-in user, if they have what `R` demands. The resolver is asked for the provider of the session first, if
    /// `R` demands a role and that provider is not at hand.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError, Requirement};
    ///
    /// struct Admin;
    ///
    /// impl Requirement for Admin {
    ///     const ROLE: Option<&str> = Some("admin");
    /// }
    ///
    /// async fn delete_everything(auth: &AuthContext) -> Result<String, AuthError> {
    ///     let admin = auth.require::<Admin>().await?;
    ///     Ok(format!("deleted by {}", admin.claims().sub()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`authenticated`](Self::authenticated);
    /// [`AuthErrorKind::StepUpRequired`](crate::AuthErrorKind::StepUpRequired),
    /// [`InsufficientScope`](crate::AuthErrorKind::InsufficientScope) or
    /// [`OrganizationRequired`](crate::AuthErrorKind::OrganizationRequired) if a sign-in can bring what is missing,
    /// [`Forbidden`](crate::AuthErrorKind::Forbidden) if it cannot.
    pub async fn require<R: Requirement + 'static>(&self) -> Result<Require<R>, AuthError> {
        const {
            assert!(
                is_possible(R::SCOPE) && is_possible(R::ACR),
                "a SCOPE or an ACR of a Requirement is empty or has control characters"
            );
            assert!(
                is_possible(R::ORGANIZATION) && is_possible(R::ROLE),
                "an ORGANIZATION or a ROLE of a Requirement is empty or has control characters"
            );
            assert!(
                is_long_enough(R::MAX_AGE),
                "the MAX_AGE of a Requirement is less than 30 seconds, in which nobody is back from the sign-in"
            );
        }
        match self.check(&Checks::of(demands::<R>())) {
            Checked::Done(checked) => checked?,
            Checked::Waiting(check) => check.await?,
        }
        Ok(Require {
            user: self.authenticated()?,
            requirement: PhantomData,
        })
    }
}

fn demands<R: Requirement + 'static>() -> Demands {
    Demands {
        scope: R::SCOPE.map(Into::into),
        acr: R::ACR.map(Into::into),
        max_age: R::MAX_AGE.map(|it| Duration::from_secs(it.as_secs())),
        organization: R::ORGANIZATION.map(Into::into),
        roles: R::ROLE.into_iter().map(Into::into).collect(),
        predicates: vec![Arc::new(R::admits)],
    }
}

/// Whether some user can have it.
const fn is_possible(text: Option<&str>) -> bool {
    let Some(text) = text else {
        return true;
    };
    let mut rest = text.as_bytes();
    let mut has_text = false;
    while let Some((byte, after)) = rest.split_first() {
        if byte.is_ascii_control() {
            return false;
        }
        has_text = has_text || *byte != b' ';
        rest = after;
    }
    has_text
}

const fn is_long_enough(max_age: Option<Duration>) -> bool {
    match max_age {
        Some(max_age) => max_age.as_secs() >= SHORTEST_MAX_AGE.as_secs(),
        None => true,
    }
}

/// Refuses as [`RequireAuth`](crate::RequireAuth) does.
#[cfg(feature = "axum")]
impl<S: Sync, R: Requirement + 'static> axum_core::extract::FromRequestParts<S> for Require<R> {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let context = context(parts)?;
        context.require().await.map_err(AuthRejection::Refused)
    }
}
