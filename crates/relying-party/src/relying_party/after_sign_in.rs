//! What a session needs of the provider once its user has signed in.

use super::RelyingParty;
use crate::claims::Claims;
use crate::clock::unix_seconds;
use crate::end_session::EndSessionRequest;
use crate::error::Error;
use crate::id_token::{Expectations, Occasion};
use crate::token::{self, RefreshRequest, RefreshedTokens};
use crate::user_info;

impl RelyingParty {
    /// Exchanges a refresh token for newer tokens (OpenID Connect Core 1.0 section 12, RFC 6749
    /// section 6). The request is sent once, never again.
    ///
    /// A new ID token is verified as the sign-in's was, and must continue it (section 12.2): the
    /// same `iss` and `sub`, an `aud` with all of the previous one's, no `nonce` or the same, no
    /// `auth_time` or the same, and it must not be older. An `auth_time` or an `azp` that the
    /// previous one had not is no error.
    ///
    /// # Errors
    ///
    /// The provider refuses the refresh token or cannot be reached (`token.*`); the ID token does
    /// not fit (`id_token.*`); a value of the request cannot be sent (`refresh.parameter`); or there
    /// are no metadata or no keys (`discovery.*`, `jwks.*`).
    /// [`Error::is_invalid_grant`], [`Error::breaks_continuity`], [`Error::is_transient`] and
    /// [`Error::may_have_been_sent`] tell what may be done next.
    pub async fn refresh(&self, request: RefreshRequest<'_>) -> Result<RefreshedTokens, Error> {
        let provider = self.provider();
        let metadata = self.0.documents.metadata().await?;
        // Before the refresh token is used up: without keys the new ones would be lost.
        let keys = self.0.documents.keys(&metadata).await?;
        let http = self.0.documents.http();
        let mut response = token::refresh(http, provider, &metadata, &request).await?;
        let received_at = self.0.documents.clock().now();
        let id_token = match response.id_token.take() {
            None => None,
            Some(id_token) => {
                let expected = Expectations {
                    provider,
                    now: unix_seconds(received_at),
                    access_token: response.access_token.expose(),
                    occasion: Occasion::Refresh(request.previous),
                };
                let verified = self.verify(&metadata, &keys, id_token.expose(), &expected);
                Some(verified.await.map_err(Error::after_sending)?)
            }
        };
        Ok(RefreshedTokens::new(response, id_token, received_at))
    }

    /// Asks the provider about the user (OpenID Connect Core 1.0 section 5.3). `expected_sub` is
    /// the ID token's.
    ///
    /// # Errors
    ///
    /// `user_info.sub` if the answer is about another user, `user_info.token` if the access token
    /// is not accepted, `user_info.signed` if the answer is a JWT; the other `user_info.*`; no
    /// metadata (`discovery.*`).
    pub async fn user_info(&self, access_token: &str, expected_sub: &str) -> Result<Claims, Error> {
        let metadata = self.0.documents.metadata().await?;
        user_info::user_info(
            self.0.documents.http(),
            &metadata,
            access_token,
            expected_sub,
        )
        .await
    }

    /// The URL that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0
    /// section 2), or `None` if the provider has no such endpoint.
    ///
    /// # Errors
    ///
    /// No metadata (`discovery.*`). With
    /// [`Provider::end_session_endpoint`] set, none are needed.
    pub async fn end_session_url(
        &self,
        request: &EndSessionRequest<'_>,
    ) -> Result<Option<String>, Error> {
        if let Some(endpoint) = &self.settings().end_session_endpoint {
            return Ok(Some(request.url(endpoint, self.client_id())));
        }
        let metadata = self.0.documents.metadata().await?;
        let endpoint = metadata.end_session_endpoint.as_ref();
        Ok(endpoint.map(|endpoint| request.url(endpoint, self.client_id())))
    }
}
