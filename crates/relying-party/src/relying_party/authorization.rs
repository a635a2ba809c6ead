//! The authorization request and its response.

use std::sync::atomic::Ordering;

use url::Url;

use super::RelyingParty;
use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::{AuthorizationCode, AuthorizationResponse};
use crate::authorization_url;
use crate::error::Error;
use crate::metadata::Metadata;
use crate::pushed_authorization;
use crate::request_budget::ClientNetwork;
use crate::transaction_secrets::TransactionSecrets;

impl RelyingParty {
    /// Returns the URL to send the browser to for a sign-in (OpenID Connect Core 1.0 section 3.1.2.1):
    /// the code flow with PKCE (RFC 7636, S256), state and nonce.
    ///
    /// If the provider requires it, or
    /// [`Provider::pushed_authorization_requests`](crate::Provider::pushed_authorization_requests) is
    /// set, the parameters are sent to the provider first (RFC 9126), and the URL has only the client
    /// identifier and the reference that the provider responded with. The reference is for one
    /// browser, and soon expires, so send the browser there at once.
    ///
    /// # Errors
    ///
    /// The request has a value that cannot be sent, or the redirect URI is not an absolute URL
    /// (`authorization_request.*`); there are no metadata, or they require what is not
    /// [supported](crate#what-it-supports-and-what-it-does-not) (`discovery.*`); the provider does not
    /// accept the request that is pushed, or cannot be reached (`par.*`). If too many sign-ins are
    /// waiting, [`Error::is_overloaded`] is true.
    pub async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        redirect_uri: &str,
        secrets: &TransactionSecrets,
    ) -> Result<String, Error> {
        let provider = self.provider();
        let metadata = self.0.documents.metadata().await?;
        metadata.check_requirements(provider)?;
        self.warn_of_ignored_claims_request(&metadata, request);
        let mut parameters = authorization_url::request_parameters(
            provider,
            &metadata,
            request,
            redirect_uri,
            secrets,
        )?;
        if let Some(endpoint) = metadata.push_to(provider) {
            let network = request.network();
            // Boxed, because most providers do not need it, and it would make every sign-in larger.
            return Box::pin(self.push(endpoint, &metadata, &parameters, network)).await;
        }
        let url = authorization_url::url_with(&metadata, borrowed(&parameters));
        let has_hint = request.id_token_hint.is_some();
        if !has_hint || request.max_url_length.is_none_or(|max| url.len() <= max) {
            return Ok(url);
        }
        tracing::debug!("a sign-in's id_token_hint is too long for a redirect and is left out");
        parameters.retain(|(name, _)| name != "id_token_hint");
        Ok(authorization_url::url_with(
            &metadata,
            borrowed(&parameters),
        ))
    }

    /// Pushes an authorization request, and returns the URL that refers to it.
    async fn push(
        &self,
        endpoint: &Url,
        metadata: &Metadata,
        parameters: &[(String, String)],
        network: Option<ClientNetwork>,
    ) -> Result<String, Error> {
        let provider = self.provider();
        let permit = self.0.requests.new_sign_in(network).await;
        let http = permit.map_err(|error| Error::transport("par.overloaded", error))?;
        let parameters: Vec<_> = borrowed(parameters).collect();
        let client = self.authenticated_client(metadata);
        let request_uri = pushed_authorization::push(&http, endpoint, client, &parameters).await?;
        let reference = [
            ("client_id", provider.client_id.as_str()),
            ("request_uri", request_uri.expose()),
        ];
        Ok(authorization_url::url_with(metadata, reference))
    }

    fn warn_of_ignored_claims_request(&self, metadata: &Metadata, request: &AuthorizationRequest) {
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
    }

    /// Returns the page on which users register at the provider:
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url). `None` if it is not set.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        self.settings().sign_up_url.as_ref().map(|url| url.as_str())
    }

    /// Returns the name and the value of the parameter that asks for the page on which users register:
    /// [`Provider::sign_up_parameter`](crate::Provider::sign_up_parameter). `None` if
    /// [`Prompt::Create`](crate::Prompt::Create) does.
    #[must_use]
    pub fn sign_up_parameter(&self) -> Option<(&str, &str)> {
        let parameter = self.provider().sign_up_parameter.as_ref();
        parameter.map(|(name, value)| (name.as_str(), value.as_str()))
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
        response.validate(self.provider(), metadata.iss_parameter_promised, secrets)
    }
}

fn borrowed(parameters: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}
