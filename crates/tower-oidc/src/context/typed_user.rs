//! `User`: a signed-in user with the claims as a type of the application.

use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;

use crate::context::AuthContext;
use crate::context::authenticated::Authenticated;
use crate::context::error::AuthError;
use crate::log_limit::limited;

/// A signed-in user, and the claims as a type of the application. A user whose claims do not fit the type is not admitted:
/// 403, and a warning in the log that names the type.
///
/// It derefs to the type. With the feature `axum` it is an extractor; elsewhere call [`AuthContext::user`].
///
/// ```
/// use serde::Deserialize;
/// use tower_oidc::User;
///
/// #[derive(Deserialize)]
/// struct Employee {
///     sub: String,
///     department: String,
/// }
///
/// async fn greeting(user: User<Employee>) -> String {
///     format!("Hello {} of {}", user.sub, user.department)
/// }
/// # let _ = greeting;
/// ```
#[derive(Clone)]
pub struct User<C> {
    authenticated: Authenticated,
    claims: C,
}

impl<C> User<C> {
    /// The signed-in user, with all claims.
    #[must_use]
    pub const fn authenticated(&self) -> &Authenticated {
        &self.authenticated
    }

    /// The claims as the type of the application, by value.
    #[must_use]
    pub fn into_claims(self) -> C {
        self.claims
    }
}

impl<C> Deref for User<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.claims
    }
}

impl<C> fmt::Debug for User<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

impl AuthContext {
    /// The signed-in user, with the claims as a type of the application.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// #[derive(Deserialize)]
    /// struct Employee {
    ///     department: String,
    /// }
    ///
    /// fn department(auth: &AuthContext) -> Result<String, AuthError> {
    ///     Ok(auth.user::<Employee>()?.into_claims().department)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`authenticated`](Self::authenticated);
    /// [`AuthErrorKind::Forbidden`](crate::AuthErrorKind::Forbidden) if the claims do not fit the type.
    pub fn user<C: DeserializeOwned>(&self) -> Result<User<C>, AuthError> {
        let authenticated = self.authenticated()?;
        match authenticated.claims().deserialize() {
            Ok(claims) => Ok(User {
                authenticated,
                claims,
            }),
            // The text of the error may contain values of claims, which are personal data.
            Err(_) => {
                let shared = self.components();
                let claims_type = std::any::type_name::<C>();
                limited!(
                    warn,
                    shared,
                    ("user", claims_type),
                    claims_type,
                    "a user is refused, because their claims do not fit the application's type: a claim is missing or of \
                     another type; make what a user may lack an Option"
                );
                Err(self.forbidden())
            }
        }
    }
}
