//! The code exchange.

use std::sync::atomic::Ordering;

use super::RelyingParty;
use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::AuthorizationCode;
use crate::authorization_url;
use crate::clock::unix_seconds;
use crate::error::Error;
use crate::id_token::{Expectations, SignIn, TokenUse};
use crate::metadata::Metadata;
use crate::token::{self, CodeExchange, SignInTokens};

impl RelyingParty {
    /// Exchanges the code for tokens and verifies the ID token, by every step of OpenID Connect Core
    /// 1.0 section 3.1.3.7, and by its `at_hash` if it has one. The request is never repeated.
    ///
    /// # Errors
    ///
    /// The provider refuses the code or cannot be reached (`token.*`), the ID token does not fit
    /// (`id_token.*`), or there are no metadata or no keys (`discovery.*`, `jwks.*`). `jwks.throttled`
    /// means that the ID token is signed with an unknown key, and that the keys were fetched too often
    /// recently to be fetched again. If too many codes are waiting, [`Error::is_overloaded`] is true,
    /// and the code can be exchanged later.
    pub async fn exchange_code(
        &self,
        code: AuthorizationCode,
        exchange: CodeExchange<'_>,
    ) -> Result<SignInTokens, Error> {
        let provider = self.provider();
        // Before the documents are fetched, so that requests that wait for them are counted too.
        let permit = self.0.requests.new_sign_in(exchange.network()).await;
        let http = permit.map_err(|error| Error::transport("token.overloaded", error))?;
        let metadata = self.0.documents.metadata().await?;
        // Before the code is used up: without keys the sign-in would fail, and the code with it.
        let keys = self.0.documents.keys(&metadata).await?;
        let client = self.authenticated_client(&metadata);
        let result = token::exchange(&http, client, &code, &exchange).await;
        drop(http);
        let (response, id_token) = result?;
        let received_at = self.0.documents.clock().now();
        let parameters = &provider.parameters;
        let expected = Expectations {
            provider,
            now: unix_seconds(received_at),
            access_token: response.access_token.expose(),
            token_use: TokenUse::SignIn(SignIn {
                nonce: exchange.secrets.nonce(),
                max_age: exchange.max_age.or(parameters.max_age),
                acr_values: exchange.acr_values.or(parameters.acr_values.as_deref()),
                claims_request: exchange
                    .claims_request
                    .or(parameters.claims_request.as_ref()),
                user: exchange.expected_user,
                response_iss: code.iss(),
            }),
        };
        let id_token = self
            .verify(&metadata, &keys, id_token.expose(), &expected)
            .await
            .map_err(Error::after_sending)?;
        let tokens = SignInTokens::new(response, id_token, received_at);
        if tokens.tokens().refresh_token().is_none() {
            self.warn_missing_refresh_token(&metadata);
        }
        Ok(tokens)
    }

    fn warn_missing_refresh_token(&self, metadata: &Metadata) {
        let request = AuthorizationRequest::default();
        let is_requested = authorization_url::extra_scopes(self.provider(), metadata, &request)
            .iter()
            .any(|scope| scope == "offline_access");
        if is_requested && !self.0.warned_of_refresh_token.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the provider sent no refresh token for the scope offline_access; allow it for \
                 this client at the provider, or set the prompt `consent`, which some providers need"
            );
        }
    }
}
