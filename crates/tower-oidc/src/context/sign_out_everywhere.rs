//! The sign-out of a user on all devices.

use crate::context::AuthContext;
use crate::context::error::AuthError;
use crate::context::error_kind::AuthErrorKind;
use crate::context::sign_out::SignOut;
use crate::persistence::end_sessions::SessionsToEnd;

impl AuthContext {
    /// Ends all sessions of this user in this application, in every browser and on all instances, this one among them:
    /// each is refused from its next request on. Returns the response that signs this browser out, here and at the
    /// provider; if it is not returned to the browser, the sessions have ended all the same.
    ///
    /// Sessions that begin later are not affected. The provider's sessions in other browsers stay, so a user may be
    /// signed in there again without a question, and the refresh tokens of the other sessions are not revoked: only
    /// their cookies hold them, and these are no longer accepted.
    ///
    /// It needs a [`revocation_store`](crate::AuthLayerBuilder::revocation_store). As with
    /// [`sign_out`](Self::sign_out), the layer does not check where the request came from.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn leave_everywhere(auth: &AuthContext) -> Result<Response<String>, AuthError> {
    ///     Ok(auth.sign_out_everywhere().await?.respond())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::SignInRequired`] if no user is signed in, and [`AuthErrorKind::Misconfigured`] without a
    /// revocation store. [`AuthErrorKind::Unavailable`] if the store did not answer: this instance then refuses the
    /// sessions, and the others do as soon as the store has the entry, which is tried again until it does.
    pub async fn sign_out_everywhere(&self) -> Result<SignOut, AuthError> {
        let Some(claims) = self.claims() else {
            return Err(self.refused());
        };
        let persistence = &self.components().persistence;
        if !persistence.has_revocation_store() {
            return Err(self.misconfigured(
                "sign_out_everywhere needs a revocation_store, which all instances ask".to_owned(),
            ));
        }
        let (issuer, sub) = (claims.iss(), claims.sub());
        let ended = persistence.end_matching(SessionsToEnd::User { issuer, sub });
        match ended.await {
            Ok(_) => Ok(self.sign_out()),
            Err(_) => Err(AuthError::new(AuthErrorKind::Unavailable, self.clone())),
        }
    }
}
