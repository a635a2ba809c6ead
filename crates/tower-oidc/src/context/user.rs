//! What the provider says of the user and of a token, beyond the ID token.

use relying_party::{Claims, ErrorKind, Introspection};

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::log_limit::limited;
use crate::provider::RequestError;
use crate::refresh::{Failure, Revalidation};
use crate::session::public_tokens::AccessToken;

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
    /// encrypted text; [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if it is
    /// unreachable, or its response does not pass the checks.
    pub async fn user_info(&self) -> Result<Claims, AuthError> {
        let token = self.access_token().await?;
        // Who has a token has claims.
        let user = self.claims();
        let user = user.ok_or_else(|| self.failed(Failure::SignInRequired))?;
        match self.ask_user_info(&token, &user).await {
            // The provider ended the token before its time.
            Err(error) if error.code() == "user_info.token" => {
                let token = self.refresh().await?;
                self.ask_user_info(token.access_token(), &user).await
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
    /// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if the provider is
    /// unreachable, or its response does not pass the checks; [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if it
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
    /// Those of [`introspect`](Self::introspect);
    /// [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) also for a token of a
    /// session at another provider, to which alone it may be sent.
    pub async fn introspect_token(&self, token: &AccessToken) -> Result<Introspection, AuthError> {
        let introspection = async {
            let registration = self.components().providers.find(token.provider()).await?;
            registration.introspect(token).await
        };
        introspection
            .await
            .map_err(|error| self.unanswered(&error, "introspection"))
    }

    async fn ask_user_info(
        &self,
        token: &AccessToken,
        user: &Claims,
    ) -> Result<Claims, RequestError> {
        let registration = self.components().providers.find(token.provider()).await?;
        registration.user_info(token, user).await
    }

    /// Logs the error once, and tells what waiting may help from what it does not.
    pub(crate) fn unanswered(&self, error: &RequestError, what: &'static str) -> AuthError {
        let error = match error {
            RequestError::Provider(error) => error,
            // The log says why already.
            RequestError::NotResolved => {
                return self.failed(Failure::later(None, Revalidation::Unavailable));
            }
            RequestError::OtherProvider => {
                return self.misconfigured(format!(
                    "{what} was not sent, because the session or its token is of another provider; \
                     use the context that returned the token"
                ));
            }
        };
        let shared = self.components();
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
        self.failed(Failure::later(
            error.retry_after(),
            Revalidation::Unanswered,
        ))
    }
}

/// Whether only an operator can change the answer: a wrong endpoint, one that redirects or is not
/// there, a client that may not ask, an answer that is encrypted.
fn is_misconfigured(error: &relying_party::Error) -> bool {
    error.kind() == ErrorKind::Configuration && !error.is_without_credentials()
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
