//! The refresh of tokens.

use std::fmt;
use std::time::SystemTime;

use url::Url;

use super::TokenSet;
use super::request::token_request;
use super::response::TokenResponse;
use crate::authorization_url;
use crate::claims::Claims;
use crate::client_auth::AuthenticatedClient;
use crate::error::{Error, ErrorKind};
use crate::http_client::HttpClient;
use crate::metadata::Metadata;
use crate::provider::{Provider, is_scope_token};
use crate::request_budget::SentSignal;
use crate::scope;
use crate::secret::Secret;

/// A refresh (OpenID Connect Core 1.0 section 12, RFC 6749 section 6).
///
/// By default it requests an access token like that of the sign-in.
///
/// ```
/// use relying_party::{Claims, RefreshError, RefreshRequest, RefreshedTokens, RelyingParty};
///
/// async fn orders_token(
///     relying_party: &RelyingParty,
///     refresh_token: &str,
///     id_token_claims: &Claims,
/// ) -> Result<RefreshedTokens, RefreshError> {
///     let request = RefreshRequest::new(refresh_token, id_token_claims)
///         .resource("https://orders.example/api");
///     relying_party.refresh(request).await
/// }
/// ```
#[derive(Clone, Copy)]
#[must_use = "it does nothing until `refresh` is called"]
pub struct RefreshRequest<'a> {
    refresh_token: &'a str,
    pub(crate) previous: &'a Claims,
    pub(crate) auth_time: Option<SystemTime>,
    resource: Option<&'a str>,
    organization_id: Option<&'a str>,
    scope: Option<&'a str>,
    granted_scope: Option<&'a str>,
    pub(crate) sent: Option<&'a SentSignal>,
}

impl<'a> RefreshRequest<'a> {
    /// Creates a refresh with the newest refresh token, and the claims of the session's ID token: a new
    /// ID token must belong to the same user and sign-in.
    pub fn new(refresh_token: &'a str, previous: &'a Claims) -> Self {
        Self {
            refresh_token,
            previous,
            auth_time: None,
            resource: None,
            organization_id: None,
            scope: None,
            granted_scope: None,
            sent: None,
        }
    }

    /// Sets when the user authenticated for the sign-in of this session: a new ID token must not be of
    /// an earlier authentication. By default only the `auth_time` of the previous claims counts, which
    /// a refreshed ID token may lack.
    pub fn auth_time(mut self, auth_time: SystemTime) -> Self {
        self.auth_time = Some(auth_time);
        self
    }

    /// Sets the resource of the access token: an absolute URI, one of those that the sign-in requested
    /// (RFC 8707 section 2.2). By default the provider decides.
    pub fn resource(mut self, resource: &'a str) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Sets the organization of the access token, by its identifier at Logto; together with a resource,
    /// the organization in which that is used. By default there is none.
    pub fn organization_id(mut self, organization_id: &'a str) -> Self {
        self.organization_id = Some(organization_id);
        self
    }

    /// Sets the scopes of the access token, separated by spaces. They must be among the granted ones
    /// (RFC 6749 section 6). By default all granted scopes are requested.
    pub fn scope(mut self, scope: &'a str) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sets the granted scopes, separated by spaces. With
    /// [`Provider::scope_at_refresh`](crate::Provider::scope_at_refresh) the request names no others.
    /// By default they are those that the sign-in requests.
    pub fn granted_scope(mut self, scope: &'a str) -> Self {
        self.granted_scope = Some(scope);
        self
    }

    /// Returns the scopes that the request names, if any.
    fn scope_to_name(&self, provider: &Provider, metadata: &Metadata) -> Option<String> {
        if self.scope.is_some() {
            return self.scope.map(ToOwned::to_owned);
        }
        let is_default = self.resource.is_none() && self.organization_id.is_none();
        if !provider.scope_at_refresh || !is_default {
            return None;
        }
        // Many providers do not list these two among the granted scopes. The ID token of the sign-in
        // and the refresh token prove that they were granted.
        let is_proven = |name: &str| name == scope::OPENID || name == scope::OFFLINE_ACCESS;
        let is_granted = |name: &str| {
            let granted = self.granted_scope;
            granted.is_none_or(|granted| granted.split_ascii_whitespace().any(|it| it == name))
        };
        let mut scopes = authorization_url::requested_scopes(provider, metadata);
        scopes.retain(|name| is_proven(name) || is_granted(name));
        Some(scopes.join(" "))
    }

    /// Sets a signal that reports when the request is sent. Before that, it may wait for up to ten
    /// seconds if this application has many requests in flight.
    pub fn sent_signal(mut self, sent: &'a SentSignal) -> Self {
        self.sent = Some(sent);
        self
    }

    /// Checks the values, which the setters accept unchecked, and that the refresh token is not sent to
    /// another issuer.
    fn check(&self, provider: &Provider) -> Result<(), Error> {
        self.check_user(provider)?;
        let error = |what| {
            Err(Error::new(
                ErrorKind::Configuration,
                "refresh.parameter",
                what,
            ))
        };
        let is_resource = |text: &str| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if !self.resource.is_none_or(is_resource) {
            return error(
                "the resource is not an absolute URI without fragment (RFC 8707 section 2)",
            );
        }
        if self.organization_id.is_some_and(str::is_empty) {
            return error("the identifier of the organization is empty");
        }
        if !self
            .scope
            .is_none_or(|scope| scope.split(' ').all(is_scope_token))
        {
            return error("a scope has characters that RFC 6749 section 3.3 excludes");
        }
        Ok(())
    }
}

impl RefreshRequest<'_> {
    /// Checks that the settings accept the user of the session. The settings may have changed since the
    /// sign-in.
    fn check_user(&self, provider: &Provider) -> Result<(), Error> {
        let not_accepted = |what| {
            let code = "refresh.not_accepted";
            Err(Error::new(ErrorKind::Configuration, code, what))
        };
        if !provider.accepts_issuer(self.previous.iss()) {
            return not_accepted(match provider.issuer_template() {
                Some(_) => "the session's issuer is of no tenant that is allowed now",
                None => {
                    "the session's issuer is neither the configured one nor one of `accepted_issuers`"
                }
            });
        }
        if !provider.allows_user(self.previous.iss(), self.previous.sub()) {
            return not_accepted("the session's user is not the one that `expected_subject` names");
        }
        Ok(())
    }
}

impl fmt::Debug for RefreshRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest")
            .field("resource", &self.resource)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Why a refresh failed, and the refresh token that the response had all the same.
///
/// ```
/// use relying_party::RefreshError;
///
/// fn must_sign_in_again(failure: &RefreshError) -> bool {
///     failure.error().is_invalid_grant() || failure.error().breaks_continuity()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RefreshError {
    error: Error,
    refresh_token: Option<Secret>,
}

impl RefreshError {
    pub(crate) fn after_response(error: Error, refresh_token: Option<Secret>) -> Self {
        Self {
            error,
            refresh_token,
        }
    }

    /// Returns why the refresh failed.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the new refresh token of a response whose ID token cannot be accepted, for example
    /// because the key that signed it cannot be fetched now. It replaces the old one, which the
    /// provider may no longer accept. `None` if the response had none, or ends the session.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        let continues = !self.error.breaks_continuity();
        let refresh_token = self.refresh_token.as_ref().filter(|_| continues);
        refresh_token.map(Secret::expose)
    }

    /// Returns the new refresh token of a response that ends the session
    /// ([`Error::breaks_continuity`]): it was issued together with the tokens of another user or
    /// sign-in. Revoke it, and never use it.
    #[must_use]
    pub fn refresh_token_to_revoke(&self) -> Option<&str> {
        let ends = self.error.breaks_continuity();
        let refresh_token = self.refresh_token.as_ref().filter(|_| ends);
        refresh_token.map(Secret::expose)
    }
}

impl From<Error> for RefreshError {
    fn from(error: Error) -> Self {
        Self {
            error,
            refresh_token: None,
        }
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for RefreshError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// The result of a refresh.
#[derive(Clone, Debug)]
pub struct RefreshedTokens {
    tokens: TokenSet,
    id_token_ignored: bool,
}

impl RefreshedTokens {
    /// Returns the tokens of the response.
    #[must_use]
    pub fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// Returns whether the response had an ID token that was ignored, because it is also issued to an
    /// audience that [`trusted_audiences`](crate::Provider::trusted_audiences) does not list. It
    /// belongs to the session in every other respect, so the session continues with the claims of the
    /// previous ID token.
    #[must_use]
    pub fn id_token_ignored(&self) -> bool {
        self.id_token_ignored
    }

    pub(crate) fn new(tokens: TokenSet, id_token_ignored: bool) -> Self {
        Self {
            tokens,
            id_token_ignored,
        }
    }
}

/// Sends the token request of a refresh (RFC 6749 section 6).
pub(crate) async fn refresh(
    http: &dyn HttpClient,
    client: AuthenticatedClient<'_>,
    metadata: &Metadata,
    request: &RefreshRequest<'_>,
) -> Result<TokenResponse, Error> {
    request.check(client.provider)?;
    let scope = request.scope_to_name(client.provider, metadata);
    let mut parameters = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", request.refresh_token),
    ];
    let optional = [
        ("resource", request.resource),
        ("organization_id", request.organization_id),
        ("scope", scope.as_deref()),
    ];
    parameters.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    token_request(http, client, &parameters).await
}
