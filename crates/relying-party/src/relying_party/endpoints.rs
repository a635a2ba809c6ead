//! The requests of a session to the provider's other endpoints: UserInfo, introspection, revocation,
//! and the end of the session.

use url::Url;

use super::RelyingParty;
use crate::claims::Claims;
use crate::clock::unix_seconds;
use crate::end_session::{EndSessionForm, EndSessionRequest};
use crate::error::{Error, ErrorKind};
use crate::introspection::{self, Introspection};
use crate::jwks::VerificationKeys;
use crate::provider::TokenTypeHint;
use crate::request_budget::Purpose;
use crate::revocation::{self, Revocation};
use crate::user_info::{self, UserInfoBody};

impl RelyingParty {
    /// Requests the user's claims from the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).
    /// `user` are the claims of the ID token that was issued together with the access token, or of a
    /// later one of the same session.
    ///
    /// The response must have the same `sub`, and the same `iss` if it has one. A signed response
    /// (`application/jwt`, section 5.3.2) is verified with the provider's keys and the algorithms that
    /// ID tokens may have, or that the metadata list for UserInfo. One with `crit` is refused.
    ///
    /// # Errors
    ///
    /// `user_info.sub` or `user_info.iss` if the response is about another user, `user_info.token` if
    /// the access token is not accepted, `user_info.encrypted` if the response is a JWE;
    /// `user_info.jwt`, `user_info.signature`, `user_info.key_issuer`, `user_info.aud`, `user_info.exp`
    /// and `user_info.nbf` if it is a JWT that does not fit; another `user_info.*` if the endpoint is
    /// missing, fails or cannot be reached; `discovery.*` or `jwks.*` if there are no metadata or, for a
    /// signed response, no keys.
    pub async fn user_info(&self, access_token: &str, user: &Claims) -> Result<Claims, Error> {
        let metadata = self.0.documents.metadata().await?;
        let http = self.0.requests.client(self.user_requests());
        let jwt = match user_info::request(&http, &metadata, access_token).await? {
            UserInfoBody::Json(json) => return user_info::claims(json, user),
            UserInfoBody::Jwt(jwt) => jwt,
        };
        let jws = user_info::signed(&jwt, self.algorithms(&metadata.userinfo_algorithms))?;
        let keys = self.0.documents.keys(&metadata).await?;
        let verify = |keys: VerificationKeys<'_>| {
            let key = jws.verified_by(keys);
            key.map(|key| user_info::check_key(&key, self.provider(), user))
        };
        let verified = self.with_keys(&metadata, &keys, &jws, verify).await;
        verified?.ok_or_else(|| {
            Error::new(
                ErrorKind::Response,
                "user_info.signature",
                match jws.is_hmac() {
                    true => {
                        "the client secret does not verify the signature of the UserInfo response; check \
                         the secret"
                    }
                    false => "no key of the provider verifies the signature of the UserInfo response",
                },
            )
        })??;
        let now = unix_seconds(self.clock().now());
        user_info::signed_claims(&jws, self.provider(), now, user)
    }

    /// Asks the provider whether a token is active and what it permits (RFC 7662), with the client
    /// authentication of the token request.
    ///
    /// # Errors
    ///
    /// `introspection.not_supported` if the provider has no introspection endpoint;
    /// `introspection.error` if it refuses the client or the request, and [`Error::oauth_error_code`]
    /// says why; another `introspection.*` if the endpoint fails or cannot be reached; `discovery.*` if
    /// there are no metadata.
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
                "the provider's metadata have no introspection endpoint that may be used; set \
                 `introspection_endpoint` if there is one",
            )
        })?;
        let permit = self.0.requests.permitted(self.user_requests()).await;
        let http = permit.map_err(|error| Error::transport("introspection.overloaded", error))?;
        let client = self.authenticated_client(&metadata);
        introspection::introspect(&http, endpoint, client, token, hint).await
    }

    /// Asks the provider to revoke a token (RFC 7009), with the client authentication of the token
    /// request. With a refresh token most providers revoke the whole grant. A token that the
    /// provider does not know counts as revoked (section 2.2).
    ///
    /// # Errors
    ///
    /// `revocation.error` if the provider refuses, and [`Error::oauth_error_code`] says why: for
    /// example `unsupported_token_type` for an access token that cannot be revoked; another
    /// `revocation.*` if the endpoint fails or cannot be reached; `discovery.*` if there are no
    /// metadata.
    pub async fn revoke(&self, token: &str, hint: TokenTypeHint) -> Result<Revocation, Error> {
        let metadata = self.0.documents.metadata().await?;
        let Some(endpoint) = &metadata.revocation_endpoint else {
            return Ok(Revocation::NotSupported);
        };
        let permit = self.0.requests.permitted(Purpose::Revocation).await;
        let http = permit.map_err(|error| Error::transport("revocation.overloaded", error))?;
        let client = self.authenticated_client(&metadata);
        revocation::revoke(&http, endpoint, client, token, hint).await
    }

    /// Returns the URL that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0
    /// section 2). `None` if the provider has no end-session endpoint.
    ///
    /// # Errors
    ///
    /// There are no metadata (`discovery.*`). With [`Provider::end_session_endpoint`] set, none are
    /// needed.
    ///
    /// [`Provider::end_session_endpoint`]: crate::Provider::end_session_endpoint
    pub async fn end_session_url(
        &self,
        request: &EndSessionRequest<'_>,
    ) -> Result<Option<String>, Error> {
        let request = request.accepted_by(self.provider());
        if let Some(endpoint) = &self.settings().endpoints.end_session {
            return Ok(Some(self.logout_url(&request, endpoint)));
        }
        let metadata = self.0.documents.metadata().await?;
        if let Some(endpoint) = &metadata.end_session_endpoint {
            return Ok(Some(self.logout_url(&request, endpoint)));
        }
        let vendor = self.provider().vendor_logout.as_ref();
        Ok(vendor.and_then(|vendor| {
            let endpoint = Url::parse(vendor.endpoint.as_deref()?).ok()?;
            Some(request.vendor_url(&endpoint, self.client_id(), vendor.redirect_parameter))
        }))
    }

    /// Returns the form that ends the session at the provider with POST (OpenID Connect RP-Initiated
    /// Logout 1.0 section 2). `None` if the provider has no end-session endpoint, if it has one with its
    /// own parameters, or if [`Provider::end_session_by_form`] is off.
    ///
    /// # Errors
    ///
    /// Those of [`end_session_url`](Self::end_session_url).
    ///
    /// [`Provider::end_session_by_form`]: crate::Provider::end_session_by_form
    pub async fn end_session_form(
        &self,
        request: &EndSessionRequest<'_>,
    ) -> Result<Option<EndSessionForm>, Error> {
        let vendor = self.provider().vendor_logout.as_ref();
        let has_own_parameters = vendor.is_some_and(|vendor| vendor.endpoint.is_none());
        if has_own_parameters || !self.provider().ends_sessions_by_form() {
            return Ok(None);
        }
        let request = request.accepted_by(self.provider());
        if let Some(endpoint) = &self.settings().endpoints.end_session {
            return Ok(Some(request.form(endpoint, self.client_id())));
        }
        let metadata = self.0.documents.metadata().await?;
        let endpoint = metadata.end_session_endpoint.as_ref();
        Ok(endpoint.map(|endpoint| request.form(endpoint, self.client_id())))
    }

    /// Returns the URL for an endpoint that is set or published.
    fn logout_url(&self, request: &EndSessionRequest<'_>, endpoint: &Url) -> String {
        match &self.provider().vendor_logout {
            Some(vendor) if vendor.endpoint.is_none() => {
                request.vendor_url(endpoint, self.client_id(), vendor.redirect_parameter)
            }
            _ => request.url(endpoint, self.client_id()),
        }
    }
}
