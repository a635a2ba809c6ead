//! What a session needs of the provider once its user has signed in.

use super::RelyingParty;
use crate::claims::Claims;
use crate::clock::unix_seconds;
use crate::end_session::EndSessionRequest;
use crate::error::{Error, ErrorKind};
use crate::id_token::{AUD_UNTRUSTED, Expectations, Occasion, Refresh};
use crate::introspection::{self, Introspection};
use crate::jwks::KeySet;
use crate::provider::TokenTypeHint;
use crate::request_budget::Purpose;
use crate::revocation::{self, Revocation};
use crate::token::{self, RefreshError, RefreshRequest, RefreshedTokens, TokenSet};
use crate::user_info::{self, Answer};

impl RelyingParty {
    /// Fetches the provider's metadata and keys unless they are fresh, as [`refresh`](Self::refresh) does
    /// before it sends anything. For a caller whose lock must not end before the refresh: it fetches
    /// them before it takes the lock.
    ///
    /// # Errors
    ///
    /// No metadata or no keys (`discovery.*`, `jwks.*`).
    pub async fn fetch_documents(&self) -> Result<(), Error> {
        let metadata = self.0.documents.metadata().await?;
        self.0.documents.keys(&metadata).await?;
        Ok(())
    }

    /// Exchanges a refresh token for newer tokens (OpenID Connect Core 1.0 section 12, RFC 6749
    /// section 6). The request is sent once, never again.
    ///
    /// A new ID token is verified as the sign-in's was, and must continue it (section 12.2): the
    /// same `iss` and `sub`, an `aud` with all of the previous one's, no `nonce` or the same, and it
    /// must not be older. Its `auth_time`, if both have one, must be the same or a later one that is
    /// not in the future: another client of the same provider session may have made the user
    /// authenticate again. An `auth_time` or an `azp` that the previous one had not is no error.
    ///
    /// An ID token that fits, but is also for an audience that
    /// [`trusted_audiences`](crate::Provider::trusted_audiences) does not name, is ignored; see
    /// [`RefreshedTokens::id_token_ignored`].
    ///
    /// # Errors
    ///
    /// The provider refuses the refresh token or cannot be reached (`token.*`); the ID token does
    /// not fit (`id_token.*`); a value of the request cannot be sent (`refresh.parameter`); the settings
    /// no longer accept the session's issuer or user (`refresh.not_accepted`); or there are no metadata
    /// or no keys (`discovery.*`, `jwks.*`). [`Error::is_invalid_grant`],
    /// [`Error::breaks_continuity`], [`Error::is_transient`] and [`Error::may_have_been_sent`] tell
    /// what may be done next.
    ///
    /// If the answer came but its ID token cannot be accepted, the error has the new refresh token:
    /// the provider may take the old one no longer.
    pub async fn refresh(
        &self,
        request: RefreshRequest<'_>,
    ) -> Result<RefreshedTokens, RefreshError> {
        let provider = self.provider();
        let metadata = self.0.documents.metadata().await?;
        // Before the refresh token is used up: without keys the new ones would be lost.
        let keys = self.0.documents.keys(&metadata).await?;
        let http = self.0.requests.client(Purpose::Refresh);
        let http = http.with_signal(request.sent);
        let mut response = token::refresh(&http, provider, &metadata, &request).await?;
        let received_at = self.0.documents.clock().now();
        let mut id_token_ignored = false;
        let id_token = match response.id_token.take() {
            None => None,
            Some(id_token) => {
                let expected = Expectations {
                    provider,
                    now: unix_seconds(received_at),
                    access_token: response.access_token.expose(),
                    occasion: Occasion::Refresh(Refresh {
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
                        return Err(RefreshError::after_answer(error, refresh_token));
                    }
                }
            }
        };
        let tokens = TokenSet::new(response, id_token, received_at);
        Ok(RefreshedTokens::new(tokens, id_token_ignored))
    }

    /// Asks the provider about the user (OpenID Connect Core 1.0 section 5.3). `user` are the claims of
    /// the ID token that came with the access token, or of a later one of the same session.
    ///
    /// The answer must have the same `sub`, and the same `iss` if it names one. A signed answer
    /// (`application/jwt`, section 5.3.2) is verified with the provider's keys and the algorithms that ID
    /// tokens may have, or that the metadata list for UserInfo. One with `crit` is refused.
    ///
    /// # Errors
    ///
    /// `user_info.sub` or `user_info.iss` if the answer is about another user, `user_info.token` if the
    /// access token is not accepted, `user_info.encrypted` if the answer is a JWE; `user_info.jwt`,
    /// `user_info.signature`, `user_info.aud`, `user_info.exp` and `user_info.nbf` if it is a JWT that
    /// does not fit; the other `user_info.*`; no metadata or, for a signed
    /// answer, no keys (`discovery.*`, `jwks.*`).
    pub async fn user_info(&self, access_token: &str, user: &Claims) -> Result<Claims, Error> {
        let metadata = self.0.documents.metadata().await?;
        let http = self.user_requests();
        let jwt = match user_info::ask(&http, &metadata, access_token).await? {
            Answer::Json(json) => return user_info::claims(json, user),
            Answer::Jwt(jwt) => jwt,
        };
        let jws = user_info::signed(&jwt, self.algorithms(&metadata.userinfo_algorithms))?;
        let keys = self.0.documents.keys(&metadata).await?;
        let is_verified = |keys: &KeySet| jws.verified_by(keys).map(|_| ());
        let verified = self.with_keys(&metadata, &keys, &jws, is_verified).await;
        verified?.ok_or_else(|| {
            Error::new(
                ErrorKind::Response,
                "user_info.signature",
                "no key of the provider verifies the signature of the UserInfo response",
            )
        })?;
        let now = unix_seconds(self.clock().now());
        user_info::signed_claims(&jws, self.provider(), now, user)
    }

    /// Asks the provider whether a token is active and what it is for (RFC 7662), with the client
    /// authentication of the token request.
    ///
    /// # Errors
    ///
    /// `introspection.not_supported` if the provider has no such endpoint; `introspection.error` if
    /// it refuses the client or the request, [`Error::oauth_error_code`] says why; the other
    /// `introspection.*`; no metadata (`discovery.*`).
    pub async fn introspect(
        &self,
        token: &str,
        hint: TokenTypeHint,
    ) -> Result<Introspection, Error> {
        let metadata = self.0.documents.metadata().await?;
        let endpoint = metadata.introspection_endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "introspection.not_supported",
                "the provider's metadata name no introspection endpoint that may be used; set \
                 `introspection_endpoint` if there is one",
            )
        })?;
        let http = self.user_requests();
        introspection::introspect(&http, endpoint, self.provider(), &metadata, token, hint).await
    }

    /// Asks the provider to revoke a token (RFC 7009), with the client authentication of the token
    /// request. With a refresh token most providers revoke the whole grant. A token that the
    /// provider does not know counts as revoked (section 2.2).
    ///
    /// # Errors
    ///
    /// `revocation.error` if the provider refuses, [`Error::oauth_error_code`] says why:
    /// `unsupported_token_type`, say, of an access token that cannot be revoked; the other
    /// `revocation.*`; no metadata (`discovery.*`).
    pub async fn revoke(&self, token: &str, hint: TokenTypeHint) -> Result<Revocation, Error> {
        let metadata = self.0.documents.metadata().await?;
        let Some(endpoint) = &metadata.revocation_endpoint else {
            return Ok(Revocation::NotSupported);
        };
        let http = self.0.requests.client(Purpose::Revocation);
        revocation::revoke(&http, endpoint, self.provider(), &metadata, token, hint).await
    }

    /// The URL that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0
    /// section 2), or `None` if the provider has no such endpoint.
    ///
    /// # Errors
    ///
    /// No metadata (`discovery.*`). With [`Provider::end_session_endpoint`] set, none are needed.
    ///
    /// [`Provider::end_session_endpoint`]: crate::Provider::end_session_endpoint
    pub async fn end_session_url(
        &self,
        request: &EndSessionRequest<'_>,
    ) -> Result<Option<String>, Error> {
        let request = request.accepted_by(self.provider());
        if let Some(endpoint) = &self.settings().endpoints.end_session {
            return Ok(Some(request.url(endpoint, self.client_id())));
        }
        let metadata = self.0.documents.metadata().await?;
        let endpoint = metadata.end_session_endpoint.as_ref();
        Ok(endpoint.map(|endpoint| request.url(endpoint, self.client_id())))
    }
}
