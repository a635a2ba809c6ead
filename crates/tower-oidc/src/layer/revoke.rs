//! Ending sessions from outside of a request: by an administrator, or when an account is closed.

use crate::layer::AuthLayer;
use crate::persistence::end_sessions::SessionsToEnd;
use crate::store::StoreError;

impl AuthLayer {
    /// Ends all sessions of a user that began until now, in every browser and on all instances: each is refused from
    /// its next request on. `issuer` and `sub` are the claims `iss` and `sub` of the user's ID tokens, in exactly that
    /// spelling. If none of the registered providers has this issuer, the log warns: it may be a provider that was removed,
    /// or a slash too many, with which no session ends.
    ///
    /// The user can sign in again unless the provider, or [`admission`](crate::AuthLayerBuilder::admission), refuses
    /// it. Refresh tokens are not revoked at the provider; only the cookies hold them, and these are no longer accepted.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, StoreError};
    ///
    /// async fn close_account(auth: &AuthLayer, sub: &str) -> Result<(), StoreError> {
    ///     auth.revoke_sessions_of("https://id.example.com", sub).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no [`revocation_store`](crate::AuthLayerBuilder::revocation_store), or the call is awaited outside of
    /// a tokio runtime: then nothing was changed. Or if the store did not answer: then this instance refuses the
    /// sessions, and the others do as soon as the store has the entry, which is tried again until it does.
    pub async fn revoke_sessions_of(&self, issuer: &str, sub: &str) -> Result<(), StoreError> {
        self.end_matching(SessionsToEnd::User { issuer, sub }).await
    }

    /// Ends all sessions of an issuer's users that began until now, in the same way as
    /// [`revoke_sessions_of`](Self::revoke_sessions_of): for a tenant that leaves, or a provider that is no longer
    /// trusted.
    ///
    /// # Errors
    ///
    /// Those of [`revoke_sessions_of`](Self::revoke_sessions_of).
    pub async fn revoke_sessions_of_issuer(&self, issuer: &str) -> Result<(), StoreError> {
        self.end_matching(SessionsToEnd::Issuer { issuer }).await
    }

    /// Ends all sessions of an organization's users that began until now, in the same way as
    /// [`revoke_sessions_of`](Self::revoke_sessions_of). A session belongs to the organizations that its claims `org_id`,
    /// `organization_id`, `organizations` and `urn:zitadel:iam:user:resourceowner:id` name: those of the ID token. Claims
    /// of UserInfo count as long as the session has room for them, and claims that
    /// [`keep_claims`](crate::AuthLayerBuilder::keep_claims) or [`map_claims`](crate::AuthLayerBuilder::map_claims)
    /// removed do not count.
    ///
    /// # Errors
    ///
    /// Those of [`revoke_sessions_of`](Self::revoke_sessions_of).
    pub async fn revoke_sessions_of_organization(
        &self,
        issuer: &str,
        organization: &str,
    ) -> Result<(), StoreError> {
        self.end_matching(SessionsToEnd::Organization {
            issuer,
            organization,
        })
        .await
    }

    async fn end_matching(&self, sessions: SessionsToEnd<'_>) -> Result<(), StoreError> {
        // The store is one for all origins.
        let components = &self.origins.first;
        let providers = &components.providers;
        let issuer = sessions.issuer();
        let is_known = providers.registered().any(|it| it.accepts_issuer(issuer));
        if !is_known && providers.resolved().is_none() {
            tracing::warn!(
                ?issuer,
                "sessions of an issuer are revoked that no registered provider has: compare it with the iss of the \
                 provider's ID tokens"
            );
        }
        components
            .persistence
            .end_matching(sessions)
            .await
            .map(|_| ())
    }
}
