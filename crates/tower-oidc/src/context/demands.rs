//! What guards demand of a user who is signed in, and what of that a session does not have.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::context::AuthContext;
use crate::context::authenticated::Authenticated;
use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::context::missing_access::Missing;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::provider::resolver::found::NotFound;
use crate::runtime;
use crate::session::Session;
use crate::sign_in::step_up::StepUp;

type Text = Cow<'static, str>;

/// A function of the application that says whether it admits a user.
pub(crate) type Predicate = Arc<dyn Fn(&Authenticated) -> bool + Send + Sync>;

/// What one guard demands. Each part was checked when the guard was made.
#[derive(Clone, Default)]
pub(crate) struct Demands {
    /// Scopes, separated by spaces, all of which have to be granted.
    pub(crate) scope: Option<Text>,
    /// Values of `acr`, separated by spaces, one of which the sign-in must have had.
    pub(crate) acr: Option<Text>,
    /// How long ago the user may have proved who they are.
    pub(crate) max_age: Option<Duration>,
    /// The id of an organization of the user.
    pub(crate) organization: Option<Text>,
    /// Roles, all of which the user must have.
    pub(crate) roles: Vec<Text>,
    pub(crate) predicates: Vec<Predicate>,
}

impl Demands {
    /// What a sign-in has to ask for, so that its session may have all of this.
    pub(crate) fn step_up(&self) -> StepUp {
        let text = |text: &Option<Text>| text.as_deref().map(str::to_owned);
        StepUp {
            scope: text(&self.scope),
            acr_values: text(&self.acr),
            max_age: self.max_age,
            organization: text(&self.organization),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.scope.is_none()
            && self.acr.is_none()
            && self.max_age.is_none()
            && self.organization.is_none()
            && self.roles.is_empty()
            && self.predicates.is_empty()
    }

    /// What a sign-in can bring and this session does not have, the most urgent first: a stronger sign-in may also bring
    /// the scope.
    fn missing_of_sign_in(&self, session: &Session, now: UnixMillis) -> Vec<Missing> {
        let acr = self.acr.as_ref().filter(|it| !session.has_acr(it));
        let is_too_old = |it: &Duration| !session.is_authenticated_within(*it, now);
        let max_age = self.max_age.filter(is_too_old);
        let scope = self.scope.as_ref().filter(|it| !session.has_scopes(it));
        let organization = self.organization.as_ref();
        let organization = organization.filter(|it| !session.is_of_organization(it));
        acr.cloned()
            .map(Missing::Acr)
            .into_iter()
            .chain(max_age.map(Missing::MaxAge))
            .chain(scope.cloned().map(Missing::Scope))
            .chain(organization.cloned().map(Missing::Organization))
            .collect()
    }
}

impl fmt::Debug for Demands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demands")
            .field("scope", &self.scope)
            .field("acr", &self.acr)
            .field("max_age", &self.max_age)
            .field("organization", &self.organization)
            .field("roles", &self.roles)
            .field("predicates", &self.predicates.len())
            .finish()
    }
}

impl AuthContext {
    /// Remembers what a guard of this request demands: a sign-in that this request asks for asks for it too.
    pub(crate) fn add_demanded(&self, step_up: &Arc<StepUp>) {
        if step_up.is_empty() {
            return;
        }
        let mut demanded = self
            .0
            .demanded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *demanded = Some(match demanded.take() {
            None => Arc::clone(step_up),
            Some(outer) => Arc::new(outer.and(step_up)),
        });
    }

    /// What all guards of this request demand of a sign-in.
    pub(crate) fn demanded(&self) -> Option<Arc<StepUp>> {
        let demanded = self.0.demanded.lock();
        demanded.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is not at hand which claim has the roles, so that the application's resolver has to be asked for the
    /// provider first.
    pub(crate) fn has_to_find_provider(&self, demands: &Demands) -> bool {
        let providers = &self.components().providers;
        let is_unknown = |session: &Session| providers.known(&session.provider()).is_none();
        !demands.roles.is_empty() && self.session().is_some_and(|it| is_unknown(&it))
    }

    /// Asks the resolver for the provider of the session.
    pub(crate) async fn find_provider(&self) -> Result<(), AuthError> {
        let Some(session) = self.session() else {
            return Err(self.refused());
        };
        match self.components().providers.find(&session.provider()).await {
            Ok(_) => Ok(()),
            Err(NotFound::Unavailable) => {
                Err(AuthError::new(AuthErrorKind::Unavailable, self.clone()))
            }
            Err(NotFound::Unknown) => {
                Err(AuthError::new(AuthErrorKind::SignInRequired, self.clone()))
            }
        }
    }

    /// Whether the signed-in user has everything that is demanded.
    ///
    /// Roles and the application's functions come first: nobody should have to sign in again only to hear that they may
    /// not see the page.
    pub(crate) fn check_demands(&self, demands: &Demands) -> Result<(), AuthError> {
        if demands.is_empty() {
            return Ok(());
        }
        let session = self.session().ok_or_else(|| self.refused())?;
        if !(demands.roles.is_empty() && demands.predicates.is_empty())
            && let Some(missing) = self.missing_right(&session, demands)?
        {
            return Err(self.refused_without(vec![missing]));
        }
        let missing = demands.missing_of_sign_in(&session, self.components().persistence.now());
        match missing.is_empty() {
            true => Ok(()),
            false => Err(self.refused_without(missing)),
        }
    }

    /// The first role that the user does not have, or the first function that does not admit them.
    fn missing_right(
        &self,
        session: &Session,
        demands: &Demands,
    ) -> Result<Option<Missing>, AuthError> {
        let user = self.authenticated()?;
        if !demands.roles.is_empty() {
            let registration = self.components().providers.known(&session.provider());
            let roles = registration.map(|it| user.claims().roles(it.settings().role_claim_path()));
            let roles = roles.unwrap_or_default();
            let has_role = |role: &Text| roles.iter().any(|it| *it == **role);
            if let Some(role) = demands.roles.iter().find(|role| !has_role(role)) {
                return Ok(Some(Missing::Role(role.clone())));
            }
        }
        let admits = |predicate: &Predicate| self.admits(predicate, &user);
        let is_admitted = demands.predicates.iter().all(admits);
        Ok((!is_admitted).then_some(Missing::Other))
    }

    /// Whether a function of the application admits the user; one that panics does not.
    fn admits(&self, predicate: &Predicate, user: &Authenticated) -> bool {
        runtime::catch_panic(|| predicate(user)).unwrap_or_else(|_| {
            // The text of a panic may contain secrets, so it is not logged.
            limited!(
                error,
                self.components(),
                ("guard", "when"),
                "a function that was given to RequireAuthLayer::when panicked, and its users are refused"
            );
            false
        })
    }

    fn refused_without(&self, missing: Vec<Missing>) -> AuthError {
        let kind = missing
            .first()
            .map_or(AuthErrorKind::Forbidden, kind_without);
        tracing::debug!(
            ?missing,
            code = kind.code(),
            "a guard refuses a user who is signed in"
        );
        AuthError::new(kind, self.clone()).with_missing(missing)
    }

    /// An error that says that the signed-in user may not do this: 403, a page for people and JSON for scripts, or
    /// `grpc-status` 7. Signing in again is not offered, because it would not help.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// fn delete(auth: &AuthContext, owner: &str) -> Result<(), AuthError> {
    ///     let user = auth.authenticated()?;
    ///     if user.claims().sub() != owner {
    ///         return Err(user.forbidden());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn forbidden(&self) -> AuthError {
        AuthError::new(AuthErrorKind::Forbidden, self.clone())
    }
}

/// The kind of an error because of this.
const fn kind_without(missing: &Missing) -> AuthErrorKind {
    match missing {
        Missing::Acr(_) | Missing::MaxAge(_) => AuthErrorKind::StepUpRequired,
        Missing::Scope(_) => AuthErrorKind::InsufficientScope,
        Missing::Organization(_) => AuthErrorKind::OrganizationRequired,
        Missing::Role(_) | Missing::Other => AuthErrorKind::Forbidden,
    }
}
