//! The authorization request and its response.

use std::sync::atomic::Ordering;

use super::RelyingParty;
use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::{AuthorizationCode, AuthorizationResponse};
use crate::authorization_url;
use crate::error::Error;
use crate::transaction_secrets::TransactionSecrets;

impl RelyingParty {
    /// Returns the URL to send the browser to for a sign-in (OpenID Connect Core 1.0 section 3.1.2.1):
    /// the code flow with PKCE (RFC 7636, S256), state and nonce.
    ///
    /// # Errors
    ///
    /// The request has a value that cannot be sent, or the redirect URI is not an absolute URL
    /// (`authorization_request.*`); there are no metadata, or they require what is not
    /// [supported](crate#what-it-supports-and-what-it-does-not) (`discovery.*`).
    pub async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        redirect_uri: &str,
        secrets: &TransactionSecrets,
    ) -> Result<String, Error> {
        let metadata = self.0.documents.metadata().await?;
        metadata.check_requirements(self.provider())?;
        if metadata.claims_parameter == Some(false)
            && request
                .parameters_at(self.provider())
                .requested_claims()
                .is_some()
            && !self
                .0
                .warned_of_claims_request
                .swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                issuer = self.issuer(),
                "claims are requested (`claims_request`), but the provider's metadata say that it ignores \
                 such requests (`claims_parameter_supported` is false); turn it on at the provider, or \
                 request scopes for the claims"
            );
        }
        authorization_url::authorization_url(
            self.provider(),
            &metadata,
            request,
            redirect_uri,
            secrets,
        )
    }

    /// Returns the page on which users register at the provider:
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url). `None` if it is not set.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        self.settings().sign_up_url.as_ref().map(|url| url.as_str())
    }

    /// Returns the scopes that a sign-in requests by default, separated by spaces. If the provider's
    /// response names no scopes, these are the granted ones (RFC 6749 section 5.1).
    ///
    /// # Errors
    ///
    /// No metadata (`discovery.*`).
    pub async fn requested_scope(&self) -> Result<String, Error> {
        let metadata = self.0.documents.metadata().await?;
        Ok(authorization_url::requested_scopes(self.provider(), &metadata).join(" "))
    }

    /// Checks that the response is from this provider (RFC 9207 section 2.4), error responses included,
    /// and returns its code.
    ///
    /// The caller must have compared the state with the transaction's: see
    /// [`TransactionSecrets::matches_state`]. `secrets` are the transaction's; they are removed from
    /// the [`detail`](Error::detail) of an error, which quotes the provider.
    ///
    /// # Errors
    ///
    /// `authorization_response.iss_mismatch`, `authorization_response.iss_missing` if the
    /// provider's metadata promises `iss`; the provider's own error (`authorization.*`); no metadata
    /// (`discovery.*`).
    pub async fn validate(
        &self,
        response: AuthorizationResponse,
        secrets: &TransactionSecrets,
    ) -> Result<AuthorizationCode, Error> {
        let metadata = self.0.documents.metadata().await?;
        response.validate(self.issuer(), metadata.iss_parameter_promised, secrets)
    }
}
