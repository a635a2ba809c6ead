//! Requests with the tokens of a session. One provider's token must never reach another one, so each
//! checks first that the session belongs to this registration.

use std::fmt;

use relying_party::{Claims, EndSessionRequest, Error, Introspection, Revocation, TokenTypeHint};

use super::Registration;
use super::resolver::found::NotFound;
use crate::session::Session;
use crate::session::frame::ProviderRef;
use crate::session::public_tokens::AccessToken;

/// The session is of another registration, and nothing was sent to this one's provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherProvider;

/// The code and the text of a provider that the resolver cannot find now.
pub(super) const NOT_RESOLVED: &str = "provider.not_resolved";
pub(super) const UNAVAILABLE: &str = "the provider resolver gives no answer now";

impl OtherProvider {
    pub(super) const MESSAGE: &'static str = "the session is of another provider";
}

/// Why a request with a token of a session has no result.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The session is of another registration, so nothing was sent.
    OtherProvider,
    /// The application's resolver cannot say which provider it is, so nothing was sent.
    NotResolved,
    /// The provider is unreachable, refused the request, or sent a response that does not pass the checks.
    Provider(Error),
}

impl RequestError {
    /// A stable code for logs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::OtherProvider => "session.other_provider",
            Self::NotResolved => NOT_RESOLVED,
            Self::Provider(error) => error.code(),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherProvider => f.write_str(OtherProvider::MESSAGE),
            Self::NotResolved => f.write_str(UNAVAILABLE),
            Self::Provider(error) => error.fmt(f),
        }
    }
}

impl From<NotFound> for RequestError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Unknown => Self::OtherProvider,
            NotFound::Unavailable => Self::NotResolved,
        }
    }
}

impl From<OtherProvider> for RequestError {
    fn from(_: OtherProvider) -> Self {
        Self::OtherProvider
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

/// What an end-session URL says about whose session ends.
#[derive(Clone, Copy)]
pub(crate) enum LogoutHint<'a> {
    /// The session's ID token; nothing if the session has none.
    IdTokenOf(&'a Session),
    /// The `sub` of the session's user; nothing if its claims cannot be read.
    UserOf(&'a Session),
    /// An ID token that the application chose.
    Given(&'a str),
    Nothing,
}

/// Where the provider sends the browser after a sign-out.
#[derive(Clone, Copy, Default)]
pub(crate) struct LogoutReturn<'a> {
    pub(crate) uri: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
}

impl Registration {
    /// Asks UserInfo about this user (OpenID Connect Core 1.0 section 5.3).
    pub(crate) async fn user_info(
        &self,
        token: &AccessToken,
        user: &Claims,
    ) -> Result<Claims, RequestError> {
        self.check_owner(token.provider())?;
        Ok(self.relying_party.user_info(token.as_str(), user).await?)
    }

    /// Asks what the provider knows of the token (RFC 7662).
    pub(crate) async fn introspect(
        &self,
        token: &AccessToken,
    ) -> Result<Introspection, RequestError> {
        self.check_owner(token.provider())?;
        let hint = TokenTypeHint::AccessToken;
        Ok(self.relying_party.introspect(token.as_str(), hint).await?)
    }

    /// Asks the provider to revoke the token (RFC 7009).
    pub(crate) async fn revoke_access_token(
        &self,
        token: &AccessToken,
    ) -> Result<Revocation, RequestError> {
        self.check_owner(token.provider())?;
        let hint = TokenTypeHint::AccessToken;
        Ok(self.relying_party.revoke(token.as_str(), hint).await?)
    }

    /// The URL that ends the provider's session, or `None` if the provider has no end-session endpoint
    /// (OpenID Connect RP-Initiated Logout 1.0 section 2).
    pub(crate) async fn end_session_url(
        &self,
        hint: LogoutHint<'_>,
        back: LogoutReturn<'_>,
    ) -> Result<Option<String>, RequestError> {
        let id_token;
        let mut request = EndSessionRequest::new();
        if let Some(uri) = back.uri {
            request = request.post_logout_redirect_uri(uri);
        }
        if let Some(state) = back.state {
            request = request.state(state);
        }
        match hint {
            LogoutHint::IdTokenOf(session) => {
                self.check_owner(&session.provider())?;
                id_token = session.id_token();
                if let Some(id_token) = &id_token {
                    request = request.id_token_hint(id_token);
                }
            }
            LogoutHint::UserOf(session) => {
                self.check_owner(&session.provider())?;
                if let Some(claims) = session.claims() {
                    request = request.logout_hint(claims.sub());
                }
            }
            LogoutHint::Given(id_token) => request = request.id_token_hint(id_token),
            LogoutHint::Nothing => {}
        }
        Ok(self.relying_party.end_session_url(&request).await?)
    }

    /// Every request that sends something of a session asks this first.
    pub(super) fn check_owner(&self, provider: &ProviderRef) -> Result<(), OtherProvider> {
        if *provider != self.provider {
            return Err(OtherProvider);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
