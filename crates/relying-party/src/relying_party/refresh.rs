//! The refresh of tokens.

use super::RelyingParty;
use crate::clock::unix_seconds;
use crate::error::Error;
use crate::id_token::{AUD_UNTRUSTED, Expectations, Refresh, TokenUse};
use crate::request_budget::Purpose;
use crate::token::{self, RefreshError, RefreshRequest, RefreshedTokens, TokenSet};

impl RelyingParty {
    /// Fetches the provider's metadata and keys unless they are fresh. [`refresh`](Self::refresh) does
    /// the same before it sends its request.
    ///
    /// A caller that holds a lock for a limited time during the refresh calls this before it takes the
    /// lock, so that the time is enough.
    ///
    /// # Errors
    ///
    /// There are no metadata or no keys (`discovery.*`, `jwks.*`).
    pub async fn fetch_documents(&self) -> Result<(), Error> {
        let metadata = self.0.documents.metadata().await?;
        self.0.documents.keys(&metadata).await?;
        Ok(())
    }

    /// Exchanges a refresh token for new tokens (OpenID Connect Core 1.0 section 12, RFC 6749 section
    /// 6). The request is never repeated.
    ///
    /// A new ID token is verified like the sign-in's, and must continue the sign-in (section 12.2).
    /// `iss` and `sub` must be the same, `aud` must contain all previous audiences, `nonce` must be
    /// absent or the same, and the token must not be older. `auth_time`, if both tokens have it, must
    /// be the same or a later time that is not in the future: another client of the same provider
    /// session may have made the user authenticate again. An `auth_time` or `azp` that the previous
    /// token did not have is allowed.
    ///
    /// An ID token that fits, but is also issued to an audience that
    /// [`trusted_audiences`](crate::Provider::trusted_audiences) does not list, is ignored; see
    /// [`RefreshedTokens::id_token_ignored`].
    ///
    /// # Errors
    ///
    /// The provider refuses the refresh token or cannot be reached (`token.*`); the ID token does not
    /// fit (`id_token.*`); a value of the request cannot be sent (`refresh.parameter`); the settings no
    /// longer accept the session's issuer or user (`refresh.not_accepted`); or there are no metadata or
    /// no keys (`discovery.*`, `jwks.*`). [`Error::is_invalid_grant`], [`Error::breaks_continuity`],
    /// [`Error::is_transient`] and [`Error::may_have_been_sent`] say what may be done next.
    ///
    /// If there was a response whose ID token cannot be accepted, the error has the new refresh token,
    /// because the provider may no longer accept the old one.
    pub async fn refresh(
        &self,
        request: RefreshRequest<'_>,
    ) -> Result<RefreshedTokens, RefreshError> {
        let provider = self.provider();
        let metadata = self.0.documents.metadata().await?;
        // Before the refresh token is used up: without keys the new tokens would be lost.
        let keys = self.0.documents.keys(&metadata).await?;
        let permit = self.0.requests.permitted(Purpose::Refresh).await;
        let http = permit.map_err(|error| Error::transport("token.overloaded", error))?;
        let http = http.with_signal(request.sent);
        let client = self.authenticated_client(&metadata);
        let mut response = token::refresh(&http, client, &metadata, &request).await?;
        let received_at = self.0.documents.clock().now();
        let mut id_token_ignored = false;
        let id_token = match response.id_token.take() {
            None => None,
            Some(id_token) => {
                let expected = Expectations {
                    provider,
                    now: unix_seconds(received_at),
                    access_token: response.access_token.expose(),
                    token_use: TokenUse::Refresh(Refresh {
                        previous: request.previous,
                        auth_time: request.auth_time.map(unix_seconds),
                    }),
                };
                match self
                    .verify(&metadata, &keys, id_token.expose(), &expected)
                    .await
                {
                    Ok(verified) => Some(verified),
                    Err(error) if error.code() == AUD_UNTRUSTED => {
                        id_token_ignored = true;
                        None
                    }
                    Err(error) => {
                        let refresh_token = response.refresh_token.take();
                        let error = error.after_sending();
                        return Err(RefreshError::after_response(error, refresh_token));
                    }
                }
            }
        };
        let tokens = TokenSet::new(response, id_token, received_at);
        Ok(RefreshedTokens::new(tokens, id_token_ignored))
    }
}
