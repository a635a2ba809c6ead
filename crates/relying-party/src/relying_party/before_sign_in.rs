//! Where the browser goes to sign in, or to register.

use std::sync::atomic::Ordering;

use super::RelyingParty;
use crate::authorization_request::AuthorizationRequest;
use crate::client;
use crate::error::Error;
use crate::metadata;
use crate::transaction_secrets::TransactionSecrets;

impl RelyingParty {
    /// The URL to send the browser to (OpenID Connect Core 1.0 section 3.1.2.1): the code flow
    /// with PKCE (RFC 7636, S256), state and nonce.
    ///
    /// # Errors
    ///
    /// The request has a value that cannot be sent, or the redirect URI is no absolute URL
    /// (`authorization_request.*`); no metadata, or such that demand what is not
    /// [supported](crate#what-it-supports-and-what-it-does-not) (`discovery.*`).
    pub async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        redirect_uri: &str,
        secrets: &TransactionSecrets,
    ) -> Result<String, Error> {
        let metadata = self.0.documents.metadata().await?;
        metadata::check_demands(self.provider(), &metadata)?;
        if metadata.claims_parameter == Some(false)
            && request.claims_for(self.provider()).is_some()
            && !self.0.claims_request_ignored.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                issuer = self.issuer(),
                "claims are asked for (`claims_request`), and the provider's metadata say that it \
                 ignores that (`claims_parameter_supported` is false); turn it on at the provider, or \
                 ask for scopes that bring the claims"
            );
        }
        client::authorization_url(self.provider(), &metadata, request, redirect_uri, secrets)
    }

    /// The page on which users register at the provider: that of
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url). `None` if it is not set.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        self.settings().sign_up_url.as_ref().map(|url| url.as_str())
    }
}
