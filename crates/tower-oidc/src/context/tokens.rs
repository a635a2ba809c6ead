//! Access tokens for handlers, refreshed when they are due.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{Provider, scope};

use crate::context::AuthContext;
use crate::context::authenticated::Refreshed;
use crate::context::error::AuthError;
use crate::refresh::{Failure, RefreshMode};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::public_tokens::AccessToken;

impl AuthContext {
    /// The access token of the sign-in, refreshed if it has expired or is about to (OpenID Connect
    /// Core 1.0 section 12).
    ///
    /// Requests that come at the same time share one token request, and the response carries the
    /// refreshed session. A handler that asks after its response's head was sent gets the token
    /// too; see [`AccessToken::is_persisted`].
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn orders(auth: AuthContext) -> Result<String, AuthError> {
    ///     let token = auth.access_token().await?;
    ///     Ok(format!("Authorization: Bearer {}", token.as_str()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::SignInRequired`](crate::AuthErrorKind::SignInRequired) if no user is signed in, or
    /// the provider refuses the refresh token with any error;
    /// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if no token is available now, but
    /// one may be later; [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if the provider refuses the
    /// scopes. A token that is still valid is returned in all three cases.
    pub async fn access_token(&self) -> Result<AccessToken, AuthError> {
        self.token(Target::DEFAULT, RefreshMode::WhenDue).await
    }

    /// An access token for one of the configured resources (RFC 8707), from the session or the
    /// provider.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn authorization(auth: &AuthContext) -> Result<String, AuthError> {
    ///     let token = auth.access_token_for("https://shop.example/api").await?;
    ///     Ok(format!("Bearer {}", token.as_str()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`access_token`](Self::access_token);
    /// [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) if the resource is not
    /// configured; [`AuthErrorKind::InteractionRequired`](crate::AuthErrorKind::InteractionRequired) if the
    /// user has to consent first, [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if they may not
    /// have it. The session stays in both cases.
    pub async fn access_token_for(&self, resource: &str) -> Result<AccessToken, AuthError> {
        let target = self.resource(resource)?;
        self.token(target, RefreshMode::WhenDue).await
    }

    /// An access token for an organization at Logto, by its id.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn authorization(auth: &AuthContext, organization: &str) -> Result<String, AuthError> {
    ///     let token = auth.organization_token(organization).await?;
    ///     Ok(format!("Bearer {}", token.as_str()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`access_token_for`](Self::access_token_for);
    /// [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) without the scope
    /// `urn:logto:scope:organizations`.
    pub async fn organization_token(
        &self,
        organization_id: &str,
    ) -> Result<AccessToken, AuthError> {
        let target = self.organization(organization_id, Target::DEFAULT)?;
        self.token(target, RefreshMode::WhenDue).await
    }

    /// An access token for a resource in an organization at Logto.
    ///
    /// # Errors
    ///
    /// Those of [`access_token_for`](Self::access_token_for) and
    /// [`organization_token`](Self::organization_token).
    pub async fn organization_token_for(
        &self,
        organization_id: &str,
        resource: &str,
    ) -> Result<AccessToken, AuthError> {
        let target = self.organization(organization_id, self.resource(resource)?)?;
        self.token(target, RefreshMode::WhenDue).await
    }

    /// Refreshes now, whether or not the access token of the sign-in is still valid. A provider that has
    /// disabled the user says so.
    ///
    /// Most providers send a new ID token, and [`claims`](Self::claims) are new then, roles among
    /// them; [`Refreshed::claims_renewed`] says whether this one did.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn roles_of_now(auth: AuthContext) -> Result<Option<Vec<String>>, AuthError> {
    ///     if !auth.refresh().await?.claims_renewed() {
    ///         return Ok(None);
    ///     }
    ///     Ok(auth.claims().and_then(|claims| claims.get("roles")))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`access_token`](Self::access_token), whether or not the token at hand lives.
    pub async fn refresh(&self) -> Result<Refreshed, AuthError> {
        let former = self.session();
        let token = self.token(Target::DEFAULT, RefreshMode::Always).await?;
        let is_renewed = match (self.session(), former) {
            (Some(newer), Some(former)) => newer.has_renewed_claims_of(&former),
            _ => false,
        };
        Ok(Refreshed::new(token, is_renewed))
    }

    /// Forgets the cached access tokens, all of them: the next use of each asks the provider, as
    /// after a change of permissions.
    pub fn clear_access_tokens(&self) {
        if let Some(session) = self.session() {
            let shared = self.components();
            let now = shared.persistence.now();
            let handle = shared.refresher.hold(&session);
            handle.change(&session, |newest| newest.without_access_tokens(now));
            let cleared = Arc::new(session.without_access_tokens(now));
            self.request_session().replace_session(&cleared, handle);
        }
    }

    /// Continues with the tokens and claims of a refresh that was due.
    pub(crate) async fn token(
        &self,
        target: Target,
        mode: RefreshMode,
    ) -> Result<AccessToken, AuthError> {
        let session = self.session_with_token();
        let session = session.ok_or_else(|| self.refused())?;
        self.token_of(&session, target, mode)
            .await
            .map_err(|failure| self.failed(failure))
    }

    /// The same for this request's session.
    pub(crate) async fn token_of(
        &self,
        session: &Arc<Session>,
        target: Target,
        mode: RefreshMode,
    ) -> Result<AccessToken, Failure> {
        let shared = self.components();
        let request = self.request_session();
        let at_hand = session.body.access_token(&target);
        let leeway = shared.refresher.leeway();
        let is_alive =
            |leeway| at_hand.is_some_and(|token| token.is_alive(shared.persistence.now(), leeway));
        if mode == RefreshMode::WhenDue
            && is_alive(leeway)
            && let Some(token) =
                session.access_token(&target, request.will_persist(session, &target))
        {
            return Ok(token);
        }
        let has_refresh_token = session.body.refresh_token.is_some();
        let may_refresh = self.is_configured(|provider| provider.has_scope(scope::OFFLINE_ACCESS));
        if !has_refresh_token && !may_refresh {
            shared
                .origin
                .hints
                .needs_offline_access("a new access token is needed and there is no refresh token");
        }
        let failure = if self.request().is_preflight || !has_refresh_token {
            Failure::SignInRequired
        } else {
            // Held from before, so that it cannot be forgotten in between.
            let handle = shared.refresher.hold(session);
            let refreshed = shared.refresher.refresh(session, target.clone(), mode);
            match refreshed.await {
                Ok(newer) => {
                    let adopted = request.replace_session(&newer, handle);
                    let token =
                        adopted.access_token(&target, request.will_persist(&adopted, &target));
                    return token.ok_or_else(Failure::internal);
                }
                Err(failure) => {
                    // A failure may leave a new refresh token behind, for the head to write.
                    request.keep_alive(handle);
                    failure
                }
            }
        };
        match session.access_token(&target, request.will_persist(session, &target)) {
            Some(token)
                if mode == RefreshMode::WhenDue
                    && failure != Failure::Ended
                    && is_alive(Duration::ZERO) =>
            {
                Ok(token)
            }
            _ => Err(failure),
        }
    }

    fn resource(&self, resource: &str) -> Result<Target, AuthError> {
        let is_known = |provider: &Provider| {
            let mut resources = provider.resource_indicators();
            resources.any(|known| known == resource)
        };
        if !self.is_configured(is_known) {
            return Err(self.misconfigured(format!(
                "the resource {resource:?} is not configured; add it with Provider::resources"
            )));
        }
        Ok(Target {
            resource: Some(resource.to_owned()),
            organization: None,
        })
    }

    fn organization(&self, id: &str, target: Target) -> Result<Target, AuthError> {
        if !self.is_configured(|provider| provider.has_scope(scope::ORGANIZATIONS)) {
            return Err(self.misconfigured(format!(
                "the scope {} is not configured; add it with Provider::add_scopes",
                scope::ORGANIZATIONS
            )));
        }
        if id.is_empty() {
            return Err(self.misconfigured("the organization has no id".to_owned()));
        }
        Ok(Target {
            organization: Some(id.to_owned()),
            ..target
        })
    }
}
