//! What the provider says of the user and of a token, beyond the ID token.

use relying_party::claims::decode_jwt_unverified;
use relying_party::{Claims, ErrorKind, Introspection, RelyingParty, TokenTypeHint};

use crate::components::Components;
use crate::context::AuthContext;
use crate::context::authenticated::AccessToken;
use crate::context::error::AuthError;
use crate::log_limit::limited;
use crate::refresh::Failure;

impl AuthContext {
    /// Asks the provider about the user (OpenID Connect Core 1.0 section 5.3), as JSON or as a signed
    /// JWT. The answer is about the signed-in user, or it is an error; nothing of it is kept. See
    /// [`user_info_at_sign_in`](crate::AuthLayerBuilder::user_info_at_sign_in) to have it in
    /// [`claims`](Self::claims).
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn email(auth: &AuthContext) -> Result<Option<String>, AuthError> {
    ///     let user = auth.user_info().await?;
    ///     Ok(user.email().map(str::to_owned))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`access_token`](Self::access_token);
    /// [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if the provider does not accept a fresh
    /// access token either, [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) if it
    /// has no UserInfo endpoint, or one that answers with a redirect, an error of the client or an
    /// encrypted text; [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if it cannot be
    /// asked, or its answer does not fit.
    pub async fn user_info(&self) -> Result<Claims, AuthError> {
        let token = self.access_token().await?;
        // Who has a token has claims.
        let user = self.claims();
        let user = user.ok_or_else(|| self.failed(Failure::SignInRequired))?;
        match self.ask_user_info(&token, &user).await {
            // The provider ended the token before its time.
            Err(error) if error.code() == "user_info.token" => {
                let token = self.refresh().await?;
                self.ask_user_info(&token, &user).await
            }
            answer => answer,
        }
        .map_err(|error| self.unanswered(&error, "UserInfo"))
    }

    /// Asks the provider what it knows of the access token of the sign-in (RFC 7662): whether it is
    /// active, its scopes, its user.
    ///
    /// # Errors
    ///
    /// Those of [`access_token`](Self::access_token);
    /// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if the provider cannot be
    /// asked, or its answer does not fit; [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if it
    /// refuses; [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) if it has no
    /// introspection endpoint, or does not accept this client there.
    pub async fn introspect(&self) -> Result<Introspection, AuthError> {
        let token = self.access_token().await?;
        self.introspect_token(&token).await
    }

    /// The same for an access token that [`access_token_for`](Self::access_token_for) or
    /// [`organization_token`](Self::organization_token) returned.
    ///
    /// # Errors
    ///
    /// Those of [`introspect`](Self::introspect).
    pub async fn introspect_token(&self, token: &AccessToken) -> Result<Introspection, AuthError> {
        self.shared()
            .registration
            .relying_party
            .introspect(token.as_str(), TokenTypeHint::AccessToken)
            .await
            .map_err(|error| self.unanswered(&error, "introspection"))
    }

    async fn ask_user_info(
        &self,
        token: &AccessToken,
        user: &Claims,
    ) -> Result<Claims, relying_party::Error> {
        let relying_party = &self.shared().registration.relying_party;
        relying_party.user_info(token.as_str(), user).await
    }

    /// Logs the error once, and tells what waiting may help from what it does not.
    pub(crate) fn unanswered(&self, error: &relying_party::Error, what: &'static str) -> AuthError {
        let shared = self.shared();
        let code = error.code();
        let key = (what, code);
        if is_misconfigured(error) {
            limited!(error, shared, key, %error, code, "the provider gave no answer to {what}");
            return self.misconfigured_as_logged(error.message().to_owned());
        }
        if is_refusal(error) {
            limited!(warn, shared, key, %error, code, "the provider refused {what}");
            return self.failed(Failure::Denied);
        }
        limited!(warn, shared, key, %error, code, "the provider gave no answer to {what}");
        self.failed(Failure::later(error))
    }
}

/// Whether only an operator can change the answer: a wrong endpoint, one that redirects or is not
/// there, a client that may not ask, an answer that is encrypted.
fn is_misconfigured(error: &relying_party::Error) -> bool {
    error.kind() == ErrorKind::Configuration
        || matches!(
            error.code(),
            "user_info.status"
                | "user_info.redirect"
                | "user_info.encrypted"
                | "introspection.status"
                | "introspection.redirect"
                | "revocation.status"
                | "revocation.redirect"
        )
}

/// Whether the provider refuses this token or this user, and will do so the next time.
fn is_refusal(error: &relying_party::Error) -> bool {
    !error.is_transient()
        && matches!(
            error.code(),
            "user_info.token" | "introspection.error" | "revocation.error"
        )
}

/// The scopes of a new access token: as the provider said, or else as the token itself says, or else
/// as the provider says when it is asked, if that is configured.
pub(crate) async fn granted_scope(
    shared: &Components,
    relying_party: &RelyingParty,
    said: Option<&str>,
    access_token: &str,
) -> Option<String> {
    if let Some(scope) = said {
        return Some(scope.to_owned());
    }
    let is_jwt = decode_jwt_unverified(access_token).is_some();
    if is_jwt || !shared.registration.introspect_scopes {
        return None;
    }
    let introspection = relying_party
        .introspect(access_token, TokenTypeHint::AccessToken)
        .await;
    match introspection {
        Ok(introspection) if introspection.is_active() => {
            let scopes: Vec<_> = introspection.scopes().collect();
            (!scopes.is_empty()).then(|| scopes.join(" "))
        }
        Ok(_) => None,
        Err(error) => {
            limited!(
                warn,
                shared,
                ("scopes", error.code()),
                %error,
                code = error.code(),
                "the scopes of a token are not known"
            );
            None
        }
    }
}

/// Whether the token itself says its scopes (RFC 9068 section 2.2.3).
pub(crate) fn says_scopes(access_token: &str) -> bool {
    decode_jwt_unverified(access_token).is_some_and(|claims| !claims.scopes().is_empty())
}

/// The scopes of a token that nobody named: those that were requested (RFC 6749 section 5.1).
pub(crate) async fn requested_scope(relying_party: &RelyingParty) -> Option<String> {
    let requested = relying_party.requested_scope().await;
    requested
        .inspect_err(|error| tracing::debug!(%error, "the requested scopes are not known"))
        .ok()
}
