//! Revoking one access token, without a sign-out.

use std::sync::Arc;

use relying_party::Revocation;

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::log_limit::limited;
use crate::refresh::Failure;
use crate::runtime;
use crate::session::public_tokens::AccessToken;

impl AuthContext {
    /// Asks the provider to revoke this access token (RFC 7009), and forgets it: the next
    /// [`access_token`](Self::access_token) of this session asks for a new one. The user stays signed in.
    /// If the session has no refresh token, that next call needs a new sign-in.
    ///
    /// The response takes the token out of the session's cookie, so call this before its head is
    /// written. A request that still comes with an older cookie, such as one from another tab at the
    /// same time, has the revoked token until it expires, and its API refuses it. Some providers
    /// revoke the refresh token together with it; then the user signs in again when the next token is
    /// needed. To revoke the refresh token, use [`sign_out`](Self::sign_out).
    ///
    /// [`Revocation::NotSupported`] means that the provider has no revocation endpoint: nothing was
    /// sent, and the token is still valid and still in the session. APIs that do not ask the provider
    /// about a token accept a revoked one until it expires.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    /// use tower_oidc::provider::Revocation;
    ///
    /// async fn stop_sharing(auth: AuthContext) -> Result<&'static str, AuthError> {
    ///     let token = auth.access_token_for("https://shop.example/api").await?;
    ///     match auth.revoke(&token).await? {
    ///         Revocation::Revoked => Ok("No longer shared."),
    ///         _ => Ok("This provider cannot revoke tokens; it expires by itself."),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if the provider cannot be
    /// reached or has not answered within [`refresh_wait`](crate::AuthLayerBuilder::refresh_wait), 10
    /// seconds by default; [`AuthErrorKind::Denied`](crate::AuthErrorKind::Denied) if it refuses, as with
    /// `unsupported_token_type` where access tokens cannot be revoked (RFC 7009 section 2.2.1);
    /// [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) if it does not accept this
    /// client, if the endpoint is wrong, or if the token is of a session at another provider, to which
    /// alone it may be sent. The session keeps the token in all three cases. After `Unavailable` the
    /// provider may have revoked it, and the call may be repeated.
    pub async fn revoke(&self, token: &AccessToken) -> Result<Revocation, AuthError> {
        let shared = self.components();
        let revocation = async {
            let registration = shared.providers.find(token.provider()).await?;
            registration.revoke_access_token(token).await
        };
        let wait = shared.refresher.wait();
        let Some(answer) = runtime::timeout(wait, revocation).await else {
            limited!(
                warn,
                shared,
                ("revocation", "access_token_unanswered"),
                seconds = wait.as_secs(),
                "the provider has not answered the revocation of an access token in time"
            );
            return Err(self.failed(Failure::internal()));
        };
        let revocation = answer.map_err(|error| self.unanswered(&error, "a revocation"))?;
        if revocation == Revocation::Revoked {
            self.forget_access_token(token);
        }
        Ok(revocation)
    }

    /// Takes a token out of this request's session, and out of the copy that other requests get.
    fn forget_access_token(&self, token: &AccessToken) {
        let shared = self.components();
        let now = shared.persistence.now();
        let Some(session) = self.session_with_token() else {
            return;
        };
        let Some(changed) = session.without_access_token(token.as_str(), now) else {
            return;
        };
        let handle = shared.refresher.hold(&session);
        handle.change_if(&session, |newest| {
            newest.without_access_token(token.as_str(), now)
        });
        let changed = Arc::new(changed);
        self.request_session().replace_session(&changed, handle);
    }
}
